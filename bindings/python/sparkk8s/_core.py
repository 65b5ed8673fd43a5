# SPDX-License-Identifier: Apache-2.0
"""Waiting, in one place. What a client and everything opened from it share.

No call of the library ever blocks here: it is asked what there is, and the wait for more is a poll() of the client's
descriptor, in Python. So signals are handled at once, other threads run, and asyncio needs no thread. A wake-up is for
whom ``sparkk8s_client_next`` says: a thousand waiting tasks cost nothing while one of them gets on.
"""

from __future__ import annotations

import _thread
import os
import select
from collections import deque
from contextvars import Context
from time import monotonic

from ._cancel import Cancel
from ._errors import Canceled, ClosedError, ForkError, InUseError, SparkK8sError, Timeout, check, error_from
from ._ffi import AGAIN, byref, lib, pointer, struct, text
from ._record import Unique

TYPE_CHECKING = False
if TYPE_CHECKING:
    import asyncio
    from datetime import timedelta
    from typing import Any, Callable, Optional, TypeVar, Union

    from ._log import LogState

    O = TypeVar("O", bound="Owned")
    Seconds = Union[float, timedelta]

_SLICE_MS = 50      # outside the main thread, where no signal ends a poll(): how soon an exception set from elsewhere is seen
_TOLD = 32          # in one go
_INT32_MAX = 2**31 - 1
_AGE_MAX = 2**53


def seconds(value: Seconds | None) -> float | None:
    """A time limit in seconds; None for none given."""
    if value is None:
        return None
    total = value if isinstance(value, (int, float)) else value.total_seconds()
    if not total >= 0:
        raise ValueError(f"a time limit cannot be {value!r}")
    return float(total)


def time_limit(value: Seconds | None) -> float | None:
    """The same, of a wait: one without end is none."""
    total = seconds(value)
    return None if total is None or total == float("inf") else total


def milliseconds(value: Seconds | None) -> int:
    """Of a time limit for the library: 0 is its default, -1 no limit (``float("inf")``, and what is longer than it can count)."""
    total = seconds(value)
    if total is None:
        return 0
    return -1 if total * 1000 > _INT32_MAX else max(1, int(total * 1000))


def age_ms(value: Seconds | None) -> int:
    """Of an age for the library: 0 is any."""
    total = seconds(value)
    return 0 if total is None else max(1, int(min(total * 1000, _AGE_MAX)))


