# SPDX-License-Identifier: Apache-2.0
"""A thousand deferred runs in one process, as in a triggerer: what their triggers ask the API server for, their memory and CPU, and for how
long they keep the event loop from others; beside the triggers of spark-on-k8s and of KubernetesPodOperator, which ask for each pod
every few seconds. Each in a process of its own, by turns, against the same TLS server (tests/bench/server). Then what imports cost.

    bench.py BUILD [--quick] [--runs N] [--seconds N] [--only WAY]     --quick: Airflow 2.11 alone, 10 seconds, no imports

It measures: a goal that is missed is printed, not failed; what cannot run is said, and fails if it is ours.
"""
import argparse
import asyncio
import json
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
DESCRIPTORS = 1024                  # what a shell gives
BEGIN_SECONDS = 300                 # hangs end
NAMES = "bench-{:06d}-driver"       # as the server has them


# ---- in a process that is measured, with the Python of an Airflow

def ours(ns, count, **more):
    from sparkk8s.airflow.trigger import SparkRunTrigger

    return [SparkRunTrigger(run_id=f"{ns}:{NAMES.format(i)}", sparkk8s_conn_id="kubernetes_default", **{"get_logs": False, **more})
            for i in range(count)]


def with_logs(ns, count):
    return ours(ns, count, get_logs=True)


def spark_on_k8s(ns, count):
    import kubernetes_asyncio  # noqa: F401  as it does when it runs
    import spark_on_k8s.utils.async_app_manager  # noqa: F401
    from airflow.providers.cncf.kubernetes.hooks.kubernetes import AsyncKubernetesHook  # noqa: F401
    from spark_on_k8s.airflow.triggers import SparkOnK8STrigger

    return [SparkOnK8STrigger(driver_pod_name=NAMES.format(i), namespace=ns) for i in range(count)]


def pod_operator(ns, count):
    import datetime

    from airflow.providers.cncf.kubernetes.triggers.pod import KubernetesPodTrigger

    return [KubernetesPodTrigger(pod_name=NAMES.format(i), pod_namespace=ns, base_container_name="spark-kubernetes-driver",
                                 kubernetes_conn_id="kubernetes_default", on_finish_action="keep_pod",
                                 trigger_start_time=datetime.datetime.now(datetime.timezone.utc)) for i in range(count)]


# name: (Airflow, triggers, executors of each run, a driver's line each so many ms, descriptors or None for all, goals or not)
WAYS = {
    "sparkk8s": ("2", ours, 10, 0, DESCRIPTORS),
    "spark-on-k8s": ("2", spark_on_k8s, 10, 0, None),
    "sparkk8s, Airflow 3": ("3", ours, 10, 0, DESCRIPTORS),
    "KubernetesPodOperator": ("3", pod_operator, 10, 0, None),
    "sparkk8s, logs": ("3", with_logs, 10, 3000, None),
    "the same, ulimit 1024": ("3", with_logs, 10, 3000, DESCRIPTORS),
}
QUICK = ["sparkk8s", "spark-on-k8s"]


