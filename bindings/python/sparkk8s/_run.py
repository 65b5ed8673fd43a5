# SPDX-License-Identifier: Apache-2.0
"""Runs, and the streams that are opened from runs and clients. Each method that waits has a twin for asyncio, ``*_async``."""

from __future__ import annotations

from time import monotonic

from ._app import differences
from ._core import Core, Operation, Owned, seconds
from ._enums import GcReason, LogKind, State
from ._errors import Timeout, error_from
from ._ffi import AGAIN, END, byref, const, data_at, encode, lib, pointer, size_t, struct, take_text, text
from ._record import Record
from ._status import take_diagnosis, take_status

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Generic, TypeVar


    from ._app import Difference, Manifest
    from ._core import Cancel, Seconds
    from ._errors import SparkK8sError
    from ._status import Diagnosis, Status

    T = TypeVar("T")

    class _Base(Generic[T]):
        pass
else:       # the import of typing alone takes as long as that of this package
    T = None

    class _Base:
        def __class_getitem__(cls, item):
            return cls


class _Ended:
    """What a stream gives at its end."""


_ENDED = _Ended()


class Stream(Owned, _Base[T]):
    """An iterator, of ``for`` and of ``async for``; a context manager, too. One task or thread reads it.

    It holds a connection until it is closed, read to its end, or forgotten.
    """


    def __init__(self, core: Core, handle: Any, cancel: Cancel | None) -> None:
        super().__init__(core, handle)
        self._key = handle.value or 0
        self._cancel = cancel
        self._over = False

    def _fetch(self, handle: Any) -> Any:
        """The next item, AGAIN, or _ENDED."""
        raise NotImplementedError

    def _attempt(self) -> Any:
        handle = self._open_handle()
        value = self._fetch(handle)
        if value is _ENDED:
            self._over = True
            self._close_handle()
        return value

    def _close_handle(self) -> None:
        Owned.close(self)

    def close(self) -> None:
        """Ends it; iterating on then stops."""
        self._over = True
        self._close_handle()

    def __iter__(self) -> Stream[T]:
        return self

    def __next__(self) -> T:
        item = self.read()
        if item is None:
            raise StopIteration
        return item

    def read(self, timeout: Seconds | None = None) -> T | None:
        """The next item, None at the end; :class:`Timeout` if none comes in time."""
        if self._over:
            return None
        limit = seconds(timeout)
        deadline = None if limit is None else monotonic() + limit
        item = self._core.block(self._attempt, deadline, self._cancel)
        return None if item is _ENDED else item

    def __aiter__(self) -> Stream[T]:
        return self

    async def __anext__(self) -> T:
        if self._over:
            raise StopAsyncIteration
        item: Any = await self._core.wait(self._attempt, self._key)
        if item is _ENDED:
            raise StopAsyncIteration
        result: T = item
        return result

    def __enter__(self: S) -> S:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    async def __aenter__(self: S) -> S:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()

    async def aclose(self) -> None:
        """As :meth:`close`."""
        self.close()


if TYPE_CHECKING:
    S = TypeVar("S", bound=Stream[Any])


class StatusList(Stream["Status"]):
    """The runs as they are, oldest first: from :meth:`Client.list`."""

    _free = lib.list_free

    def _fetch(self, handle: Any) -> Any:
        value = _next_status(self._core, lib.list_next, handle)
        if value is _ENDED:
            while True:
                name = lib.list_missing(handle, len(self._missing))
                if name is None:
                    break
                self._missing.append(text(name))
        return value

    def __init__(self, core: Core, handle: Any, cancel: Cancel | None) -> None:
        super().__init__(core, handle, cancel)
        self._missing: list[str] = []

    @property
    def missing(self) -> list[str]:
        """At the end: which of the names that were asked for, globs aside, no run has."""
        return list(self._missing)


class Watch(Stream["Status"]):
    """What happens to one run or to many: from :meth:`Run.watch` and :meth:`Client.watch`."""

    _free = lib.watch_free

    def _fetch(self, handle: Any) -> Any:
        return _next_status(self._core, lib.watch_next, handle)


def _next_status(core: Core, function: Any, handle: Any) -> Any:
    out = pointer()
    code = core.call(function, handle, None, byref(out))
    return take_status(out) if code == 0 else AGAIN if code == AGAIN else _ENDED


class Killed(Record):
    """One run of :meth:`Client.kill`."""

    __slots__ = ("status", "error")

    status: Status | None
    """As it was listed; None for a name that no run has."""
    error: SparkK8sError | None
    """Why it was not killed; None: it was."""


