# SPDX-License-Identifier: Apache-2.0
"""Streams of many runs, and what they consist of."""

from __future__ import annotations

from ._enums import GcReason
from ._errors import error_from
from ._ffi import AGAIN, byref, const, lib, pointer, text
from ._record import Record, moment
from ._status import take_status
from ._stream import ENDED, Stream, next_status

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime
    from typing import Any

    from ._cancel import Cancel
    from ._core import Core
    from ._errors import SparkK8sError
    from ._status import Status


class StatusList(Stream["Status"]):
    """The runs as they are, oldest first: from :meth:`Client.list`."""

    _free = lib.list_free

    def _fetch(self, handle: Any) -> Any:
        value = next_status(self._core, lib.list_next, handle)
        if value is ENDED:
            while True:
                name = lib.list_missing(handle, len(self._missing))
                if name is None:
                    break
                self._missing.append(text(name))
        return value

    def __init__(self, core: Core, handle: Any, cancel: Cancel | None = None) -> None:
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
        return next_status(self._core, lib.watch_next, handle)


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
            return AGAIN if code == AGAIN else ENDED
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

    @property
    def since(self) -> datetime | None:
        """``since_ms`` as a time."""
        return moment(self.since_ms)


class Leftovers(Stream[Leftover]):
    """What :meth:`Client.gc` finds."""

    _free = lib.gc_free

    def _fetch(self, handle: Any) -> Any:
        out, failure = pointer(), pointer()
        code = self._core.call(lib.gc_next, handle, None, byref(out), byref(failure))
        if code != 0:
            return AGAIN if code == AGAIN else ENDED
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

    def __init__(self, core: Core, handle: Any, cancel: Cancel | None = None) -> None:
        super().__init__(core, handle, cancel)
        self._counts: tuple[int, ...] = (0, 0, 0)
        self._latest: dict[str, Status] = {}

    def _fetch(self, handle: Any) -> Any:
        value = next_status(self._core, lib.wait_next, handle)
        if value is ENDED:
            self._counts = tuple(lib.wait_count(handle, const("WAIT_" + what)) for what in ("PENDING", "REACHED", "MISSED"))
        elif value is not AGAIN:
            self._latest[value.run_id] = value
        return value

    def waited(self) -> Waited:
        """The outcome."""
        return Waited._make(tuple(self._latest.values()), *self._counts)
