# SPDX-License-Identifier: Apache-2.0
"""A small API server on loopback that plays a driver's life: enough of pods (create, get, list, watch, log, patch, delete) for the
command line tool, as a script of pod statuses. What the real one does is the business of tests/cluster."""
import copy
import json
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

CONTAINER = "spark-kubernetes-driver"
T0 = "2026-11-21T10:00:00Z"
SCHEDULED = {"type": "PodScheduled", "status": "True", "lastTransitionTime": "2026-11-21T10:00:01Z"}


def status(phase, state=None, conditions=(SCHEDULED,), **more):
    out = {"phase": phase, "conditions": list(conditions), **more}
    if state:
        running = "running" in state
        out["containerStatuses"] = [{"name": CONTAINER, "state": state, "ready": running, "started": running,
                                     "restartCount": 0, "image": "i", "imageID": ""}]
        if "waiting" not in state:
            out["containerStatuses"][0]["containerID"] = "containerd://" + "a" * 64
    return out


def terminated(code, reason):
    return {"terminated": {"exitCode": code, "reason": reason, "startedAt": "2026-11-21T10:00:03Z",
                           "finishedAt": "2026-11-21T10:00:45Z"}}


# What a driver can look like.
QUEUED = status("Pending", conditions=())
UNSCHEDULABLE = status("Pending", conditions=[{"type": "PodScheduled", "status": "False", "reason": "Unschedulable",
                                               "message": "0/1 nodes are available: 1 Insufficient cpu."}])
IMAGE = status("Pending", {"waiting": {"reason": "ImagePullBackOff", "message": "Back-off pulling image \"nowhere\""}})
CONFIG = status("Pending", {"waiting": {"reason": "CreateContainerConfigError", "message": "secret \"s\" not found"}})
RUNNING = status("Running", {"running": {"startedAt": "2026-11-21T10:00:03Z"}})
RESTLESS = status("Running", {"running": {"startedAt": "2026-11-21T10:00:04Z"}})     # different, but not to be seen
SUCCEEDED = status("Succeeded", terminated(0, "Completed"))
FAILED = status("Failed", terminated(42, "Error"))
KILLED = status("Failed", terminated(143, "Error"))
DELETED = "deleted"         # no status: the pod goes

LIVES = {
    "succeeds": [(0.1, QUEUED), (0.1, RUNNING), (0.3, SUCCEEDED)],
    "restless": [(0.1, RUNNING), (0.2, RESTLESS), (0.2, SUCCEEDED)],
    "fails": [(0.1, RUNNING), (0.2, FAILED)],
    "killed": [(0.1, RUNNING), (0.2, KILLED)],
    "vanishes": [(0.1, RUNNING), (0.2, DELETED)],
    "vanishes-late": [(0.1, RUNNING), (6, DELETED)],        # for who must have seen it before
    "no-image": [(0.1, IMAGE)],
    "no-config": [(0.1, CONFIG)],
    "no-place": [(0.1, UNSCHEDULABLE)],
    "runs-on": [(0.1, RUNNING)],
}


