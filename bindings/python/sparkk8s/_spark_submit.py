# SPDX-License-Identifier: Apache-2.0
"""spark-submit, word for word. The one function of the library that blocks: it has a thread of its own here, so that a signal
is handled at once, and what it prints is handed on in the caller's."""

from __future__ import annotations

import _thread
import os
import select
from collections import deque

from ._app import environment
from ._errors import Canceled, check
from ._ffi import address_of, byref, int32, lib, listed, log_function, strings, struct, text
from ._record import Unique

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Iterable, Mapping

    from ._cancel import Cancel

_SLICE_MS = 50          # a signal that the other thread gets ends no poll() of this one


class _Submission(Unique):
    """One call. The thread keeps it alive."""

    def __init__(self, argv: Iterable[str], env: Mapping[str, str] | None) -> None:
        self.lines: deque[str] = deque()
        self.outcome: Any = None            # an exit code or an exception
        self._canceler = lib.cancel_new()
        self._pipe = os.pipe()
        self._argv = listed(argv, "an argument")
        self._arguments = strings(self._argv, "an argument"), environment(env)

    def __del__(self) -> None:
        lib.cancel_free(getattr(self, "_canceler", None))
        for end in getattr(self, "_pipe", ()):
            os.close(end)

    def fileno(self) -> int:
        """Readable when there are lines, or the outcome."""
        return self._pipe[0]

    def run(self) -> None:
        """In the thread."""
        code = int32()

        def take(level: int, topic: bytes | None, message: bytes | None, _: Any) -> None:
            self._tell(text(message) if not level else f"{text(topic)}: {text(message)}")

        callback = log_function(take)
        given = struct("spark_submit_opts", print=address_of(callback), cancel=self._canceler)
        try:
            check(lib.spark_submit, len(self._argv), *self._arguments, byref(given), byref(code))
            self.outcome = code.value
        except BaseException as error:
            self.outcome = error
        self._tell(None)

    def _tell(self, line: str | None) -> None:
        if line is not None:
            self.lines.append(line)
        os.write(self._pipe[1], b"x")

    def wait(self, print: Callable[[str], object] | None, cancel: Cancel | None) -> None:
        """Until it is over, or the cancellation."""
        poll = select.poll()
        for each in (self, cancel) if cancel is not None else (self,):
            poll.register(each.fileno(), select.POLLIN)
        while self.outcome is None or self.lines:
            ready = [fd for fd, _ in poll.poll(_SLICE_MS)]
            if self.fileno() in ready:
                os.read(self.fileno(), 4096)
            while self.lines:
                line = self.lines.popleft()
                if print is not None:
                    print(line)
            if cancel is not None and cancel.fileno() in ready:
                raise Canceled("canceled")

    def give_up(self) -> None:
        """Ends it; the driver, if there is one, goes on."""
        lib.cancel_trigger(self._canceler)
        while self.outcome is None:
            if select.select([self], [], [], _SLICE_MS / 1000)[0]:
                os.read(self.fileno(), 4096)


def spark_submit(argv: Iterable[str], *, env: Mapping[str, str] | None = None, print: Callable[[str], object] | None = None,
                 cancel: Cancel | None = None) -> int:
    """All that spark-submit does on Kubernetes in cluster mode, with its arguments, messages and exit codes; returns the exit code.

    ``env`` is the environment as a mapping, ``print`` gets what spark-submit writes to stderr, line by line. An interruption ends
    the waiting, not a driver that has been submitted.
    """
    submission = _Submission(argv, env)
    _thread.start_new_thread(submission.run, ())
    try:
        submission.wait(print, cancel)
    except BaseException:
        submission.give_up()
        raise
    if isinstance(submission.outcome, BaseException):
        raise submission.outcome
    code: int = submission.outcome
    return code
