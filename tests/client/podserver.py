#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An API server of a few pods for tests of list, watch and logs. Prints its port; ends when its standard input does.

A namespace is a scenario, with state of its own: "<name>.<number>", e.g. "watch-cut.17": the first watch is cut off after
17 bytes. What each does is said at its function. Only what a client could not tell from a real server by its answers.
"""
import asyncio
import datetime
import json
import os
import sys
import urllib.parse

LOG_START = 1795250000


def stamp(ns):
    moment = datetime.datetime.fromtimestamp(ns // 10**9, datetime.timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%S") + ".%09dZ" % (ns % 10**9)


def pod(name="d", uid="u1", version=11, state="Running", role="driver", app="a1", **more):
    """state: a phase, or "Ended <code>" for a container that ended while the phase lags behind."""
    container = {"name": "spark-kubernetes-" + role, "restartCount": more.get("restarts", 0), "state": {}}
    if state == "Running":
        container["state"] = {"running": {}}
    elif state.startswith("Ended"):
        container["state"] = {"terminated": {"exitCode": int(state.split()[1]), "reason": "X"}}
    if more.get("id"):
        container["containerID"] = "containerd://" + more["id"]
    status = {"phase": state if state in ("Pending", "Running") else "Running"}
    if state != "Pending":
        status["containerStatuses"] = [container]
    labels = {"spark-role": role, "spark-app-selector": app, **more.get("labels", {})}
    meta = {"name": name, "namespace": "n", "uid": uid, "resourceVersion": str(version), "labels": labels,
            "creationTimestamp": more.get("created", "2026-11-21T08:00:00Z")}
    if more.get("deleted"):
        meta["deletionTimestamp"] = "2026-11-21T09:00:00Z"
    return {"metadata": meta, "spec": {"restartPolicy": more.get("policy", "Never"), "containers": [
        {"name": container["name"]}]}, "status": status}


def event(kind, thing):
    return (json.dumps({"type": kind, "object": thing}, separators=(",", ":")) + "\n").encode()


def bookmark(version):
    return event("BOOKMARK", {"kind": "Pod", "metadata": {"resourceVersion": str(version)}})


def expired():
    return event("ERROR", {"kind": "Status", "code": 410, "reason": "Expired", "message": "too old resource version"})


class Answer:
    def __init__(self, body=b"", code=200, cut=None, clean=False, then=None, hang=False, more=None, ended=None,
                 kind="application/json"):
        """cut: the body ends after so many bytes; clean: with a proper end. hang: it stays open instead. more: a queue of what
        follows, None for the end. then, ended: called before the end is sent; when all is over, whatever came."""
        self.body, self.code, self.cut, self.clean, self.then, self.hang, self.kind = body, code, cut, clean, then, hang, kind
        self.more, self.ended = more, ended


def status(code, reason, message="no"):
    return Answer(json.dumps({"kind": "Status", "code": code, "reason": reason, "message": message}).encode(), code)


def pods(items, version, more=None):
    meta = {"resourceVersion": str(version)}
    if more:
        meta["continue"] = more
    return Answer(json.dumps({"kind": "PodList", "metadata": meta, "items": items}).encode())


class Scenario:
    def __init__(self, number):
        self.number, self.lists, self.watches, self.gets, self.logs = number, 0, 0, 0, 0

    def pod_events(self):
        return Answer(b'{"kind":"EventList","metadata":{},"items":[]}')

    def events_after(self, version, events):
        return b"".join(event(kind, thing) for kind, thing in events
                        if int(thing["metadata"]["resourceVersion"]) > version)


LIFE = [("MODIFIED", pod(version=12, state="Running")),
        ("ADDED", pod("e", "x1", 13, "Running", "executor")),
        ("MODIFIED", pod(version=14, state="Ended 0"))]


class WatchCut(Scenario):
    """Three events; the first watch is cut after so many bytes. The pod's end comes only after them."""
    clean = False

    def list(self, query):
        return pods([pod(version=11, state="Pending")], 11)

    def watch(self, query):
        self.watches += 1
        body = self.events_after(int(query["resourceVersion"]), LIFE)
        if self.watches == 1:
            return Answer(body, cut=self.number, clean=self.clean)
        return Answer(body, hang=True)


