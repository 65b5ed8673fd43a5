# SPDX-License-Identifier: Apache-2.0
"""Ending a wait from elsewhere."""

from __future__ import annotations

import os

from ._record import Unique


class Cancel(Unique):
    """Ends waits from elsewhere: give it to a call, and ``trigger()`` it from another thread or a signal handler.

    It stays triggered until ``reset()``. After ``fork()`` parent and child each have their own.
    """

    def __init__(self) -> None:
        self._triggered = False
        self._pipe: tuple[int, ...] = ()
        self._pid = 0
        self._ends()

    def __del__(self) -> None:
        for end in getattr(self, "_pipe", ()):
            os.close(end)

    def _ends(self) -> tuple[int, ...]:
        """To read and to write. A pipe that was made before fork() is the parent's."""
        if self._pid != os.getpid():
            old, self._pipe, self._pid = self._pipe, os.pipe(), os.getpid()
            for end in old:
                os.close(end)
            for end in self._pipe:
                os.set_blocking(end, False)
            if self._triggered:
                self.trigger()
        return self._pipe

    def fileno(self) -> int:
        """Readable once it is triggered."""
        return self._ends()[0]

    def trigger(self) -> None:
        """Ends the calls that have it, now and later."""
        self._triggered = True
        try:
            os.write(self._ends()[1], b"x")
        except BlockingIOError:
            pass        # thousands of times already

    def reset(self) -> None:
        """As if it had never been triggered."""
        self._triggered = False
        try:
            while os.read(self._ends()[0], 4096):
                pass
        except BlockingIOError:
            pass

    @property
    def is_triggered(self) -> bool:
        """Whether it is."""
        return self._triggered
