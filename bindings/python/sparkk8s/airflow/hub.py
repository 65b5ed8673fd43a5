# SPDX-License-Identifier: Apache-2.0
"""What all triggers of a process and event loop share: one client per connection, and on it one watch per namespace; and the time that
logs may take.

No threads: the library's descriptor is in the loop. A client is opened for the first who wants it and closed behind the last one, so
that an event loop that ends (each trigger of dag.test() has its own) leaves nothing open.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import time
import weakref
from contextvars import Context
from typing import Any, AsyncIterator, Awaitable, Callable, Coroutine, TypeVar

from sparkk8s import Client, SparkK8sError, Status

from .compat import connection_of
from .hook import Settings
from .killing import look_after
from .places import Places

T = TypeVar("T")
log = logging.getLogger(__name__)

TOLD = 20                       # statuses in one go, before others have their turn: a thousand runs can end at once
PAUSES = (1.0, 2.0, 5.0, 10.0, 30.0)
KEEP_SECONDS = 1.0              # after its first new line, at the earliest, the place in a log is kept;
KEEPS = 4.0                     # so many of all logs in a second
TURN_SECONDS = 0.005            # as long all logs together may keep the event loop, which then rests as long from them;
LINE_SECONDS = 0.00005          # a line counts as at least this, for Airflow goes on with it in another thread or process


def nobodys(what: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
    """A task that all share: what it logs is not of the trigger that happened to begin it, whose log Airflow 2 would open again, and for ever."""
    return Context().run(asyncio.ensure_future, what)


class Feed:
    """The watch of a namespace: the latest status of every run there that has not ended, and who waits for news of which."""

    def __init__(self, client: Client, namespace: str) -> None:
        self.client, self.namespace = client, namespace
        self.latest: dict[str, Status] = {}
        self.waiting: dict[str, set[asyncio.Future[Status]]] = {}
        self.task = nobodys(self._read())
        self.care = nobodys(look_after(self))

    async def _read(self) -> None:
        failures = told = 0
        while True:
            try:
                async with self.client.watch_async(namespace=self.namespace, drivers_only=True) as watch:
                    async for status in watch:
                        failures = 0
                        self._tell(status)
                        told += 1
                        if told % TOLD == 0:
                            await asyncio.sleep(0)
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

    async def news(self, run_id: str, seconds: float | None) -> Status | None:
        """The next status of a run; None if there is none within that time. (Before Python 3.12, asyncio.wait_for() forgets that it was
        cancelled if what it waits for has just come.)"""
        if self.task.done():
            self.task = nobodys(self._read())
        future: asyncio.Future[Status] = asyncio.get_running_loop().create_future()
        self.waiting.setdefault(run_id, set()).add(future)
        try:
            await asyncio.wait({future}, timeout=seconds)
            return future.result() if future.done() else None
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
                feed.care.cancel()


class Keeper:
    """Keeps where logs were read to: those with news in turn, so that many cost no more than a few."""

    def __init__(self) -> None:
        self._waiting: dict[object, tuple[float, Callable[[], Awaitable[None]]]] = {}
        self._task: asyncio.Task[None] | None = None

    def note(self, owner: object, prepare: Callable[[], Callable[[], Awaitable[None]]]) -> None:
        """`owner` has news; unless it is waiting already, what `prepare` says now is done in its turn."""
        if owner in self._waiting:
            return
        self._waiting[owner] = time.monotonic() + KEEP_SECONDS, prepare()
        if self._task is None or self._task.done():
            self._task = nobodys(self._run())

    def forget(self, owner: object) -> None:
        """It keeps its place itself, at its end."""
        self._waiting.pop(owner, None)

    async def _run(self) -> None:
        while self._waiting:
            due = next(iter(self._waiting.values()))[0]
            await asyncio.sleep(max(due - time.monotonic(), 1 / KEEPS))
            owner = next(iter(self._waiting), None)
            if owner is not None and self._waiting[owner][0] <= due:
                await self._waiting.pop(owner)[1]()


class Turns:
    """The time that logs may take: half of the loop's. Whoever has used it up waits, and then the next who came."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._began: float | None = None    # in this round of the loop
        self._lines = 0
        self._rest = 0.0                    # until when

    def line(self) -> None:
        """One is about to be copied."""
        if self._began is None:
            self._began, self._lines = time.monotonic(), 0
            asyncio.get_running_loop().call_soon(self._round)
        self._lines += 1

    def _used(self) -> float:
        return 0.0 if self._began is None else max(time.monotonic() - self._began, self._lines * LINE_SECONDS)

    def _round(self) -> None:
        self._rest, self._began = max(self._rest, time.monotonic()) + self._used(), None

    @property
    def is_over(self) -> bool:
        """Whether it is time for :meth:`next`."""
        return self._used() > TURN_SECONDS

    async def next(self) -> None:
        """Waits for one's turn."""
        async with self._lock:
            await asyncio.sleep(0)
            while (left := self._rest - time.monotonic()) > 0:
                await asyncio.sleep(left)


class _Entry:
    def __init__(self) -> None:
        self.users = 0
        self.ready: asyncio.Future[Cluster] | None = None
        self.stack = contextlib.ExitStack()


class Hub:
    """The clusters of one event loop, and its time."""

    _hubs: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, tuple[int, Hub]] = weakref.WeakKeyDictionary()

    def __init__(self) -> None:
        self._entries: dict[str | None, _Entry] = {}
        self.keeper, self.turns, self.places = Keeper(), Turns(), Places()
        self._kept: set[asyncio.Future[Any]] = set()

    def keep(self, what: Awaitable[T]) -> asyncio.Future[T]:
        """Does it even if nobody waits for it any more."""
        future = asyncio.ensure_future(what)
        self._kept.add(future)
        future.add_done_callback(self._kept.discard)
        return future

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
        return Cluster(entry.stack.enter_context(settings.open()), settings)