class WatchEnd(WatchCut):
    """The same with a proper end of the answer."""
    clean = True


class WatchLength(Scenario):
    """How many bytes the three events have, as the driver pod's uid."""
    def list(self, query):
        return pods([pod(uid=str(len(self.events_after(11, LIFE)) + 60))], 11)


class WatchGone(Scenario):
    """410: 1: as an answer, 2: as an event; the next list is further on. 3: the list that follows is empty. 4: it has
    another pod of the same name. 5: it is the same, and then the pod ends. 6: an event that is not JSON; then the end.
    7: it was never there."""
    def list(self, query):
        self.lists += 1
        if self.number == 7:
            return pods([], 20)
        if self.lists == 1 or self.number in (5, 6):
            return pods([pod(version=11, state="Running")], 11)
        if self.number == 3:
            return pods([], 20)
        if self.number == 4:
            return pods([pod(uid="u2", version=19, state="Pending")], 20)
        return pods([pod(version=14, state="Ended 3")], 20)

    def watch(self, query):
        self.watches += 1
        if self.watches > 1:
            if self.number in (5, 6):
                return Answer(event("MODIFIED", pod(version=14, state="Ended 3")), hang=True)
            return Answer(b"", hang=True)
        if self.number == 1:
            return status(410, "Expired")
        if self.number == 6:
            return Answer(b'{"type":"MODIFIED","object":{"metadata":{"uid":"u1",,\n')
        return Answer(expired())


class WatchLost(Scenario):
    """Deleted: 1: after its end was seen; 2: while it ran; 3: ended and deleted in one event."""
    def list(self, query):
        return pods([pod(version=11)], 11)

    def watch(self, query):
        ended = pod(version=12, state="Ended 0", deleted=True)
        events = {1: [("MODIFIED", ended), ("DELETED", {**ended, "metadata": {**ended["metadata"], "resourceVersion": "13"}})],
                  2: [("DELETED", pod(version=13, deleted=True))],
                  3: [("DELETED", ended)]}[self.number]
        return Answer(self.events_after(int(query["resourceVersion"]), events), hang=True)


class WatchQuiet(Scenario):
    """Bookmarks, repetitions, older versions, an unknown type, blank lines: nothing of it is news; then an executor."""
    def list(self, query):
        return pods([pod(version=11)], 11)

    def watch(self, query):
        return Answer(bookmark(15) + event("MODIFIED", pod(version=11)) + event("MODIFIED", pod(version=10, state="Ended 1")) +
                      b"\n" + event("RENAMED", pod(version=16, state="Ended 1")) + event("MODIFIED", pod(version=17)) +
                      event("ADDED", pod("e", "x1", 18, "Pending", "executor")) +
                      event("MODIFIED", pod("e", "x1", 19, "Running", "executor")) +
                      event("DELETED", pod("e", "x1", 20, "Running", "executor")), hang=True)


class Refused(Scenario):
    """1: 401. 2: 403. 3: the watch is refused with 403 after a good list. 4: 500 at first, then good."""
    def get(self):
        return status(401, "Unauthorized")

    def list(self, query):
        self.lists += 1
        if self.number == 1:
            return status(401, "Unauthorized")
        if self.number == 2:
            return status(403, "Forbidden", "you may not")
        if self.number == 4 and self.lists == 1:
            return status(500, "InternalError")
        return pods([pod()], 11)

    def watch(self, query):
        return status(403, "Forbidden", "you may not watch") if self.number == 3 else Answer(b"", hang=True)


