# SPDX-License-Identifier: Apache-2.0
"""The ways in which a driver ends or fails to start that explain_cases.py does not have, provoked for real: what the watch tells of each, and
what explain says. Drivers that the cluster removes have a finalizer, so that they can still be asked about when they are over.

What one node cannot show: drivers that are removed from a silent node (where all nodes are silent, Kubernetes removes nothing), a node that is
shut down (the kubelet learns of that from systemd, which is not here), and pressure on a node's memory or disk (they are the machine's). Those are
among the recorded lives of tests/client.
"""
import json
import time

from explain_cases import is_found
from harness import say
from scene import JAR, NS, TALK, Scene, until

HOLD = "sparkk8s.test/hold"
REFUSED_NS = "spark-refused"
AT_ONCE = {"terminationGracePeriodSeconds": 1}
SHELL = ["sh", "-c"]


def driver(*command, mounts=(), **spec):
    spark = {"name": "spark-kubernetes-driver", "command": list(command), "volumeMounts": list(mounts)}
    return {"spec": {**AT_ONCE, **spec, "containers": [spark, *spec.get("containers", [])]}}


def held(**spec):
    return {"metadata": {"finalizers": [HOLD]}, **driver(*SHELL, TALK, **spec)}


def beside(**container):
    return {"name": "beside", "image": "localhost/spark:4.1.4", "command": ["sleep", "600"], **container}


# Pod template, and what is to be found: state, cause, exit code (... for any), words of the explanation.
ALONE = {
    "segv": (driver("python3", "-c", "import ctypes; ctypes.string_at(0)"), "FAILED", "APP", 139, ["139", "SIGSEGV"]),
    "kill-9": (driver(*SHELL, "sh -c 'kill -9 $$$$'; exit $?"), "FAILED", "KILLED", 137, ["137", "SIGKILL"]),
    "no-command": (driver("/no/such/program"), "FAILED", "CONFIG", 128, ["/no/such/program"]),
    "bad-image-name": (driver("true"), "PENDING", "IMAGE", None, ["InvalidImageName"]),
    "beside-sidecar": (driver("true", containers=[beside()]), "SUCCEEDED", "NONE", 0, []),
    "fails-beside-sidecar": (driver(*SHELL, "exit 3", containers=[beside()]), "FAILED", "APP", 3, ["exit code 3"]),
    "native-sidecar": (driver("true", initContainers=[beside(restartPolicy="Always")]), "SUCCEEDED", "NONE", 0, []),
}
AFTER_A_MINUTE = {
    "storage": (driver(*SHELL, "head -c 30000000 /dev/zero > /room/much; sleep 600", mounts=[{"name": "room", "mountPath": "/room"}],
                       volumes=[{"name": "room", "emptyDir": {"sizeLimit": "1Mi"}}]), "FAILED", "EVICTED", ..., ["room", "1Mi"]),
}
LATE = {"no-node": (held(nodeName="ghost"), "FAILED", "NODE_LOST", ..., ["ghost"])}     # the collector waits 40 s for a node to appear
PROVOKED = {
    "evicted": (held(), "FAILED", "EVICTED", 137, ["evict"]),
    "drained": (held(), "FAILED", "EVICTED", 137, ["evict"]),
    "preempted": (held(priorityClassName="spot"), "FAILED", "PREEMPTED", 137, ["preempt"]),
    "silent-node": (held(), "RUNNING", "NODE_LOST", None, ["node1"]),
    "tainted": (held(), "FAILED", "EVICTED", 137, ["taint"]),
}
MORE = {"bad-image-name": ["--conf", "spark.kubernetes.container.image=localhost/Not-A-Name:::1"],
        "preempted": ["--conf", "spark.kubernetes.driver.request.cores=4", "--conf", "spark.kubernetes.driver.limit.cores=4"]}

