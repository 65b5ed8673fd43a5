# SPDX-License-Identifier: Apache-2.0
"""Recorded lives of real drivers, told by an API server that replays them: status, watch and explain by the command line tool.

    run.py BUILD [NAME...]

To be right: the state in all of them, never a false success; the cause in 95 of 100; and what a good explanation has to
mention (the missing ConfigMap, the limit, the quota, the exception) in 95 of 100. Never more than five requests.
"""
import json
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import harness
import lives

NEEDED = 95                     # of 100, of causes and of mentions
REQUESTS = 5
APP = ["--class", "org.example.Main", "--name", "pi", "--conf", "spark.kubernetes.container.image=example/spark:4.1.4", "local:///a.jar"]
ENV = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "SPARK_USER": "t", "KUBECONFIG": "/nonexistent",
       **{k: v for k, v in os.environ.items() if k.startswith(("ASAN_", "UBSAN_", "LSAN_"))}}
FINAL = ("SUCCEEDED", "FAILED", "LOST")


class Tally:
    """What is counted over all lives, with what was wrong."""

    def __init__(self):
        self.counts, self.wrong, self.lock = {}, {}, threading.Lock()

    def add(self, what, life, ok, detail=""):
        with self.lock:
            total, right = self.counts.get(what, (0, 0))
            self.counts[what] = (total + 1, right + bool(ok))
            if not ok:
                self.wrong.setdefault(what, []).append(f"  {life.name}: {detail}")
        return ok

    def judge(self, count, what, needed):
        total, right = self.counts.get(what, (0, 0))
        count.check(total and right * 100 >= total * needed, f"{what}: {right} of {total} ({100 * right // max(total, 1)} %)",
                    "\n".join(self.wrong.get(what, [])))
        if right < total and right * 100 >= total * needed:
            print("\n".join(self.wrong[what]))


def accepted(life, what, more=()):
    expected = life.it["expected"]
    return [expected.get(what), *expected.get(what + "_accept", []), *(expected[key] for key in more if key in expected)]


class Lives:
    def __init__(self, build, server):
        self.program, self.server, self.tally = str(Path(build).resolve() / "tools/sparkk8s/sparkk8s"), server, Tally()

    def call(self, life, phase, command, *args):
        return subprocess.run([self.program, command, "--server", self.server.url(life, phase), *args], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True, timeout=60, env=ENV)

    def judge(self, who, life, got, causes=()):
        """Against what is expected in the end."""
        self.tally.add(f"{who}: state", life, got["state"] in accepted(life, "state"), got)
        self.tally.add(f"{who}: no false success", life, got["state"] != "SUCCEEDED" or "SUCCEEDED" in accepted(life, "state"), got)
        self.tally.add(f"{who}: cause", life, got["cause"] in accepted(life, "cause", causes), f"{got['cause']} of {accepted(life, 'cause')}")
        self.tally.add(f"{who}: exit code", life, got["exit_code"] in accepted(life, "exit_code"), got)

    def mentions(self, who, life, text):
        missing = [word for word in life.it["expected"]["explain_must_mention"] if word not in text]
        self.tally.add(f"{who}: mentions", life, not missing, f"{missing} in {text}")

    def status(self, life):
        done = self.call(life, "end", "status", "-o", "json", life.run)
        if self.tally.add("status: told", life, done.returncode == 0, done.stderr):
            self.judge("status", life, json.loads(done.stdout), ["status_cause"])

    def explain(self, life):
        life.requests["end"].clear()
        done = self.call(life, "end", "explain", "-o", "json", life.run)
        if not self.tally.add("explain: told", life, done.returncode == 0 and not done.stderr, done.stderr):
            return
        got = json.loads(done.stdout)
        self.judge("explain", life, got)
        self.mentions("explain", life, " ".join([got["summary"], got["advice"], *got["evidence"]]))
        self.tally.add("explain: five requests", life, len(life.requests["end"]) <= REQUESTS, life.requests["end"])
        self.tally.add("explain: a sentence", life, got["summary"].endswith(".") and "{" not in got["summary"] + got["advice"], got)
        self.tally.add("explain: retriable", life, got["retriable"] == life.it["expected"]["retriable"], got["retriable"])

    def watch(self, life):
        """From the driver's creation on; of what does not end, until all has been told."""
        process = subprocess.Popen([self.program, "watch", "-o", "json", "--server", self.server.url(life, "first"), life.run],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True, env=ENV)
        if life.it["expected"]["state"] not in FINAL:
            life.told["first"].wait(30)
            time.sleep(1)
            process.terminate()
        out, err = process.communicate(timeout=60)
        lines = [json.loads(line) for line in out.splitlines()]
        if self.tally.add("watch: told", life, lines, err):
            self.judge("watch", life, lines[-1], ["status_cause"])
            self.tally.add("watch: the end once", life, [line["state"] in FINAL for line in lines].count(True) <= 1, out)

    def told(self, life):
        """What somebody who waits is told at the end, also of a driver that is gone by then."""
        done = self.call(life, "second", "watch", life.run)
        said = done.stderr
        if life.it["expected"]["state"] != "SUCCEEDED" and self.tally.add("waiting: told why", life, "\nwhy " in "\n" + said, said):
            self.mentions("waiting", life, said)

    def refused(self, life):
        done = self.call(life, "first", "submit", "-n", life.it["namespace"] or "default", *APP)
        self.tally.add("refused submission", life, done.returncode == 5 and len(done.stderr.splitlines()) <= 2, done.stderr)
        self.mentions("refused submission", life, done.stderr)

    def all_of(self, life):
        expected = life.it["expected"]
        if expected["state"] is None:
            self.refused(life)
            return
        seen = life.it["get"] == 200 and life.it["pod"] and life.it["pod"]["metadata"]["uid"] == life.it["uid"]
        if seen:
            self.status(life)
            self.explain(life)
        if life.events:
            self.watch(life)
            if expected["state"] in FINAL:
                self.told(life)