def memory():
    """Resident megabytes."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 2**20


def cpu():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def descriptors():
    return len(os.listdir("/proc/self/fd"))


class Loop:
    """Looks after the event loop as the triggerer does: whether it was blocked, and for how long at most."""

    def __init__(self):
        self.blocked = 0.0
        self.task = asyncio.ensure_future(self._look())

    async def _look(self):
        while True:
            before = time.monotonic()
            await asyncio.sleep(0.1)
            self.blocked = max(self.blocked, time.monotonic() - before - 0.1)

    def take(self):
        blocked, self.blocked = self.blocked, 0.0
        return round(blocked, 3)


async def hold(triggers, seconds, server):
    """Holds them all, lets all runs end at once, and waits until all triggers have fired."""
    events = []

    async def wait(trigger):
        async for event in trigger.run():
            events.append(event.payload["status"])
            return

    for trigger in triggers:
        trigger._told = " "
    idle, loop, found = memory(), Loop(), {}
    tasks = [asyncio.ensure_future(wait(trigger)) for trigger in triggers]
    await asyncio.sleep(seconds)                 # until all have begun
    found["begin"] = {"counts": server(), "blocked": loop.take(), "cpu": cpu()}
    await asyncio.sleep(seconds)
    found["held"] = {"counts": server(), "blocked": loop.take(), "cpu": cpu(), "megabytes": memory() - idle, "idle": idle,
                     "descriptors": descriptors(), "fired": len(events)}
    began = time.monotonic()
    server("/end/")
    while len(events) < len(triggers) and time.monotonic() - began < BEGIN_SECONDS:
        await asyncio.sleep(0.02)
    found["end"] = {"seconds": time.monotonic() - began, "blocked": loop.take(), "events": {e: events.count(e) for e in set(events)}}
    await asyncio.gather(*tasks, return_exceptions=True)
    return found


def measured(way, folder, count, seconds):
    _, make, executors, period, most, = WAYS[way]
    ns = f"live-{count}-{executors}-{period}"
    import logging
    import ssl

    context = ssl.create_default_context(cafile=f"{folder}/ca.crt")
    url = json.loads(Path(folder, "kubeconfig").read_text())["clusters"][0]["cluster"]["server"]

    def server(path="/count"):
        with urllib.request.urlopen(url + path + (ns if path == "/end/" else ""), context=context) as answer:
            return {what: int(n) for n, what in re.findall(r"(\d+) (\w+)", answer.read().decode())}

    triggers = make(ns, count)
    logging.disable(logging.CRITICAL)           # what Airflow's logging costs is not ours
    if most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    before = server()
    print(json.dumps({"before": before, **asyncio.run(hold(triggers, seconds, server))}), flush=True)
    os._exit(0)                                 # without what a client leaves to say at its end


# ---- the others

def environment(build, folder, temporary):
    kubeconfig = str(folder / "kubeconfig")
    return {**os.environ, "PYTHONPATH": str(ROOT / "bindings/python"), "SPARKK8S_LIBRARY": str(build / "lib/libsparkk8s.so.1"),
            "AIRFLOW_HOME": temporary, "AIRFLOW__CORE__LOAD_EXAMPLES": "False", "AIRFLOW__LOGGING__LOGGING_LEVEL": "ERROR", "PYTHONWARNINGS": "ignore",
            "AIRFLOW_CONN_KUBERNETES_DEFAULT": json.dumps({"conn_type": "kubernetes", "extra": {"kube_config_path": kubeconfig, "namespace": "default"}})}


def run(way, pythons, env, folder, count, seconds):
    done = subprocess.run([pythons[WAYS[way][0]], __file__, "way", way, str(folder), str(count), str(seconds)], env=env, text=True, capture_output=True,
                          timeout=BEGIN_SECONDS * 2)
    lines = [line for line in done.stdout.splitlines() if line.startswith('{"before"')]
    if not lines:
        print(f"{way:24} cannot run: {(done.stderr.strip() or done.stdout.strip() or 'no word')[-600:]}", flush=True)
        return None
    return json.loads(lines[0])


def figures(found, seconds):
    begin, held = found["begin"], found["held"]
    return {"begin": begin["counts"]["requests"] - found["before"]["requests"],
            "minute": (held["counts"]["requests"] - begin["counts"]["requests"] - 1 * 0) * 60 / seconds,
            "watches": held["counts"]["watches"] - found["before"]["watches"], "open": held["counts"]["open"],
            "logs": held["counts"]["logs"], "descriptors": held["descriptors"], "idle": held["idle"], "megabytes": held["megabytes"],
            "cpu": 100 * (held["cpu"] - begin["cpu"]) / seconds,
            "blocked": max(begin["blocked"], held["blocked"]), "end": found["end"]["seconds"], "end_blocked": found["end"]["blocked"]}


HEAD = (("requests", "begin", 9, 0), ("a minute", "minute", 9, 0), ("watches", "watches", 8, 0), ("logs", "logs", 6, 0), ("fds", "descriptors", 6, 0),
        ("idle MB", "idle", 8, 0), ("+ MB", "megabytes", 7, 1), ("CPU %", "cpu", 7, 1), ("blocked s", "blocked", 10, 2), ("all end s", "end", 10, 2),
        ("blocked s", "end_blocked", 10, 2))


def show(way, row):
    print(f"{way:24}" + "".join(f"{row[key]:{width}.{digits}f}" for _, key, width, digits in HEAD), flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["way"]:
        measured(sys.argv[2], sys.argv[3], int(sys.argv[4]), float(sys.argv[5]))