# A class below others, so that nothing else is preempted; a namespace whose policy refuses most pods.
OBJECTS = [
    {"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": "spot"}, "value": -100},
    {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": REFUSED_NS}},
    {"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicy", "metadata": {"name": "refuse-drivers"},
     "spec": {"matchConstraints": {"resourceRules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}]},
              "validations": [{"expression": "has(object.metadata.labels) && 'cost-center' in object.metadata.labels",
                               "message": "every pod needs the label cost-center"}]}},
    {"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicyBinding", "metadata": {"name": "refuse-drivers"},
     "spec": {"policyName": "refuse-drivers", "validationActions": ["Deny"],
              "matchResources": {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": REFUSED_NS}}}}},
]
PREEMPTOR = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "preemptor", "namespace": NS},
             "spec": {"terminationGracePeriodSeconds": 0, "containers": [{"name": "c", "image": "localhost/spark:4.1.4", "command": ["sleep", "600"],
                                                                          "resources": {"requests": {"cpu": "5"}}}]}}


class Causes(Scene):
    """The drivers of this case, and a watch of all of them."""

    def __init__(self, c):
        super().__init__(c)
        self.runs, self.said = {}, {}
        self.watch = self.tool("watch", "-n", NS, "-o", "json")

    def begin(self, scenarios):
        for name, (spec, *_) in scenarios.items():
            how = self.template(name, spec)
            args = self.submission(f"cause-{name}", *how, *MORE.get(name, []))
            self.runs[name] = self.submit([*args, "--class", "A", "local:///a.jar"])

    def pod(self, name):
        return self.runs[name].split(":")[1]

    def states(self, name):
        return [(s["state"], s["cause"]) for s in self.watch.statuses(self.runs[name])]

    def is_running(self, name):
        return lambda: ("RUNNING", "NONE") in self.states(name)

    def apply(self, verb, objects):
        path = self.folder / "objects.json"
        path.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}))
        self.c.kubectl(verb, "-f", str(path), check=verb == "apply")

    def is_as_wanted(self, name, wanted):
        """Explained as wanted, and told so by the watch."""
        done = self.c.run("explain", "-o", "json", self.runs[name])
        self.said[name] = done.stdout or done.stderr
        return done.returncode == 0 and is_found(json.loads(done.stdout), *wanted) and tuple(wanted[:2]) in self.states(name)

    def look(self, scenarios, seconds=240):
        """Until each is as wanted."""
        left, deadline = {name: wanted for name, (_, *wanted) in scenarios.items()}, time.monotonic() + seconds
        while left and time.monotonic() < deadline:
            for name in [name for name, wanted in left.items() if self.is_as_wanted(name, wanted)]:
                self.c.count.check(True, f"causes, {name}: {json.loads(self.said[name])['summary'][:150]}")
                del left[name]
            time.sleep(0.5)
        for name, wanted in left.items():
            self.c.count.check(False, f"causes, {name}: {wanted}", f"{self.said.get(name)}\nwatch: {self.states(name)}")

    def __exit__(self, *how):
        for name in self.runs:
            self.c.kubectl("patch", "pod", self.pod(name), "-n", NS, "--type=merge", "-p", '{"metadata":{"finalizers":null}}', check=False)
        self.c.kubectl("delete", "pod", "preemptor", "-n", NS, "--ignore-not-found", "--wait=false", check=False)
        self.apply("delete", [o for o in OBJECTS if o["kind"] != "Namespace"])
        self.c.kubectl("delete", "namespace", REFUSED_NS, "--wait=false", check=False)
        super().__exit__(*how)


def evict(scene):
    body = scene.folder / "eviction.json"
    body.write_text(json.dumps({"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": scene.pod("evicted"), "namespace": NS}}))
    scene.c.kubectl("create", "--raw", f"/api/v1/namespaces/{NS}/pods/{scene.pod('evicted')}/eviction", "-f", str(body))


def drain(scene):
    selector = [p["metadata"]["labels"]["spark-app-selector"] for p in scene.c.objects("pods") if p["metadata"]["name"] == scene.pod("drained")][0]
    # It would wait for the pod to be gone, which the finalizer holds.
    scene.c.kubectl("drain", "node1", "--force", "--ignore-daemonsets", "--delete-emptydir-data", "--timeout=3s",
                    f"--pod-selector=spark-app-selector={selector}", check=False)
    scene.c.kubectl("uncordon", "node1")


def one(name):
    return {name: PROVOKED[name]}


def provoke(scene):
    """What somebody or something does to drivers that run. Those that concern the node as a whole come last."""
    for name in PROVOKED:
        scene.c.count.check(until(scene.is_running(name)), f"causes, {name}: it runs", scene.watch.report())
    evict(scene)
    scene.apply("apply", [PREEMPTOR])
    drain(scene)
    scene.look({**ALONE, **one("evicted"), **one("drained"), **one("preempted")})
    scene.signal("kubelet", "STOP")
    say("kubelet stopped")
    try:
        scene.look(one("silent-node"))
    finally:
        scene.signal("kubelet", "CONT")
    say("kubelet goes on")
    scene.look({"silent-node": (None, "RUNNING", "NONE", None, []), **AFTER_A_MINUTE})
    scene.c.kubectl("taint", "node", "node1", "sparkk8s.test/out=yes:NoExecute")
    try:
        scene.look(one("tainted"))
    finally:
        scene.c.kubectl("taint", "node", "node1", "sparkk8s.test/out-")


