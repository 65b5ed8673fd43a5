# SPDX-License-Identifier: Apache-2.0
"""The real Kubernetes and the real Spark, end to end: what a user of the command line tool sees.

    run.py BUILD [CASE...]

Brings up local clusters of its own and takes them down at the end: one for most cases, one for those that break it.
SPARKK8S_TEST_CLUSTER=NAME keeps them, and uses them if they are up: NAME and NAME-faults.
"""
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import harness
from harness import LOCAL_CLUSTER, say
from airflow_cases import airflow
from cause_cases import causes
from explain_cases import explain
from fault_cases import datastore, restarts, rotation, stopped
from features import features
from killproxy import proxied
from many_cases import gc, many
from logs_cases import logs
from provider_cases import provider2, provider3
from python_cases import python
from thousands_cases import thousands

IMAGE = "localhost/spark:4.1.4"
EXAMPLES = "local:///opt/spark/examples"
NS = "spark"
NO_SUCH_IMAGE = "localhost/no-such-image:4.1.4"
# Small requests: the machines that run this have two cores.
SMALL = ["--conf", "spark.kubernetes.driver.request.cores=0.2", "--conf", "spark.kubernetes.executor.request.cores=0.2",
         "--conf", "spark.executor.instances=2", "--conf", "spark.executor.memory=512m"]


