# SPDX-License-Identifier: Apache-2.0
"""Recorded lives of drivers (tests/client/verdicts.tar.xz), replayed by an API server on loopback.

A life is at paths below the server's root: at /end/<name> everything is as it was when the recording ended; at any other,
such as /first/<name>, the driver was just created, and a watch there tells the rest.
"""
import collections
import io
import json
import lzma
import tarfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

ARCHIVE = Path(__file__).resolve().parent.parent / "client/verdicts.tar.xz"
PLURALS = {"resourcequotas": "ResourceQuota", "limitranges": "LimitRange", "nodes": "Node"}


def read(archive=ARCHIVE):
    with tarfile.open(fileobj=io.BytesIO(lzma.decompress(Path(archive).read_bytes()))) as tar:
        return [json.load(tar.extractfile(member)) for member in tar]


def matches(labels, selector):
    """Only the forms that are asked for: "a=b,c in (d,e)"."""
    for term in filter(None, (selector or "").replace("(driver,executor)", "(driver|executor)").split(",")):
        key, _, wanted = term.replace(" in (", "=").rstrip(")").partition("=")
        if labels.get(key) not in wanted.split("|"):
            return False
    return True


def field(thing, path):
    for key in path.split("."):
        thing = (thing or {}).get(key)
    return thing


class Life:
    def __init__(self, recording, deny=(), hang=()):
        """deny: last parts of paths ("events", "log") that are forbidden; hang: that are never answered."""
        self.it, self.deny, self.hang = recording, deny, hang
        self.requests = collections.defaultdict(list)           # by phase
        self.at = collections.Counter()                         # by phase: the event that was sent last
        self.told = collections.defaultdict(threading.Event)    # by phase: a watch has sent all that there is
        self.name = recording["name"]
        self.events = [e for e in recording["events"] if e["object"]["metadata"].get("uid")]

    @property
    def run(self):
        return f"{self.it['namespace']}:{self.it['pod_name']}"

    def pods(self, phase):
        """The driver, or what has its name now, and the executors."""
        if phase == "end":
            return ([self.it["pod"]] if self.it["get"] == 200 and self.it["pod"] else []) + self.it["executors"]
        now = self.events[self.at[phase]] if self.events else {"type": "DELETED"}
        return ([] if now["type"] == "DELETED" else [now["object"]]) + (self.it["executors"] if self.at[phase] else [])

    def answer(self, phase, path, query):
        """(code, body), the body being text for logs."""
        kind = path[-1]
        name = path[-2] if kind == "log" else path[-1]
        if kind in self.deny:
            return refusal(403, "Forbidden", f'{kind} is forbidden: User "u" cannot get resource "{kind}"')
        if kind == "log":
            return self.log(name)
        if len(path) > 5 and path[-2] == "pods":
            if (self.it["create_answer"] or {}).get("http_status") == 409:
                return 200, {"metadata": {"name": name, "namespace": path[3], "uid": "another", "resourceVersion": "1"}}
            found = [pod for pod in self.pods(phase) if pod["metadata"]["name"] == name]
            return (200, found[0]) if found else refusal(404, "NotFound", f'pods "{name}" not found')
        if path[-2] == "nodes":
            found = [o for o in self.it["objects"] if o["kind"] == "Node" and o["metadata"]["name"] == name]
            return (200, found[0]) if found else refusal(404, "NotFound", f'nodes "{name}" not found')
        return 200, {"metadata": {"resourceVersion": "1"}, "items": self.items(phase, kind, query)}

    def items(self, phase, kind, query):
        if kind == "pods":
            return [pod for pod in self.pods(phase) if matches(pod["metadata"].get("labels", {}), query.get("labelSelector"))]
        if kind == "events":
            path, wanted = query["fieldSelector"].split("=")
            return [event for event in self.it["pod_events"] if field(event, path) == wanted]
        return [thing for thing in self.it["objects"] if thing["kind"] == PLURALS.get(kind)]

    def log(self, name):
        if name != self.it["pod_name"]:
            text = self.it["executor_logs"].get(name)
            return (200, text) if text is not None else refusal(404, "NotFound", f'pods "{name}" not found')
        if self.it["log_answer"] and self.it["log_answer"]["http_status"] >= 400:
            return self.it["log_answer"]["http_status"], self.it["log_answer"]["body"]
        return 200, self.it["log"] or ""


def refusal(code, reason, message):
    return code, {"kind": "Status", "code": code, "reason": reason, "message": message}


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, lives):
        super().__init__(("127.0.0.1", 0), Handler)
        self.lives = {life.name: life for life in lives}
        self.closing = threading.Event()
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    def url(self, life, phase):
        return f"http://127.0.0.1:{self.server_address[1]}/{phase}/{life.name}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.closing.set()
        self.shutdown()
        self.server_close()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def handle(self):
        try:
            super().handle()
        except ConnectionError:
            pass

    def do_GET(self):
        parts = urlsplit(self.path)
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        _, phase, name, *path = parts.path.split("/")
        life = self.server.lives[name]
        life.requests[phase].append(self.path)
        if path[-1] in life.hang:
            return self.server.closing.wait(20)
        if "watch" in query:
            return self.watch(life, phase)
        return self.send(*life.answer(phase, path, query))

    def do_POST(self):
        """A submission is refused as it was when it was recorded."""
        self.rfile.read(int(self.headers["Content-Length"]))
        answer = self.server.lives[self.path.split("/")[2]].it["create_answer"]
        self.send(answer["http_status"], answer["body"])

    def send(self, code, body):
        body = (body if isinstance(body, str) else json.dumps(body)).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def watch(self, life, phase):
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        try:
            rest = [] if phase == "end" or life.told[phase].is_set() else life.events[1:]
            for event in rest:
                life.at[phase] += 1
                line = json.dumps(event).encode() + b"\n"
                self.wfile.write(b"%x\r\n%s\r\n" % (len(line), line))
                self.wfile.flush()
            life.told[phase].set()
            self.server.closing.wait(20)
        except OSError:
            pass
        self.close_connection = True
