#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A small stateful API server for tests of submission: objects with uid and resourceVersion, scheduling gates, patches,
deletes with preconditions, dry run, garbage collection, and trouble on request. Prints its port; ends with its standard input.

POST /control takes {"reset": OPTIONS}, {"rules": [RULE...]}, {"release": true}, {"put": {"plural", "ns", "object"}},
{"drop": PLURAL}, {"merge": {"plural", "name", "object"}}, {"own": {"plural", "owner"}}, {"collect": true}; GET /control answers {"objects": [...], "log": [...], "held": n}.

OPTIONS  gates (true)      false: a server that drops schedulingGates, as before Kubernetes 1.27
         collect (true)    false: dependents of a deleted pod stay until {"collect": true}
         linger (false)    true: a pod that is not held back stays, being deleted, until {"collect": true}
         forbid ([])       ["patch pods", ...]: answered with 403; "list pods": only lists of them
         page (0)          n: lists come in pages of so many
RULE     agent             only requests whose User-Agent starts with this
         at                the n-th of those; 0: each
         verb              only these: "patch pods"
         name              only requests whose path (with the query's continue token behind a "?") ends so
         times (1)         how often at most, for at = 0
         do                "drop": carried out, connection closed without an answer; "cut": the same, in the
                           middle of the answer; "close": not even carried out;
                           "status": answered with `code`, not carried out; "status-after": carried out, then that answer;
                           "hold", "hold-after": waits for {"release": true} before or after it is carried out;
                           "kill", "kill-after": SIGKILL for `pid` instead of an answer
"""
import asyncio
import copy
import json
import os
import re
import signal
import sys
import urllib.parse

GATE = "sparkk8s.io/submission"
VERBS = {"POST": "create", "GET": "get", "PATCH": "patch", "DELETE": "delete"}


def place(path):
    """Namespace (None: all), plural and name (None: all) of a path."""
    parts = path.split("/")[3 if path.startswith("/api/") else 4:]
    ns = parts[1] if parts[0] == "namespaces" else None
    plural, name = ((parts[2:] if ns else parts) + [None])[:2]
    return ns, plural, name


def selected(labels, selector):
    """Terms are "a=b", "a", and "a in (b,c)"."""
    for term in re.findall(r"[^,(]+(?:\([^)]*\))?", selector):
        key, _, values = term.partition(" in ")
        if values and labels.get(key) not in values.strip("()").split(","):
            return False
        key, equals, value = term.partition("=")
        if not values and (key not in labels or (equals and labels[key] != value)):
            return False
    return True


class Refusal(Exception):
    def __init__(self, code, reason, message):
        self.code = code
        self.body = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": message,
                     "reason": reason, "code": code}


class Cluster:
    def __init__(self, options):
        self.options = {"gates": True, "collect": True, "linger": False, "forbid": [], "page": 0, **options}
        self.objects = {}
        self.version = 100
        self.uids = 0
        self.rules, self.log, self.counts = [], [], {}
        self.held = 0
        self.released = asyncio.Event()

    # ---- verbs

    def touch(self, thing):
        self.version += 1
        thing["metadata"]["resourceVersion"] = str(self.version)

    def existing(self, key):
        if key not in self.objects:
            raise Refusal(404, "NotFound", f'{key[0]} "{key[2]}" not found')
        return self.objects[key]

    def create(self, plural, ns, thing, dry):
        key = (plural, ns, thing["metadata"]["name"])
        if key in self.objects:
            raise Refusal(409, "AlreadyExists", f'{plural} "{key[2]}" already exists')
        thing = copy.deepcopy(thing)
        self.uids += 1
        thing["metadata"].setdefault("creationTimestamp", f"2026-11-21T08:00:{self.uids % 60:02}Z")
        thing["metadata"].update(uid=f"uid-{self.uids}", namespace=ns)
        if plural == "pods":
            if not self.options["gates"]:
                thing["spec"].pop("schedulingGates", None)
            thing["status"] = {"phase": "Pending"}
            for container in thing["spec"].get("containers", []):        # as every server stores them
                requests = container.get("resources", {}).get("requests", {})
                if requests.get("cpu") == "0.5":
                    requests["cpu"] = "500m"
            thing["spec"].setdefault("tolerations", []).append({"key": "node.kubernetes.io/not-ready"})
        self.touch(thing)
        if not dry:
            self.objects[key] = thing
            if self.options["collect"]:     # one that was under way when its owner was deleted
                self.collect_orphans()
        return thing

    def apply_patch(self, key, patch, dry):
        thing = copy.deepcopy(self.existing(key))
        meta = patch.get("metadata", {})
        if meta.get("uid", thing["metadata"]["uid"]) != thing["metadata"]["uid"]:
            raise Refusal(422, "Invalid", f'{key[0]} "{key[2]}" is invalid: metadata.uid: field is immutable')
        if meta.get("resourceVersion", thing["metadata"]["resourceVersion"]) != thing["metadata"]["resourceVersion"]:
            raise Refusal(409, "Conflict", "the object has been modified; please apply your changes to the latest version")
        thing["metadata"].setdefault("annotations", {}).update(meta.get("annotations", {}))
        for gate in patch.get("spec", {}).get("schedulingGates", []):
            assert gate["$patch"] == "delete"
            left = [g for g in thing["spec"].get("schedulingGates", []) if g["name"] != gate["name"]]
            thing["spec"].pop("schedulingGates", None)
            if left:
                thing["spec"]["schedulingGates"] = left
        self.touch(thing)
        if not dry:
            self.objects[key] = thing
        return thing

    def delete(self, key, options):
        thing = self.existing(key)
        for name, value in (options.get("preconditions") or {}).items():
            if thing["metadata"][name] != value:
                raise Refusal(409, "Conflict", f"precondition failed: {name} is {thing['metadata'][name]}, not {value}")
        gated = thing.get("spec", {}).get("schedulingGates")
        if key[0] == "pods" and self.options["linger"] and not gated and options.get("gracePeriodSeconds") != 0:
            thing["metadata"]["deletionTimestamp"] = "2026-11-21T09:00:00Z"
            self.touch(thing)
            return thing
        del self.objects[key]
        if self.options["collect"]:
            self.collect()
        return {"kind": "Status", "apiVersion": "v1", "status": "Success"}

    def collect(self):
        for key in [k for k, t in self.objects.items() if "deletionTimestamp" in t["metadata"]]:
            del self.objects[key]
        self.collect_orphans()

    def collect_orphans(self):
        uids = {t["metadata"]["uid"] for t in self.objects.values()}
        for key, thing in list(self.objects.items()):
            owners = thing["metadata"].get("ownerReferences", [])
            if owners and not any(o["uid"] in uids for o in owners):
                del self.objects[key]

    def list(self, plural, ns, selector):
        items = [t for k, t in self.objects.items() if k[0] == plural and ns in (k[1], None)
                 and selected(t["metadata"].get("labels", {}), selector)]
        return {"kind": "List", "apiVersion": "v1", "metadata": {"resourceVersion": str(self.version)}, "items": items}

    def page(self, found, at):
        size, items = self.options["page"], found["items"]
        if size:
            found["items"] = items[at:at + size]
            if at + size < len(items):
                found["metadata"]["continue"] = str(at + size)
        return found

    def carry_out(self, method, path, query, body):
        ns, plural, name = place(path)
        verb = VERBS[method] + " " + plural
        if verb in self.options["forbid"]:
            raise Refusal(403, "Forbidden", f'{plural} is forbidden: User "tester" cannot {verb}')
        dry = query.get("dryRun") == "All"
        if method == "POST":
            return self.create(plural, ns, body, dry)
        if method == "GET" and name is None:
            if "list " + plural in self.options["forbid"]:
                raise Refusal(403, "Forbidden", f'{plural} is forbidden: User "tester" cannot list {plural}')
            return self.page(self.list(plural, ns, query.get("labelSelector", "")), int(query.get("continue", 0)))
        key = (plural, ns, name)
        if method == "GET":
            return self.existing(key)
        return self.apply_patch(key, body, dry) if method == "PATCH" else self.delete(key, body or {})

    # ---- trouble

    def rule_for(self, agent, method, path, query):
        verb = VERBS[method] + " " + place(path)[1]
        for rule in self.rules:
            if not agent.startswith(rule.get("agent", "")) or rule.get("verb", verb) != verb \
                    or not (path + "?" + query.get("continue", "")).rstrip("?").endswith(rule.get("name", "")):
                continue
            rule["seen"] = rule.get("seen", 0) + 1
            if rule.get("at", 0) == rule["seen"] or (not rule.get("at") and rule["seen"] <= rule.get("times", 1)):
                return rule
        return {}

    async def hold(self):
        self.held += 1
        await self.released.wait()
        self.held -= 1

    async def serve(self, agent, method, path, query, body):
        """The answer as (code, object), or None: the connection is to be closed."""
        rule = self.rule_for(agent, method, path, query)
        do = rule.get("do", "")
        self.log.append(f"{agent.split(' ')[0]} {method} {path.rsplit('/namespaces/', 1)[-1]}")
        if do == "close":
            return None
        if do == "status":
            return rule["code"], {"kind": "Status", "status": "Failure", "code": rule["code"], "message": "trouble", "reason": "Trouble"}
        if do == "hold":
            await self.hold()
        if do == "kill":
            os.kill(rule["pid"], signal.SIGKILL)
            return None
        try:
            answer = (201 if method == "POST" else 200), self.carry_out(method, path, query, body)
        except Refusal as refusal:
            answer = refusal.code, refusal.body
        if do == "hold-after":
            await self.hold()
        if do == "kill-after":
            os.kill(rule["pid"], signal.SIGKILL)
        if do == "status-after":
            return rule["code"], {"kind": "Status", "status": "Failure", "code": rule["code"], "message": "trouble", "reason": "Trouble"}
        if do == "cut":
            return answer[0], answer[1], True
        return None if do in ("drop", "kill-after") else answer


cluster = None


def control(method, body):
    global cluster
    if body.get("reset") is not None:
        if cluster:
            cluster.released.set()
        cluster = Cluster(body["reset"])
    if "rules" in body:
        cluster.rules = body["rules"]
    if "release" in body:
        cluster.released.set()
    if "put" in body:
        cluster.create(body["put"]["plural"], body["put"]["ns"], body["put"]["object"], False)
        if "status" in body["put"]["object"]:
            key = (body["put"]["plural"], body["put"]["ns"], body["put"]["object"]["metadata"]["name"])
            cluster.objects[key]["status"] = body["put"]["object"]["status"]
    if "merge" in body:
        thing = next(t for k, t in cluster.objects.items() if k[0] == body["merge"]["plural"] and body["merge"].get("name", k[2]) == k[2])
        for key, value in body["merge"]["object"].items():
            thing.setdefault(key, {}).update(value)
        cluster.touch(thing)
    if "own" in body:
        thing = next(t for k, t in cluster.objects.items() if k[0] == body["own"]["plural"])
        thing["metadata"].setdefault("ownerReferences", []).append(body["own"]["owner"])
    if "drop" in body:
        for key in [k for k in cluster.objects if k[0] == body["drop"]]:
            del cluster.objects[key]
    if "collect" in body:
        cluster.collect()
    objects = [{"plural": k[0], **t} for k, t in cluster.objects.items()]
    return 200, {"objects": objects, "log": cluster.log, "held": cluster.held}


async def read_request(reader):
    head = await reader.readuntil(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    headers = {k.lower(): v for k, v in (line.split(": ", 1) for line in lines[1:] if line)}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    method, target, _ = lines[0].split(" ")
    url = urllib.parse.urlsplit(target)
    return method, url.path, dict(urllib.parse.parse_qsl(url.query)), headers, json.loads(body) if body else {}


async def connection(reader, writer):
    try:
        while True:
            method, path, query, headers, body = await read_request(reader)
            if path == "/control":
                answer = control(method, body)
            else:
                answer = await cluster.serve(headers.get("user-agent", ""), method, path, query, body)
            if answer is None:
                break
            text = json.dumps(answer[1]).encode()
            writer.write(b"HTTP/1.1 %d X\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % (answer[0], len(text))
                         + (text[:50] if len(answer) > 2 else text))
            await writer.drain()
            if len(answer) > 2:
                break
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def main():
    server = await asyncio.start_server(connection, "127.0.0.1", 0)
    os.write(1, b"%d\n" % server.sockets[0].getsockname()[1])        # in one piece, whatever buffering is asked for
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    os._exit(0)


if __name__ == "__main__":
    asyncio.run(main())
