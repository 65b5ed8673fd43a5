# SPDX-License-Identifier: Apache-2.0
"""What the library says of a run: its status, and why it is so."""

from __future__ import annotations

from ._enums import Cause, State
from ._errors import RunFailed
from ._ffi import lib, text
from ._record import Record, moment

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime
    from typing import Any


class Status(Record):
    """How a run was when somebody looked."""

    __slots__ = ("run_id", "app_id", "app_name", "state", "cause", "stage", "exit_code", "reason", "message", "submitted_ms",
                 "scheduled_ms", "started_ms", "finished_ms", "executors", "claim")

    run_id: str
    """"<namespace>:<driver pod>"."""
    app_id: str
    app_name: str
    state: State
    cause: Cause
    """Why it ended, or why it does not start."""
    stage: str
    """How far it is, for people: "gated", "queued", "scheduled", "pulling", "starting", "running", "ending", "ended", or ""."""
    exit_code: int | None
    """The driver's; None while it is unknown."""
    reason: str
    """Kubernetes' word for it: "OOMKilled", ... or ""."""
    message: str
    submitted_ms: int
    """Unix time in milliseconds; 0: unknown."""
    scheduled_ms: int
    started_ms: int
    finished_ms: int
    executors: dict[State, int] | None
    """How many executors are in a state; those that none is in are left out; None: not known."""
    claim: str
    """Who has claimed the run last (:meth:`Run.claim`), or ""."""

    @property
    def submitted(self) -> datetime | None:
        """When it was submitted."""
        return moment(self.submitted_ms)

    @property
    def scheduled(self) -> datetime | None:
        """When the driver got its node."""
        return moment(self.scheduled_ms)

    @property
    def started(self) -> datetime | None:
        """When the driver started."""
        return moment(self.started_ms)

    @property
    def finished(self) -> datetime | None:
        """When the driver ended."""
        return moment(self.finished_ms)

    @property
    def is_final(self) -> bool:
        """Whether the run has ended."""
        return self.state.is_final

    def raise_for_verdict(self) -> None:
        """Raises :class:`RunFailed` if the run has ended and did not succeed."""
        if self.is_final and self.state is not State.SUCCEEDED:
            raise RunFailed(self)


def _executors(status: Any) -> dict[State, int] | None:
    counts = {state: lib.status_executors(status, state) for state in State}
    return None if min(counts.values()) < 0 else {state: n for state, n in counts.items() if n}


def take_status(status: Any) -> Status:
    """Copies a status of the library and releases it."""
    try:
        code = lib.status_exit_code(status)
        return Status._make(
            text(lib.status_run_id(status)), text(lib.status_app_id(status)), text(lib.status_app_name(status)),
            State(lib.status_state(status)), Cause(lib.status_cause(status)), text(lib.status_stage(status)),
            None if code < 0 else code, text(lib.status_reason(status)), text(lib.status_message(status)),
            lib.status_submitted_ms(status), lib.status_scheduled_ms(status), lib.status_started_ms(status),
            lib.status_finished_ms(status), _executors(status), text(lib.status_claim(status)))
    finally:
        lib.status_free(status)


class Diagnosis(Record):
    """Why a run failed, is stuck or slow; also of one that is well."""

    __slots__ = ("run_id", "state", "cause", "exit_code", "summary", "advice", "retriable", "evidence")

    run_id: str
    state: State
    cause: Cause
    """May be better than a status's, which judges by the driver pod alone."""
    exit_code: int | None
    summary: str
    """One sentence."""
    advice: str
    """What to do, or ""."""
    retriable: bool
    """The same submission may end better; False also if that cannot be known."""
    evidence: tuple[str, ...]
    """One line each, the most telling first."""

    def __str__(self) -> str:
        lines = [self.summary, *([self.advice] if self.advice else []), *(f"  {line}" for line in self.evidence)]
        return "\n".join(lines)


def take_diagnosis(diagnosis: Any) -> Diagnosis:
    """Copies a diagnosis of the library and releases it."""
    try:
        code = lib.diagnosis_exit_code(diagnosis)
        evidence = tuple(text(lib.diagnosis_evidence(diagnosis, i)) for i in range(lib.diagnosis_evidence_count(diagnosis)))
        return Diagnosis._make(
            text(lib.diagnosis_run_id(diagnosis)), State(lib.diagnosis_state(diagnosis)), Cause(lib.diagnosis_cause(diagnosis)),
            None if code < 0 else code, text(lib.diagnosis_summary(diagnosis)), text(lib.diagnosis_advice(diagnosis)),
            bool(lib.diagnosis_is_retriable(diagnosis)), evidence)
    finally:
        lib.diagnosis_free(diagnosis)
