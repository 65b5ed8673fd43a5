# SPDX-License-Identifier: Apache-2.0
"""One client per connection, and on it one watch per namespace, for all triggers of a process and event loop.

No threads: the library's descriptor is in the loop. A client is opened for the first who wants it and closed behind the last one, so
that an event loop that ends (each trigger of dag.test() has its own) leaves nothing open.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import weakref
from typing import Any, AsyncIterator, Awaitable, Callable

from sparkk8s import Client, SparkK8sError, Status

from .compat import connection_of
from .hook import Settings

log = logging.getLogger(__name__)

MANY = 10000                    # requests at once of one client: a followed log is one all the time
PAUSES = (1.0, 2.0, 5.0, 10.0, 30.0)


class Feed:
    """The watch of a namespace: the latest status of every run there that has not ended, and who waits for news of which."""

    def __init__(self, client: Client, namespace: str) -> None:
        self.client, self.namespace = client, namespace
        self.latest: dict[str, Status] = {}
        self.waiting: dict[str, set[asyncio.Future[Status]]] = {}
        self.task = asyncio.ensure_future(self._read())

    async def _read(self) -> None:
        failures = 0
        while True:
            try:
                async with self.client.watch_async(namespace=self.namespace, drivers_only=True) as watch:
                    async for status in watch:
                        failures = 0
                        self._tell(status)
            except SparkK8sError as error:
                if not error.retriable:
                    self._fail(error)
                    return
                log.warning("watching namespace %s: %s", self.namespace, error)
            self.latest.clear()
            await asyncio.sleep(PAUSES[min(failures, len(PAUSES) - 1)])
            failures += 1

    def _tell(self, status: Status) -> None:
        if status.is_final:
            self.latest.pop(status.run_id, None)
        else:
            self.latest[status.run_id] = status
        for future in self.waiting.pop(status.run_id, ()):
            if not future.done():
                future.set_result(status)

    def _fail(self, error: SparkK8sError) -> None:
        waiting, self.waiting = self.waiting, {}
        for futures in waiting.values():
            for future in futures:
                if not future.done():
                    future.set_exception(error)

    async def news(self, run_id: str) -> Status:
        """The next status of a run."""
        if self.task.done():
            self.task = asyncio.ensure_future(self._read())
        future: asyncio.Future[Status] = asyncio.get_running_loop().create_future()
        self.waiting.setdefault(run_id, set()).add(future)
        try:
            return await future
        finally:
            futures = self.waiting.get(run_id)
            if futures is not None:
                futures.discard(future)
                if not futures:
                    del self.waiting[run_id]


class Cluster:
    """A client that is shared, and its feeds."""

    def __init__(self, client: Client, settings: Settings) -> None:
        self.client, self.settings = client, settings
        self._feeds: dict[str, tuple[Feed, int]] = {}

    @contextlib.asynccontextmanager
    async def feed(self, namespace: str) -> AsyncIterator[Feed]:
        """The watch of a namespace, which ends with the last who has it."""
        feed, users = self._feeds.get(namespace) or (Feed(self.client, namespace), 0)
        self._feeds[namespace] = feed, users + 1
        try:
            yield feed
        finally:
            feed, users = self._feeds[namespace]
            self._feeds[namespace] = feed, users - 1
            if users == 1:
                del self._feeds[namespace]
                feed.task.cancel()


class _Entry:
    def __init__(self) -> None:
        self.users = 0
        self.ready: asyncio.Future[Cluster] | None = None
        self.stack = contextlib.ExitStack()


class Hub:
    """The clusters of one event loop."""

    _hubs: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, tuple[int, Hub]] = weakref.WeakKeyDictionary()

    def __init__(self) -> None:
        self._entries: dict[str | None, _Entry] = {}

    @classmethod
    def get(cls) -> Hub:
        """Of the running loop, in this process."""
        loop = asyncio.get_running_loop()
        pid, hub = cls._hubs.get(loop, (0, None))
        if hub is None or pid != os.getpid():
            hub = cls()
            cls._hubs[loop] = os.getpid(), hub
        return hub

    @contextlib.asynccontextmanager
    async def cluster(self, conn_id: str | None,
                      connection: Callable[[str], Awaitable[Any]] = connection_of) -> AsyncIterator[Cluster]:
        """The client of a connection."""
        entry = self._entries.setdefault(conn_id, _Entry())
        entry.users += 1
        try:
            if entry.ready is None:
                entry.ready = asyncio.ensure_future(self._open(entry, conn_id, connection))
            yield await asyncio.shield(entry.ready)
        finally:
            entry.users -= 1
            failed = entry.ready is not None and entry.ready.done() and (entry.ready.cancelled() or entry.ready.exception() is not None)
            if not entry.users or failed:
                if self._entries.get(conn_id) is entry:
                    del self._entries[conn_id]
            if not entry.users:
                if entry.ready is not None:
                    entry.ready.cancel()
                entry.stack.close()

    async def _open(self, entry: _Entry, conn_id: str | None, connection: Callable[[str], Awaitable[Any]]) -> Cluster:
        settings = Settings(await connection(conn_id) if conn_id else None)
        return Cluster(entry.stack.enter_context(settings.open(max_in_flight=MANY)), settings)
