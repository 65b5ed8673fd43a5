# SPDX-License-Identifier: Apache-2.0
"""A thousand deferred runs in one process, as in a triggerer: what their triggers ask the API server for, their memory and CPU, and for how
long they keep the event loop from others; beside the triggers of spark-on-k8s and of KubernetesPodOperator, which ask for each pod
every few seconds. Each in a process of its own against the same TLS server (tests/bench/server). Then what imports cost.

    bench.py BUILD [--quick] [--runs N] [--seconds N] [--only WAY]

    --quick: Airflow 2.11 alone, 10 seconds, no imports

It measures: a goal that is missed is printed, not failed; what cannot run is said, and fails if it is ours.
"""
import argparse
import asyncio
import json
import os
import re
import resource
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
import types
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
DESCRIPTORS = 1024                  # what a shell gives
BEGIN_SECONDS = 10                  # until all have begun
END_SECONDS = 120                   # until all have fired; those of others may never
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


# name: (Airflow, triggers, executors of each run, a driver's line each so many ms, descriptors or None for all)
WAYS = {
    "sparkk8s": ("2", ours, 10, 0, DESCRIPTORS),
    "spark-on-k8s": ("2", spark_on_k8s, 10, 0, None),
    "sparkk8s, Airflow 3": ("3", ours, 10, 0, DESCRIPTORS),
    "KubernetesPodOperator": ("3", pod_operator, 10, 0, None),
    "sparkk8s, logs": ("3", with_logs, 10, 3000, None),
    "sparkk8s, logs, 1024 fds": ("3", with_logs, 10, 3000, DESCRIPTORS),
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
    """Looks after the event loop as the triggerer does: for how long it was blocked at most, and its thread's CPU time meanwhile, which other
    processes of the machine do not add to."""

    def __init__(self):
        self.blocked = self.busy = 0.0
        self.task = asyncio.ensure_future(self._look())

    async def _look(self):
        while True:
            before, used = time.monotonic(), time.thread_time()
            await asyncio.sleep(0.05)
            late = time.monotonic() - before - 0.05
            if late > 0.01:
                self.blocked, self.busy = max(self.blocked, late), max(self.busy, min(late, time.thread_time() - used))

    def take(self):
        found = {"blocked": self.blocked, "busy": self.busy}
        self.blocked = self.busy = 0.0
        return found


async def hold(triggers, seconds, server):
    """Holds them all, lets all runs end at once, and waits until all triggers have fired."""
    events = []

    async def wait(trigger):
        async for event in trigger.run():
            events.append(str(event.payload["status"]))
            return

    idle, loop = memory(), Loop()
    tasks = [asyncio.ensure_future(wait(trigger)) for trigger in triggers]
    await asyncio.sleep(BEGIN_SECONDS)
    begin = {**server(), **loop.take(), "cpu": cpu()}
    await asyncio.sleep(seconds)
    held = {**server(), **loop.take(), "cpu": cpu(), "megabytes": memory() - idle, "idle": idle, "descriptors": descriptors(), "fired": len(events)}
    began = time.monotonic()
    server("/end/")
    while len(events) < len(triggers) and time.monotonic() - began < END_SECONDS:
        await asyncio.sleep(0.02)
    took = time.monotonic() - began
    await asyncio.sleep(0.2)
    end = {"seconds": took, **loop.take(), "events": {event: events.count(event) for event in set(events)}}
    if len(events) == len(triggers):
        await asyncio.gather(*tasks, return_exceptions=True)
    return {"begin": begin, "held": held, "end": end}


def idle_triggerer():
    """What a triggerer has loaded and does before it has triggers; nothing is logged, for that is Airflow's own cost."""
    import logging

    import airflow.jobs.triggerer_job_runner  # noqa: F401
    from airflow.triggers.base import BaseTrigger

    def silent(*_, **__):
        pass

    logging.disable(logging.CRITICAL)
    quiet = types.SimpleNamespace(**dict.fromkeys(("debug", "info", "warning", "error", "exception", "log"), silent))
    quiet.bind = lambda **_: quiet
    BaseTrigger.log = quiet
    if "structlog" in sys.modules:
        sys.modules["structlog"].get_logger = lambda *_, **__: quiet


def measured(way, folder, count, seconds):
    _, make, executors, period, most = WAYS[way]
    ns = f"live-{count}-{executors}-{period}-{list(WAYS).index(way)}"
    context = ssl.create_default_context(cafile=f"{folder}/ca.crt")
    url = json.loads(Path(folder, "kubeconfig").read_text())["clusters"][0]["cluster"]["server"]

    def server(path="/count"):
        with urllib.request.urlopen(url + path + (ns if path == "/end/" else ""), context=context) as answer:
            return {what: int(n) for n, what in re.findall(r"(\d+) (\w+)", answer.read().decode())}

    idle_triggerer()
    triggers = make(ns, count)
    if most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    before = server()
    print(json.dumps({"before": before, **asyncio.run(hold(triggers, seconds, server))}), flush=True)
    os._exit(0)                                 # without what a client leaves to say at its end


# ---- what compares them

def environment(build, folder, temporary):
    connection = {"conn_type": "kubernetes", "extra": {"kube_config_path": str(folder / "kubeconfig"), "namespace": "default"}}
    return {**os.environ, "PYTHONPATH": str(ROOT / "bindings/python"), "SPARKK8S_LIBRARY": str(build / "lib/libsparkk8s.so.1"),
            "AIRFLOW_HOME": temporary, "AIRFLOW__CORE__LOAD_EXAMPLES": "False", "AIRFLOW__LOGGING__LOGGING_LEVEL": "ERROR",
            "PYTHONWARNINGS": "ignore", "AIRFLOW_CONN_KUBERNETES_DEFAULT": json.dumps(connection)}


def run(way, python, env, folder, count, seconds):
    """The figures of one way, or why there are none."""
    try:
        done = subprocess.run([python, __file__, "way", way, str(folder), str(count), str(seconds)], env=env, text=True, capture_output=True,
                              timeout=END_SECONDS + 10 * seconds)
    except subprocess.TimeoutExpired:
        return None, "it does not come to its end"
    lines = [line for line in done.stdout.splitlines() if line.startswith('{"before"')]
    if not lines:
        return None, (done.stderr.strip() or done.stdout.strip() or "it says nothing")[-500:]
    found = json.loads(lines[0])
    begin, held, end = found["begin"], found["held"], found["end"]
    fired = " ".join(f"{n} {status}" for status, n in end["events"].items())
    return {"begin": begin["requests"] - found["before"]["requests"], "minute": (held["requests"] - begin["requests"]) * 60 / seconds,
            "watches": held["watches"] - found["before"]["watches"], "logs": held["logs"], "descriptors": held["descriptors"], "idle": held["idle"],
            "megabytes": held["megabytes"], "cpu": 100 * (held["cpu"] - begin["cpu"]) / seconds, "blocked": max(begin["blocked"], held["blocked"]),
            "busy": max(begin["busy"], held["busy"]), "end": end["seconds"], "end_blocked": end["blocked"], "end_busy": end["busy"],
            "early": held["fired"], "fired": fired}, ""


COLUMNS = (("to begin", "begin", 9, 0), ("a minute", "minute", 9, 0), ("watches", "watches", 8, 0), ("logs", "logs", 5, 0), ("fds", "descriptors", 6, 0),
           ("idle MB", "idle", 8, 0), ("+ MB", "megabytes", 7, 1), ("CPU %", "cpu", 6, 1), ("blocked s", "blocked", 10, 2), ("(CPU)", "busy", 6, 2),
           ("ends s", "end", 7, 1), ("blocked s", "end_blocked", 10, 2), ("(CPU)", "end_busy", 6, 2))


def said(goal, reached):
    print(f"{'':24}goal {goal}: {'reached' if reached else 'missed'}", flush=True)


def judge(rows):
    """The goals, as far as what they are about was measured."""
    ours, peer = rows.get("sparkk8s"), rows.get("spark-on-k8s")
    if ours:
        said("one watch", ours["watches"] == 1)
        said("under 20 MB over an idle triggerer", ours["megabytes"] < 20)
    if ours and peer:
        said(f"20 times fewer requests a minute than spark-on-k8s ({peer['minute']:.0f} to {ours['minute']:.0f})", peer["minute"] >= 20 * ours["minute"])
    for name, row in rows.items():
        if row and name.startswith("sparkk8s"):
            worst = min(max(row["blocked"], row["end_blocked"]), max(row["busy"], row["end_busy"]))
            said(f"{name}: the event loop blocked for 0.2 s at most", worst <= 0.2)


def triggers(ways, pythons, env, folder, count, seconds, check):
    print(f"\n{count} deferred runs with 10 executors each, {seconds:.0f} s; requests, logs followed, descriptors; memory of the process with\nall "
          f"imported, and more with all triggers; CPU; the event loop blocked while they begin and wait; then all end at once\n{'':24}"
          + "".join(f"{title:>{width}}" for title, _, width, _ in COLUMNS), flush=True)
    rows = {}
    for way in ways:
        rows[way], why = run(way, pythons[WAYS[way][0]], env, folder, count, seconds)
        if rows[way]:
            print(f"{way:24}" + "".join(f"{rows[way][key]:{width}.{digits}f}" for _, key, width, digits in COLUMNS), flush=True)
            if rows[way]["early"] or not rows[way]["fired"].startswith(f"{count} ") or "error" in rows[way]["fired"]:
                print(f"{'':24}fired before the end: {rows[way]['early']}; in all: {rows[way]['fired']}", flush=True)
        else:
            print(f"{way:24}cannot run: {why}", flush=True)
        check(rows[way] is not None or not way.startswith("sparkk8s"), f"{way} measured")
    judge(rows)


IMPORTS = ("import airflow.sdk", "import sparkk8s.airflow.operator", "import airflow.providers.cncf.kubernetes.operators.pod",
           "import airflow.providers.cncf.kubernetes.operators.spark_kubernetes")
ASK = "import os, resource, subprocess, sys\nsubprocess.run([sys.executable, '-c', sys.argv[1]], check=True)\n" \
      "print(sum(os.times()[2:4]), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"


def imports(python, env, rounds):
    """CPU seconds and peak memory of a process that imports an operator, beyond one that imports Airflow's SDK."""
    found = {code: [] for code in IMPORTS}
    for n in range(rounds + 1):             # once for .pyc files and the page cache
        for code in IMPORTS:
            done = subprocess.run([python, "-c", ASK, code], env=env, text=True, stdout=subprocess.PIPE, check=True)
            if n:
                found[code].append([float(x) for x in done.stdout.split()[-2:]])
    medians = {code: [statistics.median(row[i] for row in rows) for i in (0, 1)] for code, rows in found.items()}
    base = medians[IMPORTS[0]]
    print(f"\nimports in Airflow 3, median of {rounds}: CPU s and peak MB, and beyond those of airflow.sdk", flush=True)
    for code, (seconds, peak) in medians.items():
        print(f"{code[7:]:64}{seconds:7.2f}{peak / 1024:7.0f}{seconds - base[0]:+8.3f}{(peak - base[1]) / 1024:+7.1f}", flush=True)


def compare(build, pythons, server_program, chosen, check):
    """All of it, against a server of its own."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "server"
        folder.mkdir()
        env = environment(build, folder, temporary)
        with subprocess.Popen([server_program, str(folder)], text=True, stdout=subprocess.PIPE) as server:
            try:
                server.stdout.readline()
                ways = chosen.only or (QUICK if chosen.quick else list(WAYS))
                triggers(ways, pythons, env, folder, chosen.runs, 10.0 if chosen.quick else chosen.seconds, check)
            finally:
                server.kill()
        if not chosen.quick and not chosen.only:
            imports(pythons["3"], env, 3)


def main():
    sys.path.insert(0, str(HERE.parent))
    import harness

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--only", action="append", choices=list(WAYS))
    chosen = parser.parse_args()
    wanted = {WAYS[way][0] for way in chosen.only or (QUICK if chosen.quick else WAYS)}
    pythons = {version: harness.virtual_environment(f"bench{version}", HERE / f"bench{version}.txt") for version in sorted(wanted)}
    count = harness.Counter()
    with tempfile.TemporaryDirectory() as folder:
        program = f"{folder}/server"
        harness.quiet(["go", "build", "-o", program, "."], "building the recording server", cwd=ROOT / "tests/bench/server")
        compare(Path(chosen.build).resolve(), pythons, program, chosen, lambda good, what: count.check(good, what))
    count.close()


if __name__ == "__main__":
    if sys.argv[1:2] == ["way"]:
        measured(sys.argv[2], sys.argv[3], int(sys.argv[4]), float(sys.argv[5]))
    else:
        main()
