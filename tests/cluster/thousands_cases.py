# SPDX-License-Identifier: Apache-2.0
"""Thousands of drivers in one namespace, listed and watched. No kubelet has a part in it: nobody schedules the pods, and their statuses are
written through the API, so that each change is known, and when it was made.

Checked is that every driver is listed, and each of its changes told once; memory, changes a second and latencies are printed. SPARKK8S_TEST_PODS
says how many drivers: 2000 if it is not set; 10000 take an API server that has two busy cores two minutes.
"""
import base64
import concurrent.futures
import http.client
import json
import os
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

from harness import say
from scene import until

THOUSANDS_NS = "spark-thousands"
WRITERS = 12
ALONE = 200                     # changes that are written one after the other
# Puts the time before each line: a process of its own, so that this one, which writes, does not hold it up.
STAMP = "import sys, time\nfor line in sys.stdin.buffer:\n    sys.stdout.buffer.write(b'%d ' % time.monotonic_ns() + line)\n    sys.stdout.buffer.flush()\n"


def pod(number):
    return {"apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": f"etl-{number:05d}-driver", "labels": {"spark-role": "driver", "spark-app-selector": f"spark-{number:032x}",
                                                                       "spark-app-name": f"etl-{number:05d}", "spark-version": "4.1.4"}},
            "spec": {"schedulerName": "nobody", "restartPolicy": "Never", "automountServiceAccountToken": False,
                     "containers": [{"name": "spark-kubernetes-driver", "image": "localhost/spark:4.1.4", "args": ["driver"]}]}}


def status(phase, state):
    return {"status": {"phase": phase, "containerStatuses": [{
        "name": "spark-kubernetes-driver", "image": "i", "imageID": "", "ready": False, "restartCount": 0, "state": state,
        "containerID": "containerd://c0ffee"}]}}


def running(_number):
    return status("Running", {"running": {"startedAt": "2026-11-21T08:00:00Z"}})


def ended(number):
    code = number % 2
    return status("Failed" if code else "Succeeded", {"terminated": {
        "exitCode": code, "reason": "Error" if code else "Completed", "startedAt": "2026-11-21T08:00:00Z", "finishedAt": "2026-11-21T08:01:00Z"}})


class Writers:
    """Several connections to the API server, as administrator."""

    def __init__(self, c, folder):
        config = json.loads(c.kubectl("config", "view", "--raw", "-o", "json"))
        cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
        self.server = urlsplit(cluster["server"])
        self.context = ssl.create_default_context(cafile=self.file(folder, cluster, "certificate-authority"))
        self.context.load_cert_chain(self.file(folder, user, "client-certificate"), self.file(folder, user, "client-key"))
        self.local = threading.local()

    @staticmethod
    def file(folder, stanza, name):
        if name in stanza:
            return stanza[name]
        path = Path(folder) / name
        path.write_bytes(base64.b64decode(stanza[f"{name}-data"]))
        return str(path)

    def send(self, method, path, body):
        if not hasattr(self.local, "connection"):
            self.local.connection = http.client.HTTPSConnection(self.server.hostname, self.server.port, context=self.context, timeout=60)
        kind = "application/json" if method == "POST" else "application/merge-patch+json"
        begun = time.monotonic_ns()
        self.local.connection.request(method, f"/api/v1/namespaces/{THOUSANDS_NS}/pods{path}", json.dumps(body), {"Content-Type": kind})
        answer = self.local.connection.getresponse()
        text = answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path}: {answer.status} {text[:300]!r}")
        return begun

    @staticmethod
    def all(numbers, one):
        """When each of them was sent."""
        with concurrent.futures.ThreadPoolExecutor(WRITERS) as pool:
            return list(pool.map(one, numbers))

    def create(self, number):
        return self.send("POST", "", pod(number))

    def write(self, what):
        return lambda number: self.send("PATCH", f"/etl-{number:05d}-driver/status", what(number))


