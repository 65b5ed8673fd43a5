# SPDX-License-Identifier: Apache-2.0
"""Many runs at once: kill by glob, state and age, wait for all; and gc, which leaves alone what is alive. Most runs are bare pods
with Spark's labels, since it is the cluster's part that is real here: preconditions, owners, metadata, the garbage collector."""
import json
import signal
import subprocess
import tempfile
import time

from harness import LOCAL_CLUSTER
from killproxy import proxied

NS = "spark"
IMAGE = "localhost/spark:4.1.4"
NO_SUCH_IMAGE = "localhost/no-such-image:4.1.4"
CONTROLLERS = "kube-controller-manager"         # has the garbage collector


def report(done):
    return f"exit {done.returncode}\nstdout: {done.stdout[-1500:]}\nstderr: {done.stderr[-3000:]}"


def names(text):
    return sorted(line.split()[0].split(":")[-1] for line in text.splitlines())


def meta(name, role=None, app=None, owner=None):
    labels = {k: v for k, v in (("spark-role", role), ("spark-app-selector", app), ("spark-app-name", role and "etl")) if v}
    owners = [{"apiVersion": "v1", "kind": "Pod", "name": owner[0], "uid": owner[1], "controller": True}] if owner else []
    return {"name": name, "namespace": NS, "labels": labels, "ownerReferences": owners}


def pod(name, role="driver", app=None, image=NO_SUCH_IMAGE, command=(), owner=None):
    """An image that is not there keeps it pending."""
    return {"apiVersion": "v1", "kind": "Pod", "metadata": meta(name, role, app or f"spark-{name}", owner),
            "spec": {"restartPolicy": "Never", "terminationGracePeriodSeconds": 1, "containers": [
                {"name": f"spark-kubernetes-{role}", "image": image, "command": list(command)}]}}


def config_map(name, app=None, owner=None, data=None):
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta(name, app=app, owner=owner), "data": data or {"x": "y"}}


def service(name, app, owner=None):
    return {"apiVersion": "v1", "kind": "Service", "metadata": meta(name, app=app, owner=owner),
            "spec": {"clusterIP": "None", "ports": [{"port": 7078}]}}


def claim(name, app, owner=None):
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": meta(name, app=app, owner=owner),
            "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Mi"}}}}


def create(c, *objects):
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump({"apiVersion": "v1", "kind": "List", "items": objects}, file)
        file.flush()
        c.kubectl("create", "-f", file.name)


def until(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and not condition():
        time.sleep(0.3)
    return condition()


def many(c):
    check = c.count.check
    create(c, *(pod(f"etl-{i}-driver") for i in range(20)), pod("report-driver"), pod("etl-exec-1", "executor", "spark-etl-0-driver"),
           pod("sleeper-driver", image=IMAGE, command=["sleep", "600"]))
    until(lambda: c.status(f"{NS}:sleeper-driver")["state"] == "RUNNING")
    time.sleep(3)
    create(c, pod("etl-new-driver"))
    old = sorted(f"etl-{i}-driver" for i in range(20))
    choice = ["kill", "etl-*", "-A", "--state", "PENDING", "--older-than", "2s"]
    dry = c.run(*choice, "--dry-run", "-o", "name")
    wanted = names(dry.stdout)
    check(dry.returncode == 0 and set(old) <= set(wanted) <= {*old, "etl-new-driver"}, "kill --dry-run: by glob, state, age, in all namespaces", report(dry))
    check(len(c.objects("pods")) == 24, "kill --dry-run: nothing is killed")
    done = c.run(*choice, "-o", "name", "--wait")
    left = sorted(p["metadata"]["name"] for p in c.objects("pods"))
    check(done.returncode == 0 and set(wanted) <= set(names(done.stdout)), "kill: what the dry run said", report(done))
    check(set(left) - {"etl-new-driver"} == {"etl-exec-1", "report-driver", "sleeper-driver"}, "kill --wait: they are gone, the others are not", str(left))
    none = c.run("kill", "-n", NS)
    check(none.returncode == 2 and "--all" in none.stderr and len(c.objects("pods")) == len(left), "kill without a word is refused", report(none))
    c.clear()
    create(c, *(pod(f"job-{i}", image=IMAGE, command=["sh", "-c", f"sleep {i}; exit {int(i == 2)}"]) for i in range(4)))
    some = c.run("wait", "-n", NS, "job-0", f"{NS}:job-1", "job-3", "--timeout", "120")
    check(some.returncode == 0, "wait for three that succeed", report(some))
    done = c.run("wait", "-n", NS, "job-*", "--timeout", "120", "-o", "json")
    last = {s["run_id"]: s["state"] for s in map(json.loads, done.stdout.splitlines())}
    check(done.returncode == 1 and sorted(last.values()) == ["FAILED"] + 3 * ["SUCCEEDED"], "wait for all: one has failed", report(done))
    status = c.run("status", "-n", NS, "job-*", "--state", "FAILED", "-o", "name")
    check(status.stdout.split() == [f"{NS}:job-2"], "status of many", report(status))
    c.clear()


def half_submitted(c):
    """A submitter that is killed when it has created the pod, and not the ConfigMap."""
    with proxied(c, NS) as (proxy, env):
        proxy.arm(2, False)
        victim = subprocess.Popen([c.sparkk8s, *c.submit_args("half", "--class", "A", image=NO_SUCH_IMAGE, app=["local:///a.jar"])],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**c.env, **env})
        proxy.victim = victim.pid
        victim.communicate(timeout=60)
    held = [p["metadata"]["name"] for p in c.objects("pods", "spark-role=driver") if p["spec"].get("schedulingGates")]
    c.count.check(victim.returncode == -signal.SIGKILL and len(held) == 1, "a submitter that dies leaves a pod that is held back", str(held))
    return held