class Cluster:
    """A cluster under test, and the tool aimed at it."""

    def __init__(self, sparkk8s, count, suffix="", settings=None):
        self.sparkk8s, self.count = str(sparkk8s), count
        self.name = (os.environ.get("SPARKK8S_TEST_CLUSTER") or f"tests-{os.getpid()}") + suffix
        self.ours = "SPARKK8S_TEST_CLUSTER" not in os.environ
        self.settings = settings or {}

    def __enter__(self):
        say(f"cluster {self.name}")
        subprocess.run([LOCAL_CLUSTER, "up", "--name", self.name, "--spark", "4.1"], check=True, env={**os.environ, **self.settings})
        self.kubeconfig = subprocess.run([LOCAL_CLUSTER, "kubeconfig", "--name", self.name], check=True, text=True,
                                         stdout=subprocess.PIPE).stdout.strip()
        # Itself: some cases ask each second, several at once.
        self.kubectl_command = [*harness.kubectl_program(), "--kubeconfig", self.kubeconfig]
        self.env = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "KUBECONFIG": self.kubeconfig, "LANG": "C.UTF-8",
                    "SPARK_USER": "tester"}
        return self

    def __exit__(self, *_):
        if self.ours:
            subprocess.run([LOCAL_CLUSTER, "down", "--name", self.name], check=True)

    def kubectl(self, *args, check=True):
        return subprocess.run([*self.kubectl_command, *args], check=check, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE).stdout

    def local(self, command, *args):
        """A command of local-cluster: restart, signal and so on."""
        subprocess.run([LOCAL_CLUSTER, command, "--name", self.name, *args], check=True, stdout=subprocess.DEVNULL)

    def objects(self, kinds, selector=None):
        out = self.kubectl("get", kinds, "-n", NS, "-o", "json", *(["-l", selector] if selector else []))
        return json.loads(out)["items"]

    def run(self, *args, env=None, **kwargs):
        return subprocess.run([self.sparkk8s, *args], text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              env={**self.env, **(env or {})}, timeout=300, **kwargs)

    def submit_args(self, name, *more, image=IMAGE, app=()):
        return ["submit", "-n", NS, "--name", name, "--conf", f"spark.kubernetes.container.image={image}",
                "--conf", "spark.kubernetes.authenticate.driver.serviceAccountName=spark", *SMALL, *more, *app]

    def status(self, run):
        return json.loads(self.run("status", run, "-o", "json").stdout)

    def gone(self, kinds, selector=None, seconds=30):
        """Whether all such objects of the namespace are gone within some seconds."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if not self.objects(kinds, selector):
                return True
            time.sleep(0.3)
        return False

    def clear(self):
        self.kubectl("delete", "pods", "--all", "-n", NS, "--grace-period=0", "--force")
        self.gone("pods,services,configmaps", "spark-app-selector")


def report(done):
    return f"exit {done.returncode}\nstdout: {done.stdout[-1500:]}\nstderr: {done.stderr[-3000:]}"


def spark_pi(c):
    """SparkPi with two executors through submit, watch, logs, status, list."""
    watch = subprocess.Popen([c.sparkk8s, "watch", "-n", NS, "-o", "json"], text=True, stdout=subprocess.PIPE, env=c.env)
    done = c.run(*c.submit_args("spark-pi", "--wait", "--logs", "--class", "org.apache.spark.examples.SparkPi",
                                app=[f"{EXAMPLES}/jars/spark-examples.jar", "20"]))
    check = c.count.check
    check(done.returncode == 0, "SparkPi: submit --wait --logs ends with 0", report(done))
    check(done.stdout.count("Pi is roughly 3.1") == 1, "SparkPi: the result is in the log, once", report(done))
    check("SUCCEEDED" in done.stderr, "SparkPi: the verdict is printed", report(done))
    found = re.search(rf"{NS}:spark-pi-[0-9a-f]+-driver", done.stdout + done.stderr)
    if not check(found is not None, "SparkPi: the run id is printed", report(done)):
        watch.kill()
        return
    run = found[0]
    status = c.status(run)
    check((status["state"], status["cause"], status["exit_code"]) == ("SUCCEEDED", "NONE", 0), "SparkPi: status", str(status))
    listed = c.run("list", "-n", NS, "-o", "json").stdout
    check(run in listed and "SUCCEEDED" in listed, "SparkPi: list", listed)
    events = json.loads(c.kubectl("get", "events", "-n", NS, "-o", "json"))["items"]
    mounts = [e["message"] for e in events if e["reason"] == "FailedMount" and e["involvedObject"]["name"] == run.split(":")[1]]
    check(not mounts, "SparkPi: no FailedMount event of the driver, as spark-submit has", str(mounts))
    again = c.run("logs", run)
    check(again.stdout.count("Pi is roughly") == 1 and again.returncode == 0, "SparkPi: logs afterwards", report(again))
    time.sleep(1)
    watch.send_signal(signal.SIGINT)
    events = [json.loads(line) for line in watch.communicate(timeout=10)[0].splitlines()]
    states = [e["state"] for e in events if e["run_id"] == run]
    order = [s for i, s in enumerate(states) if i == 0 or states[i - 1] != s]
    check(order[-1:] == ["SUCCEEDED"] and "PENDING" in order and "RUNNING" in order
          and order == sorted(order, key=["PENDING", "RUNNING", "TERMINATING", "SUCCEEDED"].index),
          "SparkPi: watch of the namespace saw it go from PENDING to SUCCEEDED", str(order))
    most = max(((e.get("executors") or {}).get("running", 0) for e in events if e["run_id"] == run), default=0)
    check(most == 2, "SparkPi: watch saw two executors running", str(most))


def pyspark(c):
    """PyPI's own pi.py."""
    done = c.run(*c.submit_args("py-pi", "--wait", "--logs", app=[f"{EXAMPLES}/src/main/python/pi.py", "4"]))
    c.count.check(done.returncode == 0 and "Pi is roughly 3.1" in done.stdout, "pi.py succeeds", report(done))


def failing(c):
    done = c.run(*c.submit_args("fails", "--wait", "--class", "sparkk8s.examples.Fail",
                                app=[f"{EXAMPLES}/jars/spark-examples.jar"]))
    c.count.check(done.returncode == 1 and "FAILED" in done.stderr and "APP" in done.stderr,
                  "an application that throws: exit code 1, FAILED, APP", report(done))
    done = c.run(*c.submit_args("exits", "--wait", "--class", "sparkk8s.examples.Exit",
                                app=[f"{EXAMPLES}/jars/spark-examples.jar", "42"]))
    c.count.check(done.returncode == 1 and "42" in done.stderr, "System.exit(42): exit code 1, and the verdict says 42", report(done))


def no_image(c):
    done = c.run(*c.submit_args("no-image", "--wait", "--start-timeout", "5", "--class", "A", image=NO_SUCH_IMAGE,
                                app=[f"{EXAMPLES}/jars/spark-examples.jar"]))
    c.count.check(done.returncode == 3 and "IMAGE" in done.stderr, "an image that cannot be pulled: exit code 3, IMAGE", report(done))
    c.clear()