class Watcher:
    """The tool's watch of the namespace, each line with its time."""

    def __init__(self, c, folder, *selection):
        self.path = Path(tempfile.mkstemp(dir=folder)[1])
        self.watch = subprocess.Popen([c.sparkk8s, "watch", "-n", THOUSANDS_NS, "-o", "json", *selection], stdout=subprocess.PIPE, env=c.env)
        with self.path.open("wb") as out:
            self.stamp = subprocess.Popen([sys.executable, "-c", STAMP], stdin=self.watch.stdout, stdout=out)
        self.watch.stdout.close()

    def count(self):
        with self.path.open("rb") as file:
            return sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))

    def told(self):
        """As (time, status), in order."""
        for line in self.path.read_text().splitlines():
            stamp, _, text = line.partition(" ")
            yield int(stamp), json.loads(text)

    def peak_kib(self):
        lines = Path(f"/proc/{self.watch.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))

    def close(self):
        self.watch.terminate()
        self.watch.wait()
        self.stamp.wait()


def percentiles(values):
    values = sorted(values)
    return ", ".join(f"p{part} {values[len(values) * part // 100] / 1e6:.1f} ms" for part in (50, 99))


def write_all(watcher, count, expected, one, what):
    """All drivers change, some of them one after the other first; prints how quickly the watch told it."""
    sent = [one(number) for number in range(ALONE)]
    begun = time.monotonic()
    sent += Writers.all(range(ALONE, count), one)
    written = time.monotonic() - begun
    until(lambda: watcher.count() >= expected, 120, 0.1)
    took = time.monotonic() - begun
    told = {s["driver_pod"]: at for at, s in list(watcher.told())[expected - count:]}
    late = [told.get(f"etl-{number:05d}-driver", at) - at for number, at in enumerate(sent)]
    say(f"{what}: {count - ALONE} written in {written:.1f} s, told after {took:.1f} s: {(count - ALONE) / took:.0f} changes/s; "
        f"from write to line: {percentiles(late[ALONE:])}; of single writes {percentiles(late[:ALONE])}")


def listed(c, count):
    """What `list` prints, with its time and memory."""
    begun = time.monotonic()
    with tempfile.TemporaryFile() as out:
        process = subprocess.Popen([c.sparkk8s, "list", "-n", THOUSANDS_NS, "-o", "json"], stdout=out, env=c.env)
        _, code, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(code)
        took = time.monotonic() - begun
        out.seek(0)
        found = json.load(out) if process.returncode == 0 else []
    say(f"list: {len(found)} drivers in {took:.2f} s, CPU {usage.ru_utime + usage.ru_stime:.2f} s")
    right = {f"etl-{n:05d}-driver": "FAILED" if n % 2 else "SUCCEEDED" for n in range(count)}
    c.count.check({s["driver_pod"]: s["state"] for s in found} == right, f"{count} drivers: all are listed, with their states", str(found)[:500])


def check_told(c, watcher, count):
    states = {}
    for _, s in watcher.told():
        states.setdefault(s["driver_pod"], []).append(s["state"])
    right = {f"etl-{n:05d}-driver": ["PENDING", "RUNNING", "FAILED" if n % 2 else "SUCCEEDED"] for n in range(count)}
    wrong = {name: (states.get(name), right.get(name)) for name in states.keys() | right.keys() if states.get(name) != right.get(name)}
    c.count.check(not wrong, f"{count} drivers: the watch told each of their {3 * count} changes, once", f"{len(wrong)}: {list(wrong.items())[:10]}")


def thousands(c):
    count = int(os.environ.get("SPARKK8S_TEST_PODS", "2000"))
    c.kubectl("create", "namespace", THOUSANDS_NS)
    with tempfile.TemporaryDirectory() as folder:
        writers, watcher, single = Writers(c, folder), Watcher(c, folder), Watcher(c, folder, "-l", "spark-app-name=etl-00000")
        try:
            write_all(watcher, count, count, writers.create, "created")
            write_all(watcher, count, 2 * count, writers.write(running), "running")
            write_all(watcher, count, 3 * count, writers.write(ended), "ended")
            until(lambda: single.count() == 3, 60)
            peak, base = watcher.peak_kib(), single.peak_kib()
            say(f"watch: peak memory {peak} KiB, {1024 * (peak - base) / count:.0f} bytes a driver beyond the {base} KiB of a watch of one driver")
            check_told(c, watcher, count)
            listed(c, count)
        finally:
            watcher.close()
            single.close()
            c.kubectl("delete", "namespace", THOUSANDS_NS, "--wait=false")