def recorded(count, build, recordings, names):
    chosen = [lives.Life(r) for r in recordings if not names or r["name"] in names]
    with lives.Server(chosen) as server, ThreadPoolExecutor(6) as pool:
        it = Lives(build, server)
        list(pool.map(it.all_of, chosen))
    for who in ("status", "watch", "explain"):
        it.tally.judge(count, f"{who}: told", 100)
        it.tally.judge(count, f"{who}: state", 100)
        it.tally.judge(count, f"{who}: no false success", 100)
        it.tally.judge(count, f"{who}: cause", NEEDED)
        it.tally.judge(count, f"{who}: exit code", NEEDED)
    for what, needed in (("watch: the end once", 100), ("explain: mentions", NEEDED), ("explain: five requests", 100),
                         ("explain: a sentence", 100), ("explain: retriable", 90), ("waiting: told why", 100),
                         ("waiting: mentions", NEEDED), ("refused submission", 100), ("refused submission: mentions", NEEDED)):
        it.tally.judge(count, what, needed)


def explain(build, recording, *args, **kinds):
    """Of one life, in part unreadable: (exit code, JSON, requests, seconds)."""
    life = lives.Life(recording, **kinds)
    with lives.Server([life]) as server:
        begun = time.monotonic()
        done = Lives(build, server).call(life, "end", "explain", "-o", "json", life.run, *args)
        return done.returncode, json.loads(done.stdout or "{}"), life.requests["end"], time.monotonic() - begun


def unreadable(count, build, recordings):
    """What may not be read, or does not answer, is told; the rest is explained all the same."""
    by_name = {r["name"]: r for r in recordings}
    for kind, what in (("events", "events"), ("log", "the driver's log"), ("pods", "executors")):
        code, got, requests, _ = explain(build, by_name["spark-uncaught"], deny=[kind])
        count.check(code == 0 and (got["state"], got["cause"], got["exit_code"]) == ("FAILED", "APP", 1) and len(requests) <= REQUESTS
                    and any(line.startswith(f"not read: {what}: ") and "forbidden" in line for line in got["evidence"]),
                    f"{kind} forbidden: it is told", got)
    code, got, _, _ = explain(build, by_name["spark-uncaught"], deny=["events", "log", "pods"])
    count.check(code == 0 and got["cause"] == "APP" and sum(line.startswith("not read") for line in got["evidence"]) == 3,
                "nothing but the driver may be read", got)
    code, got, _, _ = explain(build, by_name["spark-quota-refuses-executors"], deny=["resourcequotas"])
    count.check(code == 0 and got["cause"] == "QUOTA" and any(line.startswith("not read: quotas: ") for line in got["evidence"]),
                "quotas forbidden", got)
    for kind in ("events", "log"):
        code, got, _, took = explain(build, by_name["spark-uncaught"], "--timeout", "2", hang=[kind])
        count.check(code == 0 and got["cause"] == "APP" and took < 4 and any(line.startswith("not read") for line in got["evidence"]),
                    f"{kind} without an answer: told in time", (got, took))
    code, got, _, took = explain(build, by_name["spark-uncaught"], "--timeout", "2", hang=["pods"])
    count.check(code == 6 and took < 4, "pods without an answer: that is an error", (code, took))


def gone(count, build, recordings):
    by_name = {r["name"]: r for r in recordings}
    code, got, requests, _ = explain(build, by_name["deleted-force"])
    count.check(code == 0 and (got["state"], got["cause"], got["exit_code"]) == ("LOST", "DELETED", None)
                and any("Killing" in line for line in got["evidence"]) and len(requests) <= REQUESTS,
                "a driver that is gone is told of by its events", got)
    code, got, _, _ = explain(build, {**by_name["deleted-force"], "pod_events": []})
    count.check(code == 5 and not got, "without events there is nothing to tell", got)


def main(build, names):
    count = harness.Counter()
    recordings = lives.read()
    recorded(count, build, recordings, names)
    if not names:
        unreadable(count, build, recordings)
        gone(count, build, recordings)
    count.close()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
