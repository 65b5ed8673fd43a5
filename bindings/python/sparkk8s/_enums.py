# SPDX-License-Identifier: Apache-2.0
"""The header's constants as enums. What a newer library may say besides is a value of the enum, too."""

from __future__ import annotations

import enum

from ._ffi import const, lib, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Iterable


class _Open(enum.IntEnum):
    """Its members, and for any other number one with the library's name for it, else "UNKNOWN_<number>"."""

    @classmethod
    def _missing_(cls, value: object) -> _Open | None:
        if type(value) is not int:
            return None
        name = cls._name_of(value)
        made = int.__new__(cls, value)
        made._name_ = f"UNKNOWN_{value}" if not name or name in cls.__members__ else name
        made._value_ = value
        known: _Open = cls._value2member_map_.setdefault(value, made)  # type: ignore[assignment]
        return known

    @classmethod
    def _name_of(cls, value: int) -> str:
        return ""

    def __str__(self) -> str:
        return self.name


class State(_Open):
    """How a run is. A number that this package does not know is UNKNOWN."""

    UNKNOWN = const("STATE_UNKNOWN")
    PENDING = const("STATE_PENDING")
    RUNNING = const("STATE_RUNNING")
    TERMINATING = const("STATE_TERMINATING")
    SUCCEEDED = const("STATE_SUCCEEDED")
    FAILED = const("STATE_FAILED")
    LOST = const("STATE_LOST")

    @classmethod
    def _missing_(cls, value: object) -> State | None:
        return cls.UNKNOWN if type(value) is int else None

    @property
    def is_final(self) -> bool:
        """Whether no other state follows."""
        return self in (State.SUCCEEDED, State.FAILED, State.LOST)


def state_bits(states: Iterable[State]) -> int:
    """For the library: a bit for each."""
    bits = 0
    for state in states:
        if not isinstance(state, State):
            raise TypeError(f"states are members of State, not {state!r}")
        bits |= 1 << state
    return bits


class Cause(_Open):
    """Why a run ended, or why it does not start."""

    NONE = const("CAUSE_NONE")
    APP = const("CAUSE_APP")
    OOM = const("CAUSE_OOM")
    EVICTED = const("CAUSE_EVICTED")
    PREEMPTED = const("CAUSE_PREEMPTED")
    NODE_LOST = const("CAUSE_NODE_LOST")
    IMAGE = const("CAUSE_IMAGE")
    UNSCHEDULABLE = const("CAUSE_UNSCHEDULABLE")
    CONFIG = const("CAUSE_CONFIG")
    DEADLINE = const("CAUSE_DEADLINE")
    KILLED = const("CAUSE_KILLED")
    DELETED = const("CAUSE_DELETED")
    QUOTA = const("CAUSE_QUOTA")

    @classmethod
    def _name_of(cls, value: int) -> str:
        return text(lib.cause_name(value))


class LogKind(_Open):
    """What a record of a log is."""

    LINE = const("LOG_LINE")
    GAP = const("LOG_GAP")
    RESTART = const("LOG_RESTART")
    NOTICE = const("LOG_NOTICE")


class GcReason(_Open):
    """Why something is a leftover."""

    NONE = 0
    HELD_BACK = const("GC_HELD_BACK")
    ORPHAN = const("GC_ORPHAN")
    UNOWNED = const("GC_UNOWNED")
    EXECUTOR = const("GC_EXECUTOR")
    FINISHED = const("GC_FINISHED")

    @classmethod
    def _name_of(cls, value: int) -> str:
        return text(lib.gc_reason_name(value))


class Role(enum.IntFlag):
    """The pods of an application; ``Role.DRIVER | Role.EXECUTOR`` are both."""

    DRIVER = const("DRIVER")
    EXECUTOR = const("EXECUTOR")


class ErrorCode(enum.IntEnum):
    """The code of an error object."""

    ENOMEM = const("ENOMEM")
    EINVAL = const("EINVAL")
    EPARSE = const("EPARSE")
    ECONF = const("ECONF")
    EIO = const("EIO")
    EAUTH = const("EAUTH")
    EFORBIDDEN = const("EFORBIDDEN")
    ECONNECT = const("ECONNECT")
    ETIMEDOUT = const("ETIMEDOUT")
    ECANCELED = const("ECANCELED")
    ESERVER = const("ESERVER")
    ENOTFOUND = const("ENOTFOUND")
    EEXISTS = const("EEXISTS")
    EUPLOAD = const("EUPLOAD")
    EFORK = const("EFORK")

    def __str__(self) -> str:
        return self.name
