# SPDX-License-Identifier: Apache-2.0
"""Scenarios of podserver.py for logs: of one container, and of many executors."""
import asyncio
import datetime
import json

from podthings import Answer, LOG_START, Scenario, event, pod, pods, stamp, status


def log_lines(count=50, last=b"\n"):
    """Several lines a second, some with one time, two that go back in time, an empty one."""
    lines, ns = [], LOG_START * 10**9
    for i in range(count):
        if i % 5:
            ns += 0 if i % 3 == 0 else 130000000
        elif i:
            ns += 900000000 if i % 2 else 2100000000
        at = ns - 250000000 if i in (17, 33) else ns
        text = b"" if i == 9 else b"l%d" % i
        lines.append((at, stamp(at).encode() + b" " + text + (last if i == count - 1 else b"\n")))
    return lines


def since(lines, query):
    if "sinceTime" not in query:
        return lines
    start = datetime.datetime.fromisoformat(query["sinceTime"].replace("Z", "+00:00")).timestamp()
    return [line for line in lines if line[0] >= int(start) * 10**9]


def text(lines):
    return b"".join(line[1] for line in lines)


class LogCut(Scenario):
    """Fifty lines; the first read is cut after so many bytes. The container ends when all was sent once."""
    clean, last = False, b"\n"
    ended = False

    def get(self):
        return Answer(json.dumps(pod(state="Ended 0" if self.ended else "Running", id="c1c1c1c1c1c1c1")).encode())

    def end(self):
        self.ended = True

    def log(self, query):
        assert query["timestamps"] == "true" and query["container"] == "spark-kubernetes-driver", query
        assert self.ended or "follow" in query
        self.logs += 1
        body = text(since(log_lines(last=self.last), query))
        if self.logs == 1:
            return Answer(body, cut=self.number, clean=self.clean)
        return Answer(body, then=self.end)


class LogEnd(LogCut):
    """The same, ended properly where it is cut (a kubelet that went away); the last line has no line end."""
    clean, last = True, b""


class LogLast(LogCut):
    """The container has ended before; the only read is cut."""
    ended = True


class LogWhole(LogCut):
    """Nothing is cut; the container has ended. 2: the kubelet complains inside the log. 3: tailLines. 4: no line at all.
    5: one line of two and a half MiB, cut in the middle of its second piece. 6: not found, then an error inside."""
    ended = True

    def log(self, query):
        self.logs += 1
        if "previous" in query:
            return status(400, "BadRequest", "previous terminated container not found")
        lines = log_lines(5)
        if self.number == 2:
            return Answer(text(lines[:3]) + b"unable to retrieve container logs for containerd://c1\n" + text(lines[3:]) +
                          b"rpc error: code = NotFound")
        if self.number == 3:
            return Answer(text(lines[-int(query["tailLines"]):]))
        if self.number == 4:
            return Answer(b"")
        if self.number == 5:
            line = lines[0][1][:-1] + b"0123456789" * 250000 + b"\n"
            return Answer(line + text(lines[1:]), cut=1700000 if self.logs == 1 else None)
        return Answer(text(since(log_lines(), query)))


class LogRotated(LogCut):
    """Cut after twenty lines; meanwhile the file was rotated: 1: lines are missing. 2: all new ones are there. 3: not cut, but
    held up: the kubelet passes over five lines, and reads the newest file twice."""
    def log(self, query):
        lines = log_lines()
        self.logs += 1
        if self.number == 3:
            return Answer(text(since(lines[:20] + lines[25:40] + lines[25:], query)), then=self.end)
        if self.logs == 1:
            return Answer(text(lines), cut=len(text(lines[:20])))
        return Answer(text(since(lines[25 if self.number == 1 else 18:], query)), then=self.end)


class LogUnknown(LogCut):
    """Cut after twenty lines; the kubelet was restarted, and does not know the pod at first."""
    def log(self, query):
        self.logs += 1
        if self.logs == 1:
            return Answer(text(log_lines()), cut=len(text(log_lines()[:20])), clean=True)
        if self.logs < 4:
            return status(404, "NotFound", "the server could not find the requested resource ( pods/log x)")
        return Answer(text(since(log_lines(), query)), then=self.end)


class LogWaits(LogCut):
    """The container starts at the third look. 2: the first read comes too early all the same."""
    def get(self):
        self.gets += 1
        if self.gets < 3:
            return Answer(json.dumps(pod(state="Pending")).encode())
        return super().get()

    def log(self, query):
        self.logs += 1
        if self.number == 2 and self.logs == 1:
            return status(400, "BadRequest", "container is waiting to start")
        return Answer(text(since(log_lines(), query)), then=self.end)


