# SPDX-License-Identifier: Apache-2.0
"""Failures provoked on the real cluster, and what explain says of them. All are submitted first and looked at side by side:
each takes the time that Spark and the kubelet take."""
import json
import subprocess
import tempfile
import time
from pathlib import Path

from harness import say

JAR = "local:///opt/spark/examples/jars/spark-examples.jar"
NO_SUCH_IMAGE = "localhost/no-such-image:4.1.4"
QUOTA_NS, PATIENCE_S = "spark-quota", 240
# A heap that is touched at once, and no room beside it.
TOO_LITTLE = {"memoryOverhead": "1m", "memory": "512m"}


def confs(pairs):
    return [word for key, value in pairs.items() for word in ("--conf", f"{key}={value}")]


def ticks(seconds=600, spark=True):
    return ["--class", "sparkk8s.examples.Ticks", JAR, str(seconds), *(["spark"] if spark else [])]


# What is submitted, and what is to be found: state, cause, exit code (... for any), words.
SCENARIOS = {
    "exception": ([], ["--class", "sparkk8s.examples.Fail", JAR, "orders are locked"], "FAILED", "APP", 1,
                  ["orders are locked", "sparkk8s.examples.Fail", "Exception"]),
    "exit-code": ([], ["--class", "sparkk8s.examples.Exit", JAR, "3"], "FAILED", "APP", 3, ["exit code 3"]),
    "no-class": ([], ["--class", "com.example.Missing", JAR], "FAILED", "APP", 101, ["com.example.Missing"]),
    "no-jar": ([], ["--class", "com.example.Missing", "local:///opt/nothere.jar"], "FAILED", "APP", 1, ["/opt/nothere.jar"]),
    "image": (confs({"spark.kubernetes.container.image": NO_SUCH_IMAGE}), ticks(), "PENDING", "IMAGE", None, [NO_SUCH_IMAGE]),
    "executor-image": (confs({"spark.kubernetes.executor.container.image": NO_SUCH_IMAGE}), ticks(), "RUNNING", "IMAGE", None,
                       ["executor", NO_SUCH_IMAGE]),
    "too-large": (confs({"spark.kubernetes.driver.request.cores": "1000"}), ticks(), "PENDING", "UNSCHEDULABLE", None,
                  ["Insufficient cpu", "cpu 1k"]),
    "executors-too-large": (confs({"spark.kubernetes.executor.request.cores": "1000"}), ticks(), "RUNNING", "UNSCHEDULABLE", None,
                            ["executor", "Insufficient cpu"]),
    "node-selector": (confs({"spark.kubernetes.driver.node.selector.pool": "none"}), ticks(), "PENDING", "UNSCHEDULABLE", None,
                      ["pool=none"]),
    "secret-key": (confs({"spark.kubernetes.driver.secretKeyRef.PW": "no-such-secret:password"}), ticks(), "PENDING", "CONFIG", None,
                   ["no-such-secret"]),
    "secret-volume": (confs({"spark.kubernetes.driver.secrets.no-such-secret": "/mnt/s"}), ticks(), "PENDING", "CONFIG", None,
                      ["no-such-secret", "FailedMount"]),
    "claim": (confs({"spark.kubernetes.driver.volumes.persistentVolumeClaim.data.mount.path": "/data",
                     "spark.kubernetes.driver.volumes.persistentVolumeClaim.data.options.claimName": "no-such-claim"}), ticks(),
              "PENDING", "UNSCHEDULABLE", None, ["no-such-claim"]),
    "config-map": ("config-map.yaml", ticks(), "PENDING", "CONFIG", None, ["no-such-map"]),
    "init": ("init.yaml", ticks(), "FAILED", "CONFIG", None, ["prepare", "exit code 7"]),
    "deadline": ("deadline.yaml", ticks(spark=False), "FAILED", "DEADLINE", ..., ["deadline", "20"]),
    "rights": (confs({"spark.kubernetes.authenticate.driver.serviceAccountName": "default"}), ticks(), "FAILED", "CONFIG", 1,
               ["forbidden", "system:serviceaccount:spark:default"]),
    "memory": (confs({f"spark.driver.{k}": v for k, v in TOO_LITTLE.items()}
                     | {"spark.driver.extraJavaOptions": "-Xms512m -XX:+AlwaysPreTouch"}), ticks(), "FAILED", "OOM", 137,
               ["513Mi", "spark.driver.memoryOverhead"]),
    "executor-memory": (confs({f"spark.executor.{k}": v for k, v in TOO_LITTLE.items()}
                              | {"spark.executor.extraJavaOptions": "-XX:+AlwaysPreTouch"}), ticks(), ("FAILED", "RUNNING"), "OOM", ...,
                        ["executor", "memory", "spark.executor.memoryOverhead"]),
    "quota": (QUOTA_NS, ticks(), "RUNNING", "QUOTA", None, ["executor", "exceeded quota: one-pod", "pods 1 of 1"]),
}

TEMPLATES = {
    "config-map.yaml": "spec: {volumes: [{name: conf, configMap: {name: no-such-map}}], containers: [{name: spark-kubernetes-driver, "
                       "volumeMounts: [{name: conf, mountPath: /conf}]}]}",
    "init.yaml": "spec: {initContainers: [{name: prepare, image: localhost/spark:4.1.4, command: [sh, -c, exit 7]}]}",
    "deadline.yaml": "spec: {activeDeadlineSeconds: 20}",
}