class Kills(Stream[Killed]):
    """The kills of :meth:`Client.kill`, in the order in which they end."""

    _free = lib.kills_free

    def _fetch(self, handle: Any) -> Any:
        out, failure = pointer(), pointer()
        code = self._core.call(lib.kills_next, handle, None, byref(out), byref(failure))
        if code != 0:
            return AGAIN if code == AGAIN else _ENDED
        error = error_from(lib.error_code(failure), failure) if failure else None
        return Killed._make(take_status(out) if out else None, error)


class Leftover(Record):
    """What nobody needs any more: one object of :meth:`Client.gc`."""

    __slots__ = ("kind", "namespace", "name", "reason", "text", "since_ms", "error")

    kind: str
    namespace: str
    name: str
    reason: GcReason
    text: str
    """The reason, for people."""
    since_ms: int
    """The last sign of life; when it ended; of other objects than drivers, when it was created. Unix time."""
    error: SparkK8sError | None
    """Why it could not be looked at or deleted."""


class Leftovers(Stream[Leftover]):
    """What :meth:`Client.gc` finds."""

    _free = lib.gc_free

    def _fetch(self, handle: Any) -> Any:
        out, failure = pointer(), pointer()
        code = self._core.call(lib.gc_next, handle, None, byref(out), byref(failure))
        if code != 0:
            return AGAIN if code == AGAIN else _ENDED
        try:
            return Leftover._make(text(lib.leftover_kind(out)), text(lib.leftover_ns(out)), text(lib.leftover_name(out)),
                                  GcReason(lib.leftover_reason(out)), text(lib.leftover_text(out)), lib.leftover_since_ms(out),
                                  error_from(lib.error_code(failure), failure) if failure else None)
        finally:
            lib.leftover_free(out)


class Waited(Record):
    """What :meth:`Client.wait` has waited for."""

    __slots__ = ("statuses", "pending", "reached", "missed")

    statuses: tuple[Status, ...]
    """The latest of each run."""
    pending: int
    """How many runs are not as wished yet; none, unless any one was enough."""
    reached: int
    missed: int
    """How many cannot be any more."""


class Waits(Stream["Status"]):
    """The watch of :meth:`Client.wait`, which ends when that is over."""

    _free = lib.wait_free

    def __init__(self, core: Core, handle: Any, cancel: Cancel | None) -> None:
        super().__init__(core, handle, cancel)
        self._counts: tuple[int, ...] = (0, 0, 0)
        self._latest: dict[str, Status] = {}

    def _fetch(self, handle: Any) -> Any:
        value = _next_status(self._core, lib.wait_next, handle)
        if value is _ENDED:
            self._counts = tuple(lib.wait_count(handle, const("WAIT_" + what)) for what in ("PENDING", "REACHED", "MISSED"))
        elif value is not AGAIN:
            self._latest[value.run_id] = value
        return value

    def waited(self) -> Waited:
        """The outcome."""
        return Waited._make(tuple(self._latest.values()), *self._counts)


class LogLine(Record):
    """One record of a log. ``str(line)`` is its text."""

    __slots__ = ("data", "kind", "namespace", "pod", "executor", "restarts", "time_ns", "is_whole")

    data: bytes
    """The line without its end, as the application wrote it."""
    kind: LogKind
    """LINE; or what is not of the application: GAP (the cluster dropped something), RESTART, NOTICE."""
    namespace: str
    pod: str
    executor: str
    """Spark's number of the executor: "1"; "" for a driver."""
    restarts: int
    """Of its container, before it wrote this."""
    time_ns: int
    """Unix time."""
    is_whole: bool
    """False: the line is longer than 1 MiB and goes on in the next record of its pod."""

    @property
    def text(self) -> str:
        """The line as text; what is not UTF-8 is replaced."""
        return self.data.decode("utf-8", "replace")

    def __str__(self) -> str:
        return self.text


class Logs(Stream[LogLine]):
    """The lines of a log: from :meth:`Run.logs`. None is lost or repeated over reconnects."""

    _free = lib.logs_free

    _position = ""

    def _fetch(self, handle: Any) -> Any:
        line, length = pointer(), size_t()
        code = self._core.call(lib.logs_next, handle, None, byref(line), byref(length))
        if code == AGAIN:
            return AGAIN
        if code == END:
            self._position = text(lib.logs_position(handle))
            return _ENDED
        return LogLine._make(data_at(line.value, length.value), LogKind(lib.logs_kind(handle)), text(lib.logs_ns(handle)),
                             text(lib.logs_pod(handle)), text(lib.logs_executor(handle)), lib.logs_restarts(handle),
                             lib.logs_time_ns(handle), bool(lib.logs_is_whole(handle)))

    def _close_handle(self) -> None:
        if self._handle is not None and not self._core.closed:
            self._position = text(lib.logs_position(self._handle))
        super()._close_handle()

    @property
    def position(self) -> str:
        """Where this stream is: give it to :meth:`Run.logs`, also in another process, to go on behind the latest line."""
        if self._handle is not None:
            self._position = text(self._core.call_void(lib.logs_position, self._handle))
        return self._position