class LogRestarts(LogCut):
    """restartPolicy Always: the container is replaced after the first read was cut. 1: by the next one. 2: by the one
    after that. 3: the old log is not there any more. 4: the node does not answer at first."""
    def get(self):
        restarts = 0 if not self.logs else 2 if self.number == 2 else 1
        state = "Running"
        if self.ended:
            state = "Ended 0"
        made = pod(state=state, id="d%d" % restarts * 8, restarts=restarts, policy="Always")
        if self.ended:
            made["status"]["phase"] = "Succeeded"
        return Answer(json.dumps(made).encode())

    def log(self, query):
        lines = log_lines()
        self.logs += 1
        if self.logs == 1:
            return Answer(text(lines), cut=len(text(lines[:20])) + 7)
        if "previous" in query:
            if self.number == 3:
                return status(400, "BadRequest", "previous terminated container not found")
            if self.number == 4 and self.logs == 2:
                return status(500, "", "dial tcp: connect: connection refused")
            return Answer(text(since(lines, query)))
        return Answer(text(since(lines[:3], query)), then=self.end)


class LogGone(LogCut):
    """After a cut the pod is not there any more. 2: it is another one of the same name. 3: it never was."""
    def get(self):
        if self.logs or self.number == 3:
            if self.number == 2:
                return Answer(json.dumps(pod(uid="u2", id="c2")).encode())
            return status(404, "NotFound")
        return super().get()

    def log(self, query):
        self.logs += 1
        return Answer(text(log_lines()), cut=len(text(log_lines()[:20])))


class Execs(Scenario):
    """A driver and executors, which live as their logs are read. `many` there are at the beginning; each log has fifty lines,
    those of executor N a little later than those of the one before."""
    many, driver_ends = 2, True
    open = most = 0

    def __init__(self, number):
        super().__init__(number)
        self.version, self.events, self.watchers, self.asked = 100, [], [], {}
        self.pods = {"d": pod(app="a1", id="dddddddddddd")}
        for i in range(self.many):
            self.pods["a1-exec-%d" % (i + 1)] = self.executor(i + 1)

    def executor(self, i, state="Running", **more):
        self.version += 1
        return pod("a1-exec-%d" % i, "x%d" % i, self.version, state, "executor", id="e%011d" % i,
                   labels={"spark-exec-id": str(i)}, **more)

    def tell(self, kind, thing):
        self.version += 1
        thing["metadata"]["resourceVersion"] = str(self.version)
        name = thing["metadata"]["name"]
        if kind == "DELETED":
            self.pods.pop(name, None)
        else:
            self.pods[name] = thing
        self.events.append((self.version, event(kind, thing)))
        for queue in self.watchers:
            queue.put_nowait(event(kind, thing))

    def ended(self, thing):
        status = json.loads(json.dumps(thing))
        status["status"]["containerStatuses"][0]["state"] = {"terminated": {"exitCode": 0, "reason": "Completed"}}
        return status

    def end(self, name):
        if name in self.pods and "terminated" not in self.pods[name]["status"]["containerStatuses"][0]["state"]:
            self.tell("MODIFIED", self.ended(self.pods[name]))

    def end_of_log(self, name):
        """An executor's log was read: it ends, and after the last of them the driver."""
        self.end(name)
        if all("terminated" in p["status"]["containerStatuses"][0]["state"] for n, p in self.pods.items() if n != "d"):
            self.end("d")

    def get(self, name):
        return Answer(json.dumps(self.pods[name]).encode()) if name in self.pods else status(404, "NotFound")

    def list(self, query):
        assert query["labelSelector"] == "spark-app-selector=a1", query
        self.lists += 1
        return pods(list(self.pods.values()), self.version)

    def watch(self, query):
        queue = asyncio.Queue()
        self.watchers.append(queue)
        return Answer(b"".join(e for v, e in self.events if v > int(query["resourceVersion"])), more=queue)

    def lines(self, name):
        i = int(name.rpartition("-")[2])
        return [(ns, stamp(ns).encode() + b" " + line.split(b" ", 1)[1])
                for ns, line in ((at + i * 1000, line) for at, line in log_lines())]

    def closed(self):
        self.open -= 1

    def log(self, query, name):
        self.asked[name] = self.asked.get(name, 0) + 1
        self.open += 1
        assert self.open <= self.most or not self.most, self.open
        return self.read(name, since(self.lines(name), query)[-int(query.get("tailLines", 1000)):], query)

    def read(self, name, lines, query):
        return Answer(text(lines), then=lambda: self.end_of_log(name), ended=self.closed)