class Pages(Scenario):
    """Seven drivers, two a page, with an executor each, youngest first; the third page is expired the first time.
    With labels the drivers' selector is asked for apart from the executors'. Watched, one driver loses the label, then one
    is deleted."""
    def watch(self, query):
        if query["labelSelector"] == "spark-role=executor":
            return Answer(b"", hang=True)
        return Answer(event("DELETED", pod("etl-0", "u0", 41, app="a0")) +
                      event("DELETED", pod("etl-2", "u2", 42, app="a2", deleted=True)), hang=True)

    def list(self, query):
        self.lists += 1
        at = int(query.get("continue", "0"))
        if at == 4 and self.lists == 3:
            return status(410, "Expired")
        things = []
        for i in reversed(range(7)):
            things.append(pod("etl-%d" % i, "u%d" % i, 20 + i, "Ended 1" if i % 2 else "Running", app="a%d" % i,
                              created="2026-11-21T08:00:0%dZ" % i))
            things.append(pod("etl-%d-exec" % i, "x%d" % i, 30 + i, "Running", "executor", app="a%d" % i))
        selector = query["labelSelector"]
        if selector.startswith("spark-role=driver,"):
            assert selector == "spark-role=driver,team=blue", selector
            things = [thing for thing in things if thing["metadata"]["labels"]["spark-role"] == "driver"]
        elif selector == "spark-role=executor":
            things = [thing for thing in things if thing["metadata"]["labels"]["spark-role"] == "executor"]
        else:
            assert selector == "spark-role in (driver,executor)", selector
        return pods(things[at:at + 2], 40, str(at + 2) if at + 2 < len(things) else None)


class Nothing(Scenario):
    """An empty list as Go writes it."""
    def list(self, query):
        return Answer(b'{"kind":"PodList","metadata":{"continue":"","resourceVersion":"7"},"items":null}')


class Several(Scenario):
    """A driver with an executor in each of several namespaces. 1: the first watch is expired, and then both are gone.
    2: they stay. 3: may not be listed."""
    def list(self, query):
        self.lists += 1
        if self.number == 3:
            return status(403, "Forbidden", 'pods is forbidden: User "u" cannot list resource "pods" in API group "" in the '
                          'namespace "several.3"')
        made = {"app": "a", "created": "2026-11-21T08:00:0%dZ" % (9 - self.number)}
        things = [pod("m%d" % self.number, "m%d" % self.number, 20, **made),
                  pod("m%d-exec" % self.number, "n%d" % self.number, 21, "Running", "executor", **made)]
        return pods([] if self.number == 1 and self.lists > 1 else things, 30)

    def watch(self, query):
        self.watches += 1
        return Answer(expired() if self.number == 1 and self.watches == 1 else b"", hang=True)


class Wait(Scenario):
    """Three drivers, d1 pending, d2 running, d3 ended, and an executor. Then d4 comes and ends, d1 runs, d2 fails, d1 ends. 2: d1 is
    deleted instead. 3: nothing but d3."""
    def list(self, query):
        if self.number == 3:
            return pods([pod("d3", "u3", 12, "Ended 0", app="a3")], 20)
        return pods([pod("d%d" % i, "u%d" % i, 10 + i, state, app="a%d" % i, created="2026-11-21T08:00:0%dZ" % i)
                     for i, state in enumerate(("Pending", "Running", "Ended 0"), 1)] + [pod("e", "x1", 14, "Running", "executor", app="a2")], 20)

    def watch(self, query):
        events = [("ADDED", pod("d4", "u4", 21, "Running", app="a4")), ("MODIFIED", pod("d4", "u4", 22, "Ended 1", app="a4")),
                  ("MODIFIED", pod("d1", "u1", 23, "Running", app="a1")), ("MODIFIED", pod("d2", "u2", 24, "Ended 1", app="a2")),
                  ("MODIFIED", pod("d1", "u1", 25, "Ended 0", app="a1"))]
        if self.number == 2:
            events[4] = ("DELETED", pod("d1", "u1", 25, deleted=True, app="a1"))
        return Answer(self.events_after(int(query["resourceVersion"]), events), hang=True)


def error_event(code, reason, message, **details):
    return event("ERROR", {"kind": "Status", "status": "Failure", "code": code, "reason": reason, "message": message, **details})


class Lone(Scenario):
    """One driver, of the scenario's number, so that several can be watched at once."""
    def driver(self, version, state="Running", **more):
        return pod("d%d" % self.number, "u%d" % self.number, version, state, **more)

    def end(self, version=14):
        return event("MODIFIED", self.driver(version, "Ended 0"))