def lines_and_kill(c):
    """A talking driver: every line once; killed while a waiting submitter looks on; everything it owned goes."""
    waiter = subprocess.Popen([c.sparkk8s, *c.submit_args("talks", "--wait", "--key", "talks", "--conf", "spark.executor.instances=1",
                                                          "--class", "sparkk8s.examples.Ticks",
                                                          app=[f"{EXAMPLES}/jars/spark-examples.jar", "120"])],
                              text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=c.env)
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline and c.run("status", "talks", "-n", NS, "-o", "json").stdout.find('"RUNNING"') < 0:
        time.sleep(0.5)
    follow = subprocess.Popen([c.sparkk8s, "logs", "-f", "talks", "-n", NS], text=True, stdout=subprocess.PIPE, env=c.env)
    time.sleep(15)
    refused = c.run("kill", "talks", "-n", NS, "--only-claim", "somebody-else")
    c.count.check(refused.returncode == 5, "kill --only-claim with another claim is refused", report(refused))
    killed = c.run("kill", "talks", "-n", NS, "--wait")
    c.count.check(killed.returncode == 0, "kill --wait", report(killed))
    out = follow.communicate(timeout=60)[0]
    numbers = [int(n) for n in re.findall(r"^tick (\d+) of \d+$", out, re.M)]
    c.count.check(len(numbers) > 50 and numbers == list(range(1, 1 + len(numbers))),
                  f"logs -f: {len(numbers)} numbered lines, each once and in order", out[-1500:])
    stderr = waiter.communicate(timeout=60)[1]
    c.count.check(waiter.returncode == 4, "the waiting submitter ends with 4 (killed)", f"{waiter.returncode} {stderr[-2000:]}")
    again = c.run("kill", f"{NS}:nobody-driver")
    c.count.check(again.returncode in (0, 5), "kill of what is not there says so", report(again))
    c.count.check(c.gone("pods,services,configmaps", "spark-app-selector"), "everything that the driver owned is gone")


def dry_run(c):
    before = len(c.objects("pods,services,configmaps"))
    done = c.run(*c.submit_args("dry", "--dry-run", "--class", "A", app=["local:///a.jar"]))
    c.count.check(done.returncode == 0 and len(c.objects("pods,services,configmaps")) == before,
                  "--dry-run: accepted by the server, nothing created", report(done))
    done = c.run(*c.submit_args("dry", "--dry-run", "--class", "A", "--conf", "spark.kubernetes.driver.label.bad=no blanks please",
                                app=["local:///a.jar"]))
    c.count.check(done.returncode == 5 and "no blanks please" in done.stderr, "--dry-run: the server's refusal is shown", report(done))


def submitter_dies(c):
    """The submitter is killed at each of its requests in turn, before and after it is carried out; then the same is submitted
    again with the same key. Exactly one driver, everything there once, nothing left of the dead one."""
    with proxied(c, NS) as (proxy, env):
        die_at_each(c, proxy, env)