def refused(c):
    """A pod that the cluster does not admit: said at once, in the cluster's words, and nothing is left."""
    args = c.submit_args("refused", "--class", "A", "local:///a.jar")
    args[args.index("-n") + 1] = REFUSED_NS
    done = until(lambda: (d := c.run(*args)).returncode != 0 and d, 60)     # a policy takes a moment to be in force
    c.count.check(done and done.returncode == 5 and "every pod needs the label cost-center" in done.stderr,
                  "causes: a policy that refuses the driver", done and done.stderr)
    c.kubectl("create", "quota", "none", "-n", REFUSED_NS, "--hard=pods=0")
    args[-3:-3] = ["--conf", "spark.kubernetes.driver.label.cost-center=1"]
    until(lambda: "0" in c.kubectl("get", "quota", "none", "-n", REFUSED_NS, "-o", "jsonpath={.status.used.pods}"), 30)
    done = c.run(*args)
    c.count.check(done.returncode == 5 and "exceeded quota" in done.stderr, "causes: a quota that refuses the driver", done.stderr)
    left = c.kubectl("get", "pods,services,configmaps", "-n", REFUSED_NS, "-l", "spark-app-selector", "-o", "name")
    c.count.check(left == "", "causes: what was refused has left nothing", left)


def annotated(scene):
    """The exception that Spark leaves at its driver pod, before it ends."""
    c = scene.c
    run = scene.submit([*scene.submission("annotated", "--conf", "spark.kubernetes.driver.annotateExitException=true"),
                        "--class", "sparkk8s.examples.Fail", JAR, "orders are locked"])
    until(lambda: c.status(run)["state"] == "FAILED")
    said = json.loads(c.run("explain", "-o", "json", run).stdout)
    noted = [p["metadata"].get("annotations", {}) for p in c.objects("pods") if p["metadata"]["name"] == run.split(":")[1]]
    c.count.check("orders are locked" in str(noted) and is_found(said, "FAILED", "APP", 1, ["orders are locked", "Exception"]),
                  "causes: the exception that Spark writes at the pod", f"{noted} {said}")


def reused(scene):
    """A pod of the same name takes the place of a driver: nobody takes one for the other."""
    c = scene.c
    how = ["--conf", "spark.kubernetes.driver.pod.name=reused"]
    args = [*scene.submission("reused", *how, *scene.template("reused", driver(*SHELL, TALK))), "--class", "A", "local:///a.jar"]
    waiter = scene.tool(args[0], "--wait", *args[1:])
    c.count.check(until(lambda: c.run("status", "reused", "-n", NS).returncode == 0 and c.status(f"{NS}:reused")["state"] == "RUNNING"),
                  "causes: a driver with a name of its own runs", waiter.report())
    first = c.status(f"{NS}:reused")["driver_uid"]
    c.kubectl("delete", "pod", "reused", "-n", NS, "--force", "--grace-period=0")
    until(lambda: c.run(*args).returncode == 0, 60)
    code, second = waiter.end(), until(lambda: (s := c.status(f"{NS}:reused"))["state"] == "RUNNING" and s)
    c.count.check(code == 4 and second and second["driver_uid"] != first, "causes: a name that is used again: the first driver was deleted, "
                  "the second runs", f"{second} {waiter.report()}")


def killed(scene):
    """By us, while a watch looks on."""
    c = scene.c
    run = scene.submit(scene.talker("cause-kill"))
    watch = scene.tool("watch", run, "-o", "json")
    until(lambda: "RUNNING" in [s["state"] for s in watch.statuses(run)])
    done = c.run("kill", run, "--grace", "1", "--wait")
    watch.end()
    end = watch.statuses(run)[-1]
    c.count.check(done.returncode == 0 and (end["state"], end["cause"]) == ("FAILED", "DELETED"), "causes: killed by us", f"{end} {done.stderr}")


def causes(c):
    with Causes(c) as scene:
        scene.apply("apply", OBJECTS)
        c.kubectl("create", "serviceaccount", "spark", "-n", REFUSED_NS, check=False)
        scene.begin({**LATE, **AFTER_A_MINUTE, **ALONE, **PROVOKED})
        say(f"{len(scene.runs)} drivers submitted")
        refused(c)
        killed(scene)
        annotated(scene)
        reused(scene)
        provoke(scene)
        scene.look(LATE)