def prepare(c, folder):
    """A namespace in which a driver has room, and nothing else."""
    for name, text in TEMPLATES.items():
        (Path(folder) / name).write_text(f"apiVersion: v1\nkind: Pod\n{text}\n")
    for args in (["create", "namespace", QUOTA_NS], ["create", "serviceaccount", "spark", "-n", QUOTA_NS],
                 ["create", "rolebinding", "spark", "-n", QUOTA_NS, "--clusterrole=edit", f"--serviceaccount={QUOTA_NS}:spark"],
                 ["create", "quota", "one-pod", "-n", QUOTA_NS, "--hard=pods=1"]):
        c.kubectl(*args, check=False)


def submit(c, name, how, app, folder):
    """The run's id."""
    args = c.submit_args(f"expl-{name}", *(how if isinstance(how, list) else []))
    if how == QUOTA_NS:
        args[args.index("-n") + 1] = QUOTA_NS
    elif isinstance(how, str):
        args += ["--conf", f"spark.kubernetes.driver.podTemplateFile={folder}/{how}"]
    done = c.run(args[0], "-o", "name", *args[1:], *app)
    return done.stdout.strip() or c.count.check(False, f"{name}: submitted", done.stderr)


def is_found(said, state, cause, code, words):
    text = " ".join([said["summary"], said["advice"], *said["evidence"]])
    return (said["state"] in (state if isinstance(state, tuple) else (state,)) and said["cause"] == cause
            and code in (..., said["exit_code"]) and all(word in text for word in words))


def look(c, runs, deadline):
    """Explains what is left of `runs` until each is as it should be; returns what was said last of those that never were."""
    last = {}
    while runs and time.monotonic() < deadline:
        for name, run in list(runs.items()):
            done = c.run("explain", "-o", "json", run)
            last[name] = json.loads(done.stdout) if done.returncode == 0 else done.stderr
            if done.returncode == 0 and is_found(last[name], *SCENARIOS[name][2:]):
                c.count.check(True, f"explain, {name}: {last[name]['summary'][:150]}")
                c.run("kill", run, "--grace", "1")
                del runs[name], last[name]
        time.sleep(1)
    return last


def running(c, key):
    """A driver whose application runs, and a submitter that waits for it: (process, pod). A container runs earlier than its
    application, and its first process, a shell, ignores the signals that are sent from inside."""
    waiter = subprocess.Popen([c.sparkk8s, *c.submit_args(key, "--wait", "--key", key), *ticks(spark=False)], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=c.env)
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline and "tick 1 of" not in c.run("logs", key, "-n", "spark").stdout:
        time.sleep(0.5)
    return waiter, json.loads(c.run("status", key, "-n", "spark", "-o", "json").stdout)["driver_pod"]


def killed(c):
    waiter, pod = running(c, "expl-killed")
    c.kubectl("exec", pod, "-n", "spark", "--", "sh", "-c", "kill -TERM 1", check=False)
    err = waiter.communicate(timeout=120)[1]
    said = c.run("explain", "-o", "json", f"spark:{pod}").stdout
    c.count.check(waiter.returncode == 4 and "\nwhy " in err and is_found(json.loads(said), "FAILED", "KILLED", 143, ["143 (SIGTERM)"]),
                  "explain, killed by a signal", err[-1500:] + said)


def deleted(c):
    """Who waits is told why, though the driver is gone by then."""
    waiter, pod = running(c, "expl-deleted")
    c.kubectl("delete", "pod", pod, "-n", "spark", "--grace-period=2")
    err = waiter.communicate(timeout=120)[1]
    c.count.check(waiter.returncode == 4 and "\nwhy " in err and "was deleted" in err, "deleted while somebody waits: why is told", err[-1500:])
    said = c.run("explain", "-o", "json", f"spark:{pod}")
    c.count.check(said.returncode == 0 and json.loads(said.stdout)["state"] == "LOST" and "Killing" in said.stdout,
                  "explain of a driver that is gone: by its events", said.stdout + said.stderr)


def well(c):
    done = c.run(*c.submit_args("expl-well", "--wait", "--key", "expl-well"), "--class", "sparkk8s.examples.Exit", JAR, "0")
    said = json.loads(c.run("explain", "-o", "json", "expl-well", "-n", "spark").stdout or "{}")
    c.count.check(done.returncode == 0 and "\nwhy " not in done.stderr and (said.get("state"), said.get("cause")) == ("SUCCEEDED", "NONE"),
                  "explain of what went well", (done.stderr, said))


def explain(c):
    with tempfile.TemporaryDirectory() as folder:
        prepare(c, folder)
        begun = time.monotonic()
        runs = {name: run for name, (how, app, *_) in SCENARIOS.items() if (run := submit(c, name, how, app, folder))}
        say(f"{len(runs)} failures submitted")
        for name, said in look(c, runs, begun + PATIENCE_S).items():
            c.count.check(False, f"explain, {name}: {SCENARIOS[name][2:]}", json.dumps(said, indent=1))
    killed(c)
    deleted(c)
    well(c)
    c.clear()
    c.kubectl("delete", "namespace", QUOTA_NS, "--wait=false")