class Core:
    """A client of the library, its lock, and who waits for what."""

    def __init__(self, handle: Any, callback: Any, log: LogState) -> None:
        self.handle = handle
        self.callback = callback                    # the library calls it: alive as long as this
        self.log = log
        self.fd: int = lib.client_fd(handle)
        self.pid: int = os.getpid()
        self.lock: Any = getattr(_thread, "RLock")()       # threading's, without importing that
        self.trash: deque[tuple[Any, Callable[[Any], None], Any]] = deque()
        self.closed: bool = False
        self.user: Optional[int] = None             # the thread that waits
        self.loop_user: Optional[int] = None        # the thread whose loop waits
        self.waiters: dict[int, asyncio.Future[None]] = {}
        self.early: set[int] = set()                # what was told, and nobody waited for
        self.loop: Optional[asyncio.AbstractEventLoop] = None

    # ---- who may, and what is left

    def check(self) -> None:
        """Raises unless this process and this thread may use the client now."""
        if self.pid != os.getpid():
            raise ForkError(f"this client was made before fork(), by process {self.pid}", hint="make a client in each process")
        if self.closed:
            raise ClosedError("the client is closed")
        if self.loop is not None and self.loop.is_closed():
            self._leave_loop()
        me = _thread.get_ident()
        if (self.user or me) != me or (self.loop_user or me) != me:
            raise InUseError("another thread is using this client", hint="a client belongs to one thread at a time: make one for each")
        if self.log.is_inside():
            raise InUseError("the client was used from inside its own log handler")

    def call(self, function: Any, *arguments: Any) -> int:
        """One call that does not block; raises its error."""
        self.check()
        with self.lock:
            self.check()        # of two threads that come at once one may have closed it
            self.log.pass_on()
            self.sweep()
            return check(function, *arguments)

    def call_void(self, function: Any, *arguments: Any) -> Any:
        """The same of a function that cannot fail."""
        self.check()
        with self.lock:
            self.check()
            return function(*arguments)

    def discard(self, handle: Any, free: Callable[[Any], None], keep: Any = None) -> None:
        """Frees it, now if that can be: garbage may be collected in any thread, and in the midst of a call. What it borrows is
        kept so long."""
        if self.pid != os.getpid():
            return              # the parent's
        self.trash.append((handle, free, keep))
        me = _thread.get_ident()
        if (self.user or me) != me or (self.loop_user or me) != me or self.log.is_inside() or not self.lock.acquire(False):
            return
        try:
            self.sweep()
        finally:
            self.lock.release()

    def sweep(self) -> None:
        """Frees what was discarded."""
        while self.trash:
            try:
                handle, free, _ = self.trash.popleft()
            except IndexError:
                return
            free(handle)

    def close(self) -> None:
        """The end of the client. What was opened from it is of no use any more."""
        if self.closed:
            return
        if self.pid != os.getpid():
            self.closed = True          # the connections, and the loop, are the parent's
            return
        self.check()
        self.closed = True
        error = ClosedError("the client was closed")
        for waiter in list(self.waiters.values()):
            if not waiter.done():
                waiter.set_exception(error)
        self._leave_loop()
        self.discard(self.handle, lib.client_free)

    def __del__(self) -> None:
        if not hasattr(self, "closed") or os is None or self.pid != os.getpid():
            return
        self.sweep()
        if not self.closed:
            server = text(lib.client_server(self.handle))
            lib.client_free(self.handle)
            warn_unclosed(f"unclosed client of {server}", self)

    # ---- waiting

    def pump(self) -> None:
        """Moves everything forward once, and wakes those for whom there is something: not too many in one go, for an event loop has
        others, too, and the descriptor stays readable for the rest."""
        told = pointer()
        error = pointer()
        with self.lock:
            self.sweep()
            for _ in range(_TOLD):
                code = lib.client_next(self.handle, None, byref(told), byref(error))
                if code < 0:
                    failure = error_from(code, error)
                    for waiter in list(self.waiters.values()):
                        if not waiter.done():
                            waiter.set_exception(failure)
                    break
                if code == AGAIN:
                    break
                self._wake(told.value or 0)
        self.log.pass_on()

    def _wake(self, key: int) -> None:
        future = self.waiters.get(key)
        if future is None:
            self.early.add(key)
        elif not future.done():
            future.set_result(None)

    def wake(self, key: int) -> None:
        """Who waits for this, which is closed, in asyncio looks at it again."""
        self.early.discard(key)
        if key in self.waiters and self.loop is not None and not self.loop.is_closed() and self.pid == os.getpid():
            if self.loop_user == _thread.get_ident():
                self._wake(key)
            else:
                self.loop.call_soon_threadsafe(self._wake, key)

    def block(self, attempt: Callable[[], Any], deadline: float | None = None, cancel: Cancel | None = None) -> Any:
        """Calls ``attempt`` until it does not return AGAIN, and polls in between."""
        if cancel is not None and cancel.is_triggered:
            raise Canceled("canceled")
        value = attempt()
        if value is not AGAIN:
            return value
        poll = select.poll()
        poll.register(self.fd, select.POLLIN)
        if cancel is not None:
            poll.register(cancel.fileno(), select.POLLIN)
        with self.lock:         # of two threads that come at once one is refused
            self.check()
            before, self.user = self.user, _thread.get_ident()
        try:
            while value is AGAIN:
                left = None if deadline is None else max(0.0, deadline - monotonic())
                ready = poll.poll(_poll_ms(left))
                if cancel is not None and any(fd != self.fd for fd, _ in ready):
                    raise Canceled("canceled")
                self.pump()
                value = attempt()
                if value is AGAIN and left == 0:
                    raise Timeout("nothing arrived within the time limit", retriable=True)
            return value
        finally:
            self.user = before

    async def wait(self, attempt: Callable[[], Any], key: int, begun: bool = False) -> Any:
        """The same in asyncio: what ``key`` is the address of is told by ``pump``. What has just ``begun`` is not asked before: each
        question looks at all that is under way."""
        if begun:
            await self._told(key)
        while True:
            value = attempt()
            if value is not AGAIN:
                return value
            await self._told(key)

    async def _told(self, key: int) -> None:
        import asyncio

        loop = asyncio.get_running_loop()
        with self.lock:
            self.check()
            if key in self.early:
                self.early.remove(key)
                return
            before = self.waiters.get(key)          # done: of something that was closed, whose address is another's now
            if before is not None and not before.done():
                raise InUseError("another task is waiting for the same thing")
            if self.loop is not None and self.loop is not loop:
                raise InUseError("another event loop is using this client")
            future = loop.create_future()
            if self.loop is None:
                Context().run(loop.add_reader, self.fd, self.pump)     # what is logged there is nobody's, not of the first who waited
                self.loop, self.loop_user = loop, _thread.get_ident()
            self.waiters[key] = future
        try:
            await future
        finally:
            if self.waiters.get(key) is future:         # else the loop was closed under it
                del self.waiters[key]
                if not self.waiters:
                    self._leave_loop()

    def _leave_loop(self) -> None:
        """Nobody waits: the loop no longer keeps the client, and another thread may have it. A closed loop's tasks wait in vain."""
        loop, self.loop, self.loop_user = self.loop, None, None
        self.waiters.clear()
        if loop is not None and not loop.is_closed() and self.pid == os.getpid():       # its epoll is shared with a child
            loop.remove_reader(self.fd)