class Api(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, life="succeeds", refuse=None, log=b"", executors=0, silent=False):
        super().__init__(("127.0.0.1", 0), Handler)
        self.life, self.refuse, self.log, self.executors, self.silent = LIVES[life], refuse, log, executors, silent
        self.pods, self.events, self.version, self.requests = {}, [], 1000, []
        self.lines_at_once = 1      # of the log, at the same nanosecond; and a millisecond to the next
        self.others = {}            # (path of the collection, name): object
        self.news = threading.Condition()
        self.closed = False
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with self.news:
            self.closed = True
            self.news.notify_all()
        self.shutdown()
        self.server_close()

    def write(self, data):
        """More of the log, whole lines, for who follows it, too."""
        with self.news:
            self.log += data
            self.news.notify_all()

    def put(self, pod, kind="MODIFIED"):
        with self.news:
            self.version += 1
            pod["metadata"]["resourceVersion"] = str(self.version)
            name = pod["metadata"]["name"]
            if kind == "DELETED":
                self.pods.pop(name, None)
            else:
                self.pods[name] = pod
            self.events.append((self.version, {"type": kind, "object": copy.deepcopy(pod)}))
            self.news.notify_all()

    def create(self, pod):
        pod["metadata"].setdefault("namespace", "default")
        pod["metadata"].update(uid=str(uuid.uuid4()), creationTimestamp=T0)
        pod["status"] = {"phase": "Pending"}
        self.put(pod, "ADDED")
        return pod

    def driver(self, name="pi-driver", namespace="default", **meta):
        """A driver that is already there, in the last state of its life."""
        pod = self.create({"apiVersion": "v1", "kind": "Pod", "spec": {"nodeName": "n1", "containers": [{"name": CONTAINER, "image": "i"}]},
                           "metadata": {"name": name, "namespace": namespace, "labels": {
                               "spark-role": "driver", "spark-app-selector": "spark-" + "0" * 32, "spark-app-name": "pi"}, **meta}})
        for _, state in self.life:
            self.step(pod, state)
        return pod

    def step(self, pod, state):
        pod = copy.deepcopy(self.pods.get(pod["metadata"]["name"], pod))
        if state == DELETED:
            self.put(self.pods.get(pod["metadata"]["name"], pod), "DELETED")
            return
        pod["status"] = copy.deepcopy(state)
        pod["spec"].pop("schedulingGates", None)
        if state.get("containerStatuses"):
            pod["spec"]["nodeName"] = "n1"
        self.put(pod)
        if state is RUNNING:
            for i in range(self.executors):
                executor = copy.deepcopy(pod)
                executor["metadata"].update(name=f"exec-{i + 1}", uid=str(uuid.uuid4()))
                executor["metadata"]["labels"].update({"spark-role": "executor", "spark-exec-id": str(i + 1)})
                executor["status"]["containerStatuses"][0]["name"] = "spark-kubernetes-executor"
                executor["spec"]["containers"] = [{"name": "spark-kubernetes-executor", "image": "i"}]
                self.put(executor, "ADDED")

    def live(self, pod):
        def play():
            for seconds, state in self.life:
                time.sleep(seconds)
                if self.closed or pod["metadata"]["name"] not in self.pods:
                    return
                self.step(pod, state)
        threading.Thread(target=play, daemon=True).start()


