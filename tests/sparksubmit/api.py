# SPDX-License-Identifier: Apache-2.0
"""The recordings' API server: the small stateful one of tests/client, with the preset objects, injected failures and watch
events of a case, and a record of what was asked."""
import asyncio
import json
import re
import threading
import time
import urllib.parse

import apiserver

CREATED = "2026-01-02T03:04:05Z"
PLURALS = {"Pod": "pods"}


class Recorder(apiserver.Cluster):
    """A cluster as the `server` part of a case.json describes it."""

    def __init__(self, described):
        super().__init__({})
        self.failures = [dict(rule) for rule in described.get("fail", [])]
        self.events = described.get("watch", [])
        self.created, self.deleted = [], []
        for thing in described.get("objects", []):
            self.touch(thing)
            self.objects[PLURALS[thing["kind"]], thing["metadata"]["namespace"], thing["metadata"]["name"]] = thing
        self.preset = set(self.objects)

    def failure(self, method, path):
        """spark-submit applies (PATCH) what is created (POST) here; a failure is for the object, whichever is used."""
        for rule in self.failures:
            if rule.get("times") != 0 and re.fullmatch(rule["method"], method) and re.search(rule["path"], path):
                if "times" in rule:
                    rule["times"] -= 1
                return apiserver.Refusal(rule["status"], rule["reason"], rule["message"])
        return None

    def take_name(self, parts, body):
        """A name is taken by something that is there: another one's."""
        thing = {"metadata": {"name": body["metadata"]["name"], "namespace": parts[-2], "uid": "another", "creationTimestamp": CREATED},
                 "spec": {"containers": []}, "status": {"phase": "Running"}}
        self.touch(thing)
        key = parts[-1], parts[-2], body["metadata"]["name"]
        self.objects[key] = thing
        self.preset.add(key)

    def answer(self, method, path, query, body):
        """(code, object)"""
        parts = path.split("/")
        creates_other = method == "POST" and parts[-1] != "pods"
        if parts[1] not in ("api", "apis"):
            refused = apiserver.Refusal(404, "NotFound", "the server could not find the requested resource")
        else:
            refused = self.failure("PATCH", f"{path}/{body['metadata']['name']}") if creates_other else self.failure(method, path)
        if refused:
            if refused.code == 409:
                self.take_name(parts, body)
            return refused.code, refused.body
        try:
            if path == "/api/v1/pods" and method == "GET":
                return 200, self.list("pods", None, query.get("labelSelector", ""))
            answer = self.carry_out(method, path, query, body)
        except apiserver.Refusal as refusal:
            return refusal.code, refusal.body
        if method == "POST":
            self.created.append(json.loads(json.dumps(body)))
            if parts[-1] == "pods":
                answer["metadata"]["creationTimestamp"] = CREATED
        if method == "DELETE":
            self.deleted.append((tuple(parts[-3::2]), body.get("gracePeriodSeconds")))
        return (201 if method == "POST" else 200), answer

    def watched(self):
        """The driver pod in each of the states that the case tells, as lines of a watch."""
        driver = next(t for k, t in self.objects.items() if k[0] == "pods" and k not in self.preset)
        for event in self.events:
            driver["status"] = event.get("status", driver["status"])
            self.touch(driver)
            yield json.dumps({"type": event["type"], "object": driver}).encode() + b"\n"

    def left(self):
        """What is there that was not there at first, by kind; and the preset objects that are gone."""
        kinds = sorted(key[0] for key in self.objects if key not in self.preset)
        return kinds, sorted(key[1:] for key in self.preset if key not in self.objects)


class Api:
    """Serves one Recorder after the other, from a thread of its own."""

    def __init__(self):
        self.cluster, self.open = None, 0
        started = threading.Event()
        threading.Thread(target=lambda: asyncio.run(self.main(started)), daemon=True).start()
        started.wait()

    async def main(self, started):
        server = await asyncio.start_server(self.connection, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        started.set()
        await server.serve_forever()

    def play(self, described):
        self.cluster = Recorder(json.loads(json.dumps(described)))
        return self.cluster

    def settle(self):
        """What a client has sent and not waited for is done with too."""
        deadline = time.monotonic() + 10
        while self.open and time.monotonic() < deadline:
            time.sleep(0.005)

    async def connection(self, reader, writer):
        self.open += 1
        try:
            while True:
                method, path, query, _, body = await apiserver.read_request(reader)
                path = urllib.parse.unquote(path)
                if query.get("watch") == "true":
                    await self.stream(reader, writer)
                    break
                code, thing = self.cluster.answer(method, path, query, body)
                text = json.dumps(thing).encode()
                writer.write(b"HTTP/1.1 %d X\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % (code, len(text)) + text)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.open -= 1
            writer.close()

    async def stream(self, reader, writer):
        writer.write(b"HTTP/1.1 200 X\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
        for line in self.cluster.watched():
            writer.write(b"%x\r\n%s\r\n" % (len(line), line))
        await writer.drain()
        await reader.read()                 # until the client goes