def die_at_each(c, proxy, env):
    for forward_it in (True, False):
        at = 0
        while at < 20:
            at += 1
            key = f"dies-{at}-{int(forward_it)}"
            args = c.submit_args("dies", "--key", key, "--class", "A", image=NO_SUCH_IMAGE, app=["local:///a.jar"])
            proxy.arm(at, forward_it)
            victim = subprocess.Popen([c.sparkk8s, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                      env={**c.env, **env})
            proxy.victim = victim.pid
            out = victim.communicate(timeout=60)
            if victim.returncode != -signal.SIGKILL:
                c.count.check(victim.returncode == 0 and at > 3, f"a whole submission has {at - 1} requests", str(out))
                c.clear()
                break
            proxy.arm(0, True)
            again = c.run(*args, env=env)
            pods = c.objects("pods", "spark-role=driver")
            what = f"killed {'after' if forward_it else 'before'} request {at}, then submitted again"
            ok = again.returncode == 0 and len(pods) == 1
            gates = [p["spec"].get("schedulingGates") for p in pods]
            ok = ok and gates == [None]
            maps = [m for m in c.objects("configmaps") if m["metadata"]["name"].startswith("spark-drv-")]
            services = [s for s in c.objects("services")]
            owners = {o["metadata"]["ownerReferences"][0]["uid"] for o in maps + services if o["metadata"].get("ownerReferences")}
            ok = ok and len(maps) == 1 and len(services) == 1 and owners == {pods[0]["metadata"]["uid"]}
            c.count.check(ok, f"{what}: one driver, complete, nothing left over",
                          report(again) + f"\npods {len(pods)} gates {gates} maps {len(maps)} services {len(services)} owners {owners}")
            c.clear()


def lessons(c):
    """The numbered programs of doc/examples, against the real thing."""
    folder = Path(c.sparkk8s).parents[2] / "doc/examples"

    def lesson(program, *args):
        return subprocess.run([str(folder / program), *args], text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=c.env, timeout=300)

    args = c.submit_args("lesson", "--conf", f"spark.kubernetes.namespace={NS}", "--class", "sparkk8s.examples.Exit",
                         app=[f"{EXAMPLES}/jars/spark-examples.jar", "0"])
    args = args[3:]                     # without "submit -n NS", which are the tool's own
    done = lesson("01_render", *args)
    c.count.check(done.returncode == 0 and "kind: Pod" in done.stdout, "lesson 1 renders", report(done))
    done = lesson("02_submit", *args)
    c.count.check(done.returncode == 0 and "SUCCEEDED" in done.stderr, "lesson 2 submits, reads the log, tells the verdict", report(done))
    c.clear()
    first = lesson("03_many", "3", *args)
    c.count.check(first.returncode == 0 and "3 submitted, 0 failed" in first.stderr and first.stdout.count("SUCCEEDED") == 3,
                  "lesson 3 submits three and follows them on one watch", report(first))
    pods = [p["metadata"]["uid"] for p in c.objects("pods", "spark-role=driver")]
    again = lesson("03_many", "3", *args)
    c.count.check(again.returncode == 0 and pods == [p["metadata"]["uid"] for p in c.objects("pods", "spark-role=driver")],
                  "lesson 3 again: the same keys, the same three drivers", report(again))
    c.clear()


CASES = {"spark-pi": spark_pi, "pyspark": pyspark, "failing": failing, "no-image": no_image, "lines-and-kill": lines_and_kill,
         "dry-run": dry_run, "submitter-dies": submitter_dies, "lessons": lessons, "explain": explain, "airflow": airflow,
         "features": features, "many": many, "gc": gc, "python": python, "logs": logs,
         "provider2": provider2, "provider3": provider3}
# Cases that break a cluster have one of their own: logs are rotated early, a silent node is noticed soon.
BREAKING = {"LOCAL_CLUSTER_LOG_SIZE": "256Ki", "LOCAL_CLUSTER_LOG_INTERVAL": "3s", "LOCAL_CLUSTER_NODE_GRACE": "15s",
            "LOCAL_CLUSTER_NODE_STATUS": "3s", "LOCAL_CLUSTER_NODE_LEASE": "15"}
BREAKERS = {"restarts": restarts, "datastore": datastore, "stopped": stopped, "rotation": rotation, "causes": causes, "thousands": thousands}
# Each cluster with its cases, and in which order they run: rows one after the other, what is in a row side by side.
CLUSTERS = (("", {}, CASES, [[[name]] for name in CASES]),
            ("-faults", BREAKING, BREAKERS, [[["restarts", "datastore", "stopped"]], [["causes"], ["rotation", "thousands"]]]))


def run_cases(cluster, names, cases):
    for name in names:
        say(f"case {name}")
        try:
            cases[name](cluster)
        except Exception:               # the others are run all the same
            cluster.count.check(False, f"case {name} comes to its end", traceback.format_exc())


def main(arguments):
    count = harness.Counter()
    folder = harness.build("release")
    for suffix, settings, cases, rows in CLUSTERS:
        chosen = [name for name in arguments or cases if name in cases]
        if not chosen:
            continue
        with Cluster(folder / "tools/sparkk8s/sparkk8s", count, suffix, settings) as cluster:
            for row in rows:
                here, *others = [[name for name in lane if name in chosen] for lane in row]
                threads = [threading.Thread(target=run_cases, args=(cluster, lane, cases), daemon=True) for lane in others]
                for thread in threads:
                    thread.start()
                run_cases(cluster, here, cases)         # in this thread: an interrupt lets a case clean up
                for thread in threads:
                    thread.join()
    count.close()


if __name__ == "__main__":
    main(sys.argv[2:])
