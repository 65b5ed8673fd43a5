# SPDX-License-Identifier: Apache-2.0
"""The header's constants as enums. A value that a newer library may bring is taken for the enum's first."""

from __future__ import annotations

import enum

from ._ffi import const


class _Stable(enum.IntEnum):
    @classmethod
    def _missing_(cls, value: object) -> _Stable:
        return next(iter(cls))

    def __str__(self) -> str:
        return self.name


class State(_Stable):
    """How a run is."""

    UNKNOWN = const("STATE_UNKNOWN")
    PENDING = const("STATE_PENDING")
    RUNNING = const("STATE_RUNNING")
    TERMINATING = const("STATE_TERMINATING")
    SUCCEEDED = const("STATE_SUCCEEDED")
    FAILED = const("STATE_FAILED")
    LOST = const("STATE_LOST")

    @property
    def is_final(self) -> bool:
        """Whether no other state follows."""
        return self in (State.SUCCEEDED, State.FAILED, State.LOST)


class Cause(_Stable):
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


class LogKind(_Stable):
    """What a record of a log is."""

    LINE = const("LOG_LINE")
    GAP = const("LOG_GAP")
    RESTART = const("LOG_RESTART")
    NOTICE = const("LOG_NOTICE")


class GcReason(_Stable):
    """Why something is a leftover."""

    NONE = 0
    HELD_BACK = const("GC_HELD_BACK")
    ORPHAN = const("GC_ORPHAN")
    UNOWNED = const("GC_UNOWNED")
    EXECUTOR = const("GC_EXECUTOR")
    FINISHED = const("GC_FINISHED")


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
