# SPDX-License-Identifier: Apache-2.0
"""Logs, line by line."""

from __future__ import annotations

from ._enums import LogKind
from ._ffi import AGAIN, END, byref, data_at, encode, flags, lib, pointer, size_t, struct, text
from ._record import Record, moment
from ._stream import ENDED, Stream

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime
    from typing import Any


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
    def time(self) -> datetime | None:
        """When it was written, to the microsecond."""
        return moment(self.time_ns / 1e6)

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
            return ENDED
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


def logs_opts(follow: bool, position: str | None, tail_lines: int, pod: str | None, container: str | None, previous: bool,
              executors: bool, driver: bool, max_streams: int) -> Any:
    """The library's struct."""
    wanted = flags("LOGS", follow=follow, previous=previous, executors=executors, driver=driver)
    return struct("logs_opts", pod=encode(pod), container=encode(container), position=encode(position) or None, tail_lines=tail_lines,
                  flags=wanted, max_streams=max_streams)