class ExecsEnded(Execs):
    """All have ended before. 1: two executors. 2: of four, the last two are there. 3: none. 4: none may be listed. 5: the
    first one's node does not answer. 6: the first one has not started. 7: twenty, of which three may be read at once. 8: its
    kubelet complains in the first one's log."""
    def __init__(self, number):
        self.many = 20 if number == 7 else 2
        self.most = 3 if number == 7 else 0
        super().__init__(number)
        if number == 2:
            self.pods = {"d": self.pods["d"], **{"a1-exec-%d" % i: self.executor(i) for i in (3, 4)}}
        if number == 3:
            self.pods = {"d": self.pods["d"]}
        for name in list(self.pods):
            self.pods[name] = self.ended(self.pods[name])
        if number == 6:
            self.pods["a1-exec-1"] = pod("a1-exec-1", "x1", 11, "Pending", "executor", labels={"spark-exec-id": "1"})

    def list(self, query):
        return status(403, "Forbidden", "you may not list") if self.number == 4 else super().list(query)

    def read(self, name, lines, query):
        assert "follow" not in query
        if self.number == 5 and name == "a1-exec-1":
            self.closed()
            return status(500, "InternalError", "Get https://10.0.0.1:10250: connect: no route to host")
        if self.number == 8 and name == "a1-exec-1":
            return Answer(text(lines) + b"failed to watch file: no space left on device\n", ended=self.closed)
        return Answer(text(lines), ended=self.closed)


class ExecsCut(Execs):
    """The first read of each is cut after so many bytes."""
    def read(self, name, lines, query):
        if self.asked[name] == 1:
            return Answer(text(lines), cut=self.number, ended=self.closed)
        return super().read(name, lines, query)


class ExecsCome(Execs):
    """One is there; when it was read the next one comes. 1: three after each other. 2: the second one is deleted before it can
    be read. 3: each is deleted at its end, after which the server knows nothing of it. 4: the same, and the connection breaks
    first. 5: who may not watch sees them all the same. 6: after the first an expired version, during which the second and
    third came and went; the fourth is there. 7: with the driver's end one is still waiting for a place."""
    many, expired = 1, False

    def watch(self, query):
        if self.number == 5:
            return status(403, "Forbidden", "you may not watch")
        if self.number == 6 and self.watchers and not self.expired:
            self.watchers, self.expired = [], True
            return status(410, "Expired")
        return super().watch(query)

    def end_of_log(self, name):
        i = int(name.rpartition("-")[2])
        if self.asked[name] > 1 and self.number != 4:
            return                          # told before
        if self.number in (3, 4):
            self.tell("DELETED", self.ended(self.pods[name]))
        else:
            self.end(name)
        if self.number == 6 and i == 1:
            self.pods["a1-exec-4"] = self.executor(4)
            self.version += 10
            for queue in self.watchers:
                queue.put_nowait(None)
        elif i < 3:
            self.tell("ADDED", self.executor(i + 1, "Pending"))
            self.tell("MODIFIED", self.executor(i + 1))
            if self.number == 2 and i == 1:
                self.tell("DELETED", self.pods["a1-exec-2"])
                self.tell("ADDED", self.executor(3))
        else:
            if self.number == 7:
                self.tell("ADDED", pod("a1-exec-9", "x9", 11, "Pending", "executor", labels={"spark-exec-id": "9"}))
            self.end("d")

    def read(self, name, lines, query):
        if self.number == 4 and name == "a1-exec-2":
            self.end_of_log(name)
            return Answer(text(lines), cut=len(text(lines[:20])), ended=self.closed)
        return super().read(name, lines, query)


class ExecsHeld(Execs):
    """Two that run and say no more than their lines; one may be read at once. All end when the second was read."""
    most = 1

    def read(self, name, lines, query):
        if name == "a1-exec-2" or self.asked[name] > 1:
            for other in ("a1-exec-1", "a1-exec-2", "d"):
                self.end(other)
            return Answer(text(lines), ended=self.closed)
        return Answer(text(lines), hang=True, ended=self.closed)


class ExecsOfRuns(Execs):
    """Drivers etl-1 (of team blue, with an executor), etl-2 and other-3, ended. 2: when the first was read, etl-4 comes."""
    many = 0

    def __init__(self, number):
        super().__init__(number)
        self.pods = {}
        for name, labels in (("etl-1", {"team": "blue"}), ("etl-2", {}), ("other-3", {})):
            self.add(name, labels)
        self.pods["a1-exec-1"] = self.ended(self.executor(1))

    def add(self, name, labels):
        i = name[-1]
        self.version += 1
        self.pods[name] = self.ended(pod(name, "u" + i, self.version, app="a" + i, id=i * 12, labels=labels))

    def list(self, query):
        wanted = query["labelSelector"]
        role = lambda thing: thing["metadata"]["labels"]["spark-role"]
        things = list(self.pods.values())
        if wanted in ("spark-role=driver", "spark-role=driver,team=blue"):
            things = [t for t in things if role(t) == "driver" and ("blue" not in wanted or "team" in t["metadata"]["labels"])]
        elif wanted == "spark-role=executor":
            things = [t for t in things if role(t) == "executor"]
        else:
            assert wanted == "spark-role in (driver,executor)", wanted
        return pods(things, self.version)

    def end_of_log(self, name):
        if self.number == 2 and "etl-4" not in self.pods:
            self.add("etl-4", {})
            self.tell("ADDED", self.pods["etl-4"])