class Expired(Lone):
    """The version has expired, in each of the ways that servers have to say so; the next list is further on. A watch from
    anything else than that list's version says nothing."""
    COMPACTED = "etcdserver: mvcc: required revision has been compacted"
    LARGE = "Too large resource version"
    SHAPES = {1: lambda: error_event(410, "Gone", "too old resource version: 11 (20)"),
              2: lambda: event("ERROR", {"kind": "Status", "code": 410}),
              3: lambda: error_event(500, "InternalError", Expired.COMPACTED),
              4: lambda: error_event(400, "BadRequest", "too old resource version: 11 (20)"),
              5: lambda: status(500, "InternalError", Expired.COMPACTED),
              6: lambda: status(400, "BadRequest", "too old resource version: 11 (20)"),
              7: lambda: error_event(504, "Timeout", "Timeout: Too large resource version: 11, current: 5"),
              8: lambda: error_event(504, "Timeout", Expired.LARGE, details={"causes": [{"message": Expired.LARGE}]}),
              9: lambda: status(410, "Gone"),
              10: lambda: Answer(b"", clean=True, cut=0)}

    def list(self, query):
        self.lists += 1
        return pods([self.driver(11)], 11) if self.lists == 1 else pods([self.driver(20)], 20)

    def watch(self, query):
        if query["resourceVersion"] == "20":
            return Answer(self.end(21), hang=True)
        shape = self.SHAPES[self.number]()
        return shape if isinstance(shape, Answer) else Answer(shape)


class Busy(Lone):
    """Three times in a row the server does not do it; that is no reason for another list, which is empty."""
    def list(self, query):
        self.lists += 1
        return pods([self.driver(11)] if self.lists == 1 else [], 11)

    def watch(self, query):
        self.watches += 1
        if self.watches > 3:
            return Answer(self.end(), hang=True)
        if self.number < 100:
            return Answer(error_event(500 + self.number, "InternalError", "etcdserver: leader changed"))
        if self.number == 999:
            return Answer(b"", cut=0)
        return status(self.number, "Trouble")


class Odd(Lone):
    """Something that no server should send, or that is rare; then the end, in the next watch, or, over 100, in this one."""
    LINES = {1: b"\xff\x00\x01", 2: b'{"object":{}}', 3: b'{"type":7,"object":{}}',
             4: b'{"type":"ERROR","object":{"kind":"Status"}}', 5: b'{"type":"ERROR","object":"boom"}',
             6: b'{"type":"MODIFIED","object":{"pad":"' + b"x" * (17 << 20) + b'"}}',
             101: b'{"type":"MODIFIED","object":{"kind":"Status","code":500,"metadata":{}}}',
             102: b'{"type":"ADDED","object":{"kind":"Node","metadata":{"name":"n","uid":"n1","resourceVersion":"12"}}}',
             103: b'{"type":"MODIFIED","object":{"metadata":{"annotations":{"a":"\xff\xc0\\ud800"}}}}',
             104: b'{"type":"MODIFIED","object":{"pad":"' + b"x" * (15 << 20) + b'"}}',
             105: b"\r\n\n \n", 106: b'{"type":"PAUSED","object":{"metadata":{"resourceVersion":"13"}}}',
             107: b'{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"13","annotations":{}}}}',
             108: b'{"type":"MODIFIED","object":null}', 109: b'{"type":"MODIFIED","object":"x"}'}

    def list(self, query):
        return pods([self.driver(11)], 11)

    def watch(self, query):
        self.watches += 1
        line = self.LINES[self.number] + b"\n"
        if self.watches == 1:
            return Answer(line + (self.end() if self.number > 100 else b""), hang=True)
        assert self.number < 100
        return Answer(self.end(), hang=True)


class Silent(Lone):
    """The first watch says nothing; 2: after a bookmark. The second one has the end."""
    def list(self, query):
        return pods([self.driver(11)], 11)

    def watch(self, query):
        self.watches += 1
        if self.watches == 1:
            return Answer(bookmark(12) if self.number == 2 else b"", hang=True)
        return Answer(self.end(), hang=True)


class Page(Lone):
    """A proxy's login page in place of the watch, once."""
    def list(self, query):
        return pods([self.driver(11)], 11)

    def watch(self, query):
        self.watches += 1
        return Answer(b"<html>\n", kind="text/html") if self.watches == 1 else Answer(self.end(), hang=True)