def warn_unclosed(what: str, source: object) -> None:
    """A ResourceWarning, which Python shows where it is asked to (``python -X dev``)."""
    try:
        import warnings

        warnings.warn(what, ResourceWarning, stacklevel=2, source=source)
    except ImportError:
        pass        # the interpreter ends


def _is_main_thread() -> bool:
    import sys

    threading = sys.modules.get("threading")
    return threading is None or threading.current_thread() is threading.main_thread()


def _poll_ms(left: float | None) -> float | None:
    """In the main thread a signal ends poll(); elsewhere it is cut into slices."""
    if left is None:
        return None if _is_main_thread() else _SLICE_MS
    return min(left * 1000 + 1 if left else 0, _INT32_MAX if _is_main_thread() else _SLICE_MS)


class Owned(Unique):
    """Base of what was opened from a client: the handle of the library, freed with this object or by ``close()``."""

    _free: Callable[[Any], None]
    _keep: Any = None               # what the library borrows meanwhile

    def __init__(self, core: Core, handle: Any) -> None:
        self._core = core
        self._handle: Any = handle

    @classmethod
    def _opened(cls: type[O], core: Core, function: Any, *arguments: Any, **more: Any) -> O:
        """By a function of the library that has it as its result. Whatever interrupts this, it is freed."""
        made = cls(core, pointer(), **more)
        core.call(function, *arguments, byref(made._handle))
        return made

    def close(self) -> None:
        """Releases what it holds; using it afterwards raises :class:`ClosedError`."""
        handle, self._handle = self._handle, None
        if handle:
            self._core.discard(handle, self._free, self._keep)
            self._core.wake(handle.value)

    def __del__(self) -> None:
        if getattr(self, "_handle", None):
            self.close()

    def _open_handle(self) -> Any:
        if self._handle is None:
            raise ClosedError(f"this {type(self).__name__} is closed")
        return self._handle


class Operation(Owned):
    """A call that is under way."""

    _free = lib.operation_free

    def __init__(self, core: Core, begin: Any, *arguments: Any, timeout: Seconds | None = None,
                 take: Callable[[Any], Any] | None = None, keep: Any = None, undo: Callable[[Any], Optional[Operation]] | None = None) -> None:
        super().__init__(core, pointer())
        self._take = take
        self._keep = keep
        self._undo = undo               # it must not be left half done: what undoes that which came out after all
        self._result: Any = AGAIN
        core.call(begin, *arguments, byref(struct("call", timeout_ms=milliseconds(timeout))), byref(self._handle))

    def _attempt(self) -> Any:
        if self._result is AGAIN:
            handle = self._open_handle()
            try:
                if self._core.call(lib.operation_finish, handle, None) == AGAIN:
                    return AGAIN
            except SparkK8sError:
                self._undo = None       # it has failed, and left nothing
                raise
            self._result = None if self._take is None else self._take(handle)
        return self._result

    def run(self, cancel: Cancel | None = None) -> Any:
        """Waits for it."""
        try:
            return self._core.block(self._attempt, cancel=cancel)
        except BaseException:           # a signal handler may raise anything
            if self._undo is not None:
                self._give_up(self._undo)
            raise
        finally:
            self.close()

    def _give_up(self, undo: Callable[[Any], Optional[Operation]]) -> None:
        """What it has created is removed before the interruption goes on; a second one does not wait for that."""
        try:
            self._core.call_void(lib.operation_cancel, self._open_handle())
            late = undo(self._core.block(self._attempt))
            if late is not None:
                late.run()
        except SparkK8sError:
            pass        # that it was canceled, mostly; the interruption is what counts

    async def run_async(self) -> Any:
        """Waits for it in asyncio; a task that is canceled cancels it."""
        import asyncio

        try:
            return await self._core.wait(self._attempt, self._handle.value, begun=True)
        except asyncio.CancelledError:
            if self._undo is not None and not self._core.closed:
                await self._give_up_async(self._undo)
            raise
        finally:
            self.close()

    async def _give_up_async(self, undo: Callable[[Any], Optional[Operation]]) -> None:
        try:
            self._core.call_void(lib.operation_cancel, self._open_handle())
            late = undo(await self._core.wait(self._attempt, self._handle.value))
            if late is not None:
                await late.run_async()
        except SparkK8sError:
            pass