def matches(pod, query):
    labels = pod["metadata"].get("labels", {})
    for field in filter(None, query.get("fieldSelector", [""])[0].split(",")):
        if field.startswith("metadata.name=") and field.split("=", 1)[1] != pod["metadata"]["name"]:
            return False
    selector = query.get("labelSelector", [""])[0]
    while selector:
        head, _, selector = selector.partition(",")
        if " in (" in head and ")" not in head:
            rest, _, selector = selector.partition(")")
            head, selector = f"{head},{rest})", selector.lstrip(",")
        key, _, values = head.partition(" in ")
        if values:
            if labels.get(key.strip()) not in [v.strip() for v in values.strip("()").split(",")]:
                return False
        elif "=" in head:
            key, _, value = head.replace("==", "=").partition("=")
            if labels.get(key) != value:
                return False
        elif head not in labels:
            return False
    return True


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, body, code=200):
        data = json.dumps(body).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def fault(self, code, reason, message):
        self.answer({"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": reason, "message": message,
                     "code": code}, code)

    def chunk(self, data):
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()

    def stream(self, content):
        self.send_response(200)
        self.send_header("Content-Type", content)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.flush()

    def watch(self, query, namespace):
        api, since = self.server, int(query["resourceVersion"][0])
        self.stream("application/json")
        sent = 0
        with api.news:
            while not api.closed:
                fresh, sent = api.events[sent:], len(api.events)
                for version, event in fresh:
                    if version > since and matches(event["object"], query) and namespace in (None, event["object"]["metadata"]["namespace"]):
                        self.chunk(json.dumps(event).encode() + b"\n")
                api.news.wait(1)
        self.close_connection = True

    def send_log(self, query):
        api = self.server
        self.stream("text/plain")
        ended, sent, i = ("Succeeded", "Failed"), 0, 0
        while True:
            with api.news:
                fresh, sent = api.log[sent:], len(api.log)
                last = api.closed or query.get("follow") != ["true"] or all(p["status"]["phase"] in ended for p in api.pods.values())
                if not fresh and not last:
                    api.news.wait(1)
            for line in fresh.split(b"\n")[:-1]:
                at = i // api.lines_at_once
                stamp = f"2026-11-21T10:00:{4 + at // 1000:02}.{at % 1000:03}000000Z ".encode() if query.get("timestamps") == ["true"] else b""
                self.chunk(stamp + line + b"\n")
                i += 1
            if last:
                break
        self.chunk(b"")

    def handle_any(self):
        api, url = self.server, urlsplit(self.path)
        query, parts = parse_qs(url.query), url.path.strip("/").split("/")
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length)) if length else None
        api.requests.append((self.command, self.path, body))
        if api.silent:
            while not api.closed:
                time.sleep(0.05)
            self.close_connection = True
            return None
        if api.refuse:
            return self.fault(*api.refuse)
        if parts[:2] == ["api", "v1"] and parts[2:] == ["pods"]:
            return self.pods(None, [], query, body)
        if parts[:3] == ["api", "v1", "namespaces"] and parts[4:5] == ["pods"]:
            return self.pods(parts[3], parts[5:], query, body)
        if parts[4:] == ["events"]:
            return self.answer({"kind": "EventList", "apiVersion": "v1", "metadata": {}, "items": []})
        if url.path == "/version":
            return self.answer({"major": "1", "minor": "36", "gitVersion": "v1.36.0"})
        if self.command in ("POST", "PATCH", "PUT"):
            body["metadata"]["uid"] = str(uuid.uuid4())
            api.others[url.path, body["metadata"].get("name")] = body
            return self.answer(body, 201 if self.command == "POST" else 200)
        found = [o for (path, name), o in api.others.items() if path == url.path and matches(o, query)]
        found = found or [o for (path, name), o in api.others.items() if f"{path}/{name}" == url.path]
        if found:
            one = f"/{found[0]['metadata']['name']}" in url.path
            return self.answer(found[0] if one else {"kind": "List", "apiVersion": "v1", "metadata": {}, "items": found})
        return self.fault(404, "NotFound", f"nothing at {url.path}")

    def pods(self, namespace, rest, query, body):
        api = self.server
        if self.command == "POST":
            if query.get("dryRun") == ["All"]:
                body["metadata"]["uid"] = str(uuid.uuid4())
                return self.answer(body, 201)
            body["metadata"]["namespace"] = namespace
            if body["metadata"]["name"] in api.pods:
                return self.fault(409, "AlreadyExists", f"pods \"{body['metadata']['name']}\" already exists")
            return self.answer(api.create(body), 201)
        if not rest:
            if "sendInitialEvents" in query:
                return self.fault(422, "Invalid", "sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled")
            if "watch" in query:
                return self.watch(query, namespace)
            items = [p for p in api.pods.values() if matches(p, query) and namespace in (None, p["metadata"]["namespace"])]
            return self.answer({"kind": "PodList", "apiVersion": "v1", "metadata": {"resourceVersion": str(api.version)}, "items": items})
        pod = api.pods.get(rest[0])
        if not pod or pod["metadata"]["namespace"] != namespace:
            return self.fault(404, "NotFound", f"pods \"{rest[0]}\" not found")
        if rest[1:] == ["log"]:
            return self.send_log(query)
        if self.command == "PATCH":
            pod = copy.deepcopy(pod)
            held = pod["spec"].pop("schedulingGates", None) if "spec" in body else None
            pod["metadata"].setdefault("annotations", {}).update(body["metadata"].get("annotations", {}))
            api.put(pod)
            if held:
                api.live(pod)
        if self.command == "DELETE":
            api.put(copy.deepcopy(pod), "DELETED")
        return self.answer(pod)

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = handle_any

    def handle(self):
        try:
            super().handle()
        except (ConnectionError, BrokenPipeError):
            pass
