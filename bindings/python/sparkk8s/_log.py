# SPDX-License-Identifier: Apache-2.0
"""The library's messages, for the logger "sparkk8s" of logging, which is imported when there is one."""

from __future__ import annotations

import _thread

from ._ffi import const, log_function, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

LOGGER = "sparkk8s"
_LEVELS = {const("LOG_DEBUG"): 10, const("LOG_INFO"): 20, const("LOG_WARN"): 30, const("LOG_ERROR"): 40}


def log_level() -> int:
    """The library's level for what the logger would show now. Who has not imported logging has not configured it."""
    import sys

    logging = sys.modules.get("logging")
    wanted = logging.getLogger(LOGGER).getEffectiveLevel() if logging else 30
    return min((ours for ours, theirs in _LEVELS.items() if theirs >= wanted), default=const("LOG_ERROR"))


class LogState:
    """Whether a handler runs, in the midst of a call, and what came out of it: ctypes would only print that."""

    __slots__ = ("thread", "raised")

    def __init__(self) -> None:
        self.thread: int = 0
        self.raised: list[BaseException] = []

    def is_inside(self) -> bool:
        """Whether this is the handler."""
        return self.thread == _thread.get_ident()

    def pass_on(self) -> None:
        """Raises what a handler, or a signal's in the midst of it, has raised."""
        if self.raised:
            raised, self.raised = self.raised, []
            raise raised[0]


def make_log(state: LogState) -> Any:
    """For the library. It knows the state alone, so that a client is freed with its last reference."""
    def log(level: int, topic: bytes | None, message: bytes | None, _: Any) -> None:
        try:
            state.thread = _thread.get_ident()
            import logging

            logging.getLogger(LOGGER).log(_LEVELS.get(level, 40), "%s: %s", text(topic), text(message))
        except BaseException as error:
            state.raised.append(error)
        finally:
            state.thread = 0

    return log_function(log)
