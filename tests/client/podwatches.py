# SPDX-License-Identifier: Apache-2.0
"""Scenarios of podserver.py for lists, watches, waits, statuses and explanations."""
import json

from podthings import Answer, Scenario, bookmark, event, expired, pod, pods, status

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
        assert self.number not in (6, 7) or selector.startswith("spark-role=driver"), "drivers only"
        if selector.startswith("spark-role=driver"):
            assert selector in ("spark-role=driver,team=blue", "spark-role=driver"), selector
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