class Streamed(Lone):
    """A streaming list of two drivers and an executor, not in the order of their versions, with bookmarks on its way; then the
    end of one of them. 2: refused as unknown. 3: an error after the first pod. 4: a proper end there. 5: cut there. 6: expires
    afterwards; the next one has a driver less. 7: no bookmark ends it. 8: the list is refused, too. 9: as 1, cut afterwards."""
    def things(self):
        return [pod("m-a", "s%d-a" % self.number, 30), pod("m-b", "s%d-b" % self.number, 20, app="a2", created="2026-11-21T07:00:00Z"),
                pod("m-e", "s%d-e" % self.number, 25, "Running", "executor")]

    def ended(self):
        return event("MODIFIED", pod("m-a", "s%d-a" % self.number, 45, "Ended 0"))

    def list(self, query):
        assert self.number in (2, 3, 4, 5, 7, 8), "no need of a list"
        return status(403, "Forbidden") if self.number == 8 else pods(self.things(), 40)

    def initial(self):
        added = [event("ADDED", thing) for thing in self.things()]
        end = {"kind": "Pod", "metadata": {"resourceVersion": "40", "annotations": {"k8s.io/initial-events-end": "true"}}}
        other = {"kind": "Pod", "metadata": {"resourceVersion": "38", "annotations": {"k8s.io/initial-events-end": "false"}}}
        if self.number == 3:
            return Answer(added[0] + error_event(500, "InternalError", "no"))
        if self.number in (4, 5):
            return Answer(added[0], cut=1 << 20, clean=self.number == 4)
        if self.number == 7:
            return Answer(b"".join(added), hang=True)
        if self.number == 6:
            again = self.watches > 1
            return Answer(b"".join(added[1:] if again else added) + event("BOOKMARK", end) + (b"" if again else expired()), hang=again)
        whole = b"".join(added[:2]) + bookmark(37) + event("BOOKMARK", other) + added[2] + event("BOOKMARK", end)
        return Answer(whole, cut=1 << 20) if self.number == 9 else Answer(whole + self.ended(), hang=True)

    def watch(self, query):
        self.watches += 1
        if "sendInitialEvents" in query:
            assert query["resourceVersionMatch"] == "NotOlderThan" and query["allowWatchBookmarks"] == "true", query
            assert "resourceVersion" not in query, query
            if self.number in (2, 8):
                return status(422, "Invalid", "sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled")
            return self.initial()
        assert query["resourceVersion"] == "40", query
        return Answer(self.ended(), hang=True)


class RunStatus(Scenario):
    """A driver and three executors. 2: 404. 3: another uid. 4: executors may not be listed."""
    def get(self):
        if self.number == 2:
            return status(404, "NotFound")
        return Answer(json.dumps(pod(uid="u2" if self.number == 3 else "u1")).encode())

    def list(self, query):
        assert query["labelSelector"] == "spark-app-selector=a1,spark-role=executor", query
        if self.number == 4:
            return status(403, "Forbidden")
        states = ["Running", "Pending", "Running", "Ended 1"]
        at = int(query.get("continue", "0"))
        return pods([pod("e%d" % i, "x%d" % i, 20 + i, state, "executor") for i, state in enumerate(states)][at:at + 3], 40,
                    "3" if at == 0 else None)


class Explained(Scenario):
    """A driver that failed, with events, an executor that was killed, and an exception in its log."""
    def get(self):
        return Answer(json.dumps(pod(state="Ended 1")).encode())

    def list(self, query):
        return pods([pod(state="Ended 1"), pod("e1", "x1", 20, "Ended 137", "executor"), pod("e2", "x2", 21, "Pending", "executor")], 40)

    def pod_events(self):
        return Answer(json.dumps({"kind": "EventList", "metadata": {}, "items": [
            {"reason": "FailedMount", "count": 3, "message": "configmap \"c\" not found", "type": "Warning",
             "involvedObject": {"kind": "Pod", "name": "d", "uid": "u1"}, "lastTimestamp": "2026-11-21T08:00:00Z"},
            {"reason": "Scheduled", "message": "assigned", "involvedObject": {"kind": "Pod", "name": "d", "uid": "u1"}}]}).encode())

    def log(self, query):
        lines = ["26/11/21 08:00:00 INFO SparkContext: Running", 'Exception in thread "main" java.lang.IllegalStateException: no input',
                 "\tat com.example.Etl.main(Etl.java:31)", "Caused by: java.io.IOException: gone: token=abc", "\tat com.example.Etl.read(Etl.java:7)"]
        return Answer("".join(f"{line}\n" for line in lines).encode())


# ---- logs ----

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


