# SPDX-License-Identifier: Apache-2.0
"""What the scenarios of podserver.py are made of: pods, events, answers."""
import datetime
import json

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