def _take_none(_: Any) -> None:
    return None


def _take_status(operation: Any) -> Status:
    return take_status(lib.operation_take_status(operation))


def take_operation_diagnosis(operation: Any) -> Diagnosis:
    """The diagnosis that an operation has found."""
    return take_diagnosis(lib.operation_take_diagnosis(operation))


def _take_differences(operation: Any) -> list[Difference]:
    return differences(take_text(lib.operation_take_text(operation)))


def logs_opts(follow: bool, position: str | None, tail_lines: int, pod: str | None, container: str | None, previous: bool,
              executors: bool, driver: bool, max_streams: int) -> Any:
    """The library's struct."""
    wanted = (("FOLLOW", follow), ("PREVIOUS", previous), ("EXECUTORS", executors), ("DRIVER", driver))
    return struct("logs_opts", pod=encode(pod), container=encode(container), position=encode(position) or None, tail_lines=tail_lines,
                  flags=sum(const("LOGS_" + name) for name, value in wanted if value), max_streams=max_streams)


def kill_opts(only_claim: str | None, grace: Seconds | None, flags: int) -> Any:
    """The library's struct; a period of 0 is "at once"."""
    total = seconds(grace)
    return struct("kill_opts", only_claim=encode(only_claim), flags=flags,
                  grace_seconds=0 if total is None else max(1, round(total)) if total else -1)