SCENARIOS = {
    "execs-of-runs": ExecsOfRuns,
    "execs": Execs, "execs-ended": ExecsEnded, "execs-cut": ExecsCut, "execs-come": ExecsCome, "execs-held": ExecsHeld,
    "watch-cut": WatchCut, "watch-end": WatchEnd, "watch-length": WatchLength, "watch-gone": WatchGone,
    "watch-lost": WatchLost, "watch-quiet": WatchQuiet, "refused": Refused, "pages": Pages, "several": Several, "nothing": Nothing, "expired": Expired,
    "busy": Busy, "odd": Odd, "silent": Silent, "page": Page, "streamed": Streamed, "status": RunStatus, "wait": Wait,
    "explained": Explained,
    "log-cut": LogCut, "log-end": LogEnd, "log-last": LogLast, "log-whole": LogWhole,
    "log-rotated": LogRotated, "log-waits": LogWaits, "log-unknown": LogUnknown, "log-restarts": LogRestarts, "log-gone": LogGone,
}
live = {}


def answer(target):
    """Pods are made in namespace "n" and moved to that of the scenario."""
    it = find(target)
    ns = target.partition("/namespaces/")[2].split("/")[0]
    it.ns = ns.encode()
    for form in ('"namespace": "%s"', '"namespace":"%s"'):
        it.body = it.body.replace((form % "n").encode(), (form % ns).encode())
    return it


def find(target):
    parts = urllib.parse.urlsplit(target)
    query = dict(urllib.parse.parse_qsl(parts.query))
    if parts.path.endswith("/version"):     # of a new server under /new
        return Answer(json.dumps({"major": "1", "minor": "34+" if parts.path.startswith("/new/") else "33"}).encode())
    path = parts.path.removeprefix("/new").split("/")       # "", api, v1, namespaces, NS, pods[, name[, log]]
    if path[3] != "namespaces":
        return status(403, "Forbidden", 'pods is forbidden: User "u" cannot list resource "pods" in API group "" at the cluster '
                      'scope')
    scenario = live.get(path[4])
    if not scenario:
        name, number = path[4].split(".")[:2]
        scenario = live[path[4]] = SCENARIOS[name](int(number))
    one = (path[6],) if isinstance(scenario, Execs) and len(path) > 6 else ()
    if path[-1] == "log":
        return scenario.log(query, *one)
    if path[5] == "events":
        return scenario.pod_events()
    if len(path) == 7:
        return scenario.get(*one)
    return scenario.watch(query) if "watch" in query else scenario.list(query)


async def send(writer, it, streamed):
    head = "HTTP/1.1 %d X\r\nContent-Type: %s\r\n" % (it.code, it.kind)
    if not streamed:
        writer.write(("%sContent-Length: %d\r\n\r\n" % (head, len(it.body))).encode() + it.body)
        return True
    body = it.body if it.cut is None else it.body[:it.cut]
    writer.write((head + "Transfer-Encoding: chunked\r\n\r\n").encode())
    if body:
        whole = len(body) if it.cut is None or it.clean else len(body) + 1      # a chunk that does not end
        writer.write(b"%x\r\n" % whole + body + (b"\r\n" if whole == len(body) else b""))
    if it.hang:
        await writer.drain()
        return None
    while it.more:
        await writer.drain()
        text = await it.more.get()
        if text is None:
            break
        text = text.replace(b'"namespace":"n"', b'"namespace":"%s"' % it.ns)
        writer.write(b"%x\r\n" % len(text) + text + b"\r\n")
    if it.cut is not None and not it.clean:
        await writer.drain()
        return False
    if it.then:
        it.then()
    writer.write(b"0\r\n\r\n")
    return True


async def serve(reader, writer):
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            target = head.split(b" ", 2)[1].decode()
            it = answer(target)
            streamed = it.code == 200 and ("watch=" in target or "/log?" in target)
            try:
                alive = await send(writer, it, streamed)
                if alive is None:
                    await reader.read()     # until the client goes
            finally:
                if it.ended:
                    it.ended()
            if not alive:
                break
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0, limit=1 << 20)
    sys.stdout.write("%d\n" % server.sockets[0].getsockname()[1])
    sys.stdout.flush()
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    os._exit(0)


if __name__ == "__main__":
    asyncio.run(main())