def uid_of(c, name):
    return (name, next(p["metadata"]["uid"] for p in c.objects("pods") if p["metadata"]["name"] == name))


def everything(c):
    kinds = "pods,services,configmaps,secrets,persistentvolumeclaims"
    return {f"{o['kind']}/{o['metadata']['name']}" for o in c.objects(kinds) if not o["metadata"].get("deletionTimestamp")}


def gc(c):
    check = c.count.check
    none = c.run("gc", "-A")
    check(none.returncode == 0 and none.stderr == "no leftovers found\n", "gc: nothing", report(none))
    held = half_submitted(c)
    live = c.run(*c.submit_args("alive", "-o", "name", "--class", "A", image=NO_SUCH_IMAGE, app=["local:///a.jar"])).stdout.strip().split(":")[1]
    create(c, pod("ended-driver", image=IMAGE, command=["true"]), pod("keeper-driver", image=IMAGE, command=["true"]))
    until(lambda: all(c.status(f"{NS}:{name}")["state"] == "SUCCEEDED" for name in ("ended-driver", "keeper-driver")))
    owner, gone = uid_of(c, live), ("gone-driver", "00000000-0000-4000-8000-000000000000")
    create(c, pod("alive-exec-1", "executor", owner=owner), pod("outside-exec-1", "executor"), claim("kept-pvc", "x", uid_of(c, "keeper-driver")),
           claim("free-pvc", "x"), config_map("spark-exec-1-conf-map", "y"), config_map("settings"))
    subprocess.run([LOCAL_CLUSTER, "signal", "--name", c.name, CONTROLLERS, "STOP"], check=True)
    try:
        before = everything(c)
        create(c, config_map("spark-drv-1-conf-map", owner=gone), service("a-driver-svc", "spark-a", gone), pod("orphan-exec-1", "executor", owner=gone),
               config_map("spark-drv-2-conf-map", owner=(live, gone[1])), config_map("spark-drv-3-conf-map", data={"spark.properties": "#\n#\nspark.app.id=spark-b\n"}),
               service("c-driver-svc", "spark-c"), claim("gone-pvc", "spark-a", gone))
        leftovers = {f"Pod/{held[0]}", "ConfigMap/spark-drv-1-conf-map", "Service/a-driver-svc", "Pod/orphan-exec-1", "ConfigMap/spark-drv-2-conf-map",
                     "ConfigMap/spark-drv-3-conf-map", "Service/c-driver-svc", "Pod/ended-driver"}
        hour = c.run("gc", "-n", NS, "-o", "name")
        check(set(n.split(":")[1] for n in hour.stdout.split()) == {"ConfigMap/spark-drv-1-conf-map", "ConfigMap/spark-drv-2-conf-map", "Service/a-driver-svc",
                                                                     "Pod/orphan-exec-1"}, "gc: within the hour only what had a driver", report(hour))
        options = ["gc", "-n", NS, "--older-than", "1s", "--finished-older-than", "1s"]
        time.sleep(3)
        dry = c.run(*options)
        rows = {f"{words[1]}/{words[2]}" for words in (line.split() for line in dry.stdout.splitlines()[1:])}
        check(dry.returncode == 0 and rows == leftovers and "keeper-driver is left" in dry.stderr, "gc: what would go", report(dry))
        check(everything(c) == before | leftovers | {"PersistentVolumeClaim/gone-pvc"}, "gc: nothing has gone")
        done = c.run(*options, "--delete")
        check(done.returncode == 0 and len(done.stdout.splitlines()) == len(leftovers), "gc --delete", report(done))
        until(lambda: not leftovers & everything(c), 30)
        check(everything(c) == (before | {"PersistentVolumeClaim/gone-pvc"}) - leftovers, "gc --delete: what was told is gone, all else is there",
              str(everything(c) ^ (before | {"PersistentVolumeClaim/gone-pvc"})))
    finally:
        subprocess.run([LOCAL_CLUSTER, "signal", "--name", c.name, CONTROLLERS, "CONT"], check=True)
    c.kubectl("delete", "configmaps,services,persistentvolumeclaims", "-n", NS, "spark-exec-1-conf-map", "settings", "kept-pvc", "free-pvc", "gone-pvc",
              "--ignore-not-found", "--wait=false", check=False)
    c.clear()