class Run(Owned):
    """A submitted application: one driver pod, known by its uid. Forgetting it does not kill it."""

    _free = lib.run_free

    def __init__(self, core: Core, handle: Any, key: str | None = None) -> None:
        super().__init__(core, handle)
        self.key = key
        """The submission key that it was submitted with by this program, or None."""
        self.id: str = text(lib.run_id(handle))
        """"<namespace>:<driver pod>"."""
        self.app_id: str = text(lib.run_app_id(handle))
        """"spark-<32 hex>"."""
        self.namespace: str = text(lib.run_ns(handle))
        self.driver_pod: str = text(lib.run_driver_pod(handle))
        self.driver_uid: str = text(lib.run_driver_uid(handle))
        """"" after a dry run."""

    def __repr__(self) -> str:
        return f"<Run {self.id}>"

    def __enter__(self) -> Run:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _begin(self, begin: Any, *arguments: Any, timeout: Seconds | None, take: Callable[[Any], Any] = _take_none,
               keep: Any = None) -> Operation:
        return Operation(self._core, begin, self._open_handle(), *arguments, timeout=timeout, take=take, keep=keep)

    # ---- status

    def status(self, *, timeout: Seconds | None = None, cancel: Cancel | None = None) -> Status:
        """How it is now. A driver that is gone, its end unseen, is LOST, never an error."""
        status: Status = self._begin(lib.begin_status, timeout=timeout, take=_take_status).run(cancel)
        return status

    async def status_async(self, *, timeout: Seconds | None = None) -> Status:
        """:meth:`status` for asyncio."""
        status: Status = await self._begin(lib.begin_status, timeout=timeout, take=_take_status).run_async()
        return status

    def watch(self, *, cancel: Cancel | None = None) -> Watch:
        """Its present status, then one for each change; ends after the final one."""
        out = pointer()
        self._core.call(lib.watch_open_run, self._open_handle(), byref(out))
        return Watch(self._core, out, cancel)

    def watch_async(self) -> Watch:
        """:meth:`watch` for ``async for``."""
        return self.watch()

    def wait(self, timeout: Seconds | None = None, *, cancel: Cancel | None = None) -> Status:
        """Waits for its end and returns the final status; :class:`Timeout` if that does not come in time, the run goes on."""
        limit = seconds(timeout)
        deadline = None if limit is None else monotonic() + limit
        last: Status | None = None
        with self.watch(cancel=cancel) as watch:
            while True:
                try:
                    status = watch.read(None if deadline is None else max(0.0, deadline - monotonic()))
                except Timeout:
                    raise self._still_there(last) from None
                if status is None:
                    return last if last is not None else self.status()
                last = status

    async def wait_async(self, timeout: Seconds | None = None) -> Status:
        """:meth:`wait` for asyncio."""
        import asyncio

        last: list[Status] = []
        try:
            return await asyncio.wait_for(self._wait_async(last), seconds(timeout))
        except asyncio.TimeoutError as error:
            if isinstance(error, Timeout):
                raise
            raise self._still_there(last[-1] if last else None) from None

    async def _wait_async(self, last: list[Status]) -> Status:
        async with self.watch() as watch:
            async for status in watch:
                last[:] = [status]
        return last[0] if last else await self.status_async()

    def _still_there(self, last: Status | None) -> Timeout:
        state = State.UNKNOWN if last is None else last.state
        return Timeout(f"{self.id} has not ended within the time limit; it is {state}", retriable=True,
                       hint="the run goes on; kill() ends it")

    # ---- logs

    def logs(self, *, follow: bool = True, position: str | None = None, tail_lines: int = 0, pod: str | None = None,
             container: str | None = None, previous: bool = False, executors: bool = False, driver: bool = False,
             max_streams: int = 0, cancel: Cancel | None = None) -> Logs:
        """The driver's log, or another pod's. With ``follow`` it ends when the container has ended for good, else where it is now.

        ``position`` goes on where an earlier stream was (:attr:`Logs.position`). ``executors`` reads those of all executors as they
        come and go, ``driver`` the driver's beside them; at most ``max_streams`` (64) are open at once.
        """
        out = pointer()
        given = logs_opts(follow, position, tail_lines, pod, container, previous, executors, driver, max_streams)
        self._core.call(lib.logs_open, self._open_handle(), byref(given), byref(out))
        return Logs(self._core, out, cancel)

    def logs_async(self, *, follow: bool = True, position: str | None = None, tail_lines: int = 0, pod: str | None = None,
                   container: str | None = None, previous: bool = False, executors: bool = False, driver: bool = False,
                   max_streams: int = 0) -> Logs:
        """:meth:`logs` for ``async for``."""
        return self.logs(follow=follow, position=position, tail_lines=tail_lines, pod=pod, container=container, previous=previous,
                         executors=executors, driver=driver, max_streams=max_streams)

    # ---- who is responsible, and the end

    def claim(self, claim: str, *, timeout: Seconds | None = None, cancel: Cancel | None = None) -> None:
        """Says who is responsible for the run now; a later claim replaces it (see ``only_claim`` of :meth:`kill`)."""
        self._begin(lib.begin_claim, encode(claim, "a claim"), timeout=timeout).run(cancel)

    async def claim_async(self, claim: str, *, timeout: Seconds | None = None) -> None:
        """:meth:`claim` for asyncio."""
        await self._begin(lib.begin_claim, encode(claim, "a claim"), timeout=timeout).run_async()

    def _kill(self, only_claim: str | None, grace: Seconds | None, wait: bool, timeout: Seconds | None) -> Operation:
        given = kill_opts(only_claim, grace, const("KILL_WAIT") if wait else 0)
        return self._begin(lib.begin_kill, byref(given), timeout=timeout, keep=given)

    def kill(self, *, only_claim: str | None = None, grace: Seconds | None = None, wait: bool = False,
             timeout: Seconds | None = None, cancel: Cancel | None = None) -> None:
        """Deletes the driver, and with it all that it owns. Killing what is gone is success; a later pod of the same name is never
        touched.

        ``only_claim`` kills only if that is the run's claim still, else :class:`AlreadyExists`. ``grace`` replaces the pod's own
        period, 0: at once. ``wait`` returns when the driver is gone, not when it is asked to go.
        """
        self._kill(only_claim, grace, wait, timeout).run(cancel)

    async def kill_async(self, *, only_claim: str | None = None, grace: Seconds | None = None, wait: bool = False,
                         timeout: Seconds | None = None) -> None:
        """:meth:`kill` for asyncio."""
        await self._kill(only_claim, grace, wait, timeout).run_async()

    # ---- why, and what is different

    def explain(self, *, timeout: Seconds | None = None, cancel: Cancel | None = None) -> Diagnosis:
        """Why it failed, is stuck or slow, and what to do."""
        found: Diagnosis = self._begin(lib.begin_run_explain, timeout=timeout, take=take_operation_diagnosis).run(cancel)
        return found

    async def explain_async(self, *, timeout: Seconds | None = None) -> Diagnosis:
        """:meth:`explain` for asyncio."""
        found: Diagnosis = await self._begin(lib.begin_run_explain, timeout=timeout, take=take_operation_diagnosis).run_async()
        return found

    def _diff(self, manifest: Manifest, timeout: Seconds | None) -> Operation:
        return self._begin(lib.begin_diff, manifest._handle, timeout=timeout, take=_take_differences, keep=manifest)

    def diff(self, manifest: Manifest, *, timeout: Seconds | None = None, cancel: Cancel | None = None) -> list[Difference]:
        """Where it (left) differs from what a submission of the manifest (right) would make."""
        found: list[Difference] = self._diff(manifest, timeout).run(cancel)
        return found

    async def diff_async(self, manifest: Manifest, *, timeout: Seconds | None = None) -> list[Difference]:
        """:meth:`diff` for asyncio."""
        found: list[Difference] = await self._diff(manifest, timeout).run_async()
        return found
