#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An API server of a few pods for tests of list, watch and logs. Prints its port; ends when its standard input does.

A namespace is a scenario, with state of its own: "<name>.<number>", e.g. "watch-cut.17": the first watch is cut off after
17 bytes. What each does is said at its function. Only what a client could not tell from a real server by its answers.
"""
import asyncio
import json
import os
import sys
import urllib.parse

from podlogs import (
    Execs, ExecsCome, ExecsCut, ExecsEnded, ExecsHeld, ExecsOfRuns, LogCut, LogEnd, LogGone, LogLast, LogRestarts,
    LogRotated, LogUnknown, LogWaits, LogWhole)
from podthings import Answer, status
from podwatches import (
    Busy, Expired, Explained, Nothing, Odd, Page, Pages, Refused, RunStatus, Several, Silent, Streamed, Wait,
    WatchCut, WatchEnd, WatchGone, WatchLength, WatchLost, WatchQuiet)

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
