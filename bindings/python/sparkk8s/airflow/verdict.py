# SPDX-License-Identifier: Apache-2.0
"""What a task makes of the end of its run: success with a value, or one of Airflow's exceptions."""

from __future__ import annotations

import json
from typing import Any, Iterable

from sparkk8s import AuthError, Cause, Diagnosis

from .compat import AirflowException, AirflowFailException

# What ended it was not the application: the same submission may well succeed.
INFRASTRUCTURE = frozenset({Cause.EVICTED, Cause.PREEMPTED, Cause.NODE_LOST, Cause.DELETED, Cause.UNSCHEDULABLE, Cause.QUOTA})
# Not by itself.
_POINTLESS = frozenset({Cause.CONFIG, Cause.IMAGE})


class SparkRunFailed(AirflowException):
    """A run has failed. What callbacks and a retry_policy can go by is in its fields."""

    run_id: str = ""
    cause: Cause = Cause.NONE
    exit_code: int | None = None


class SparkRunFailedForGood(SparkRunFailed, AirflowFailException):
    """The same, and Airflow does not try again."""


def causes(retry_on: Iterable[str | Cause] | str | None) -> frozenset[Cause]:
    """The causes after which Airflow may try again. None: all but those of which the next try would end alike."""
    if retry_on is None:
        return frozenset(Cause) - _POINTLESS
    names: list[str | Cause] = [retry_on] if isinstance(retry_on, str) else list(retry_on)
    found: set[Cause] = set()
    for name in names:
        if isinstance(name, Cause):
            found.add(name)
        elif name.lower() == "infrastructure":
            found |= INFRASTRUCTURE
        elif name.lower() == "all":
            found |= set(Cause)
        elif name.lower() != "none" and name.upper() in Cause.__members__:
            found.add(Cause[name.upper()])
        elif name.lower() != "none":
            raise ValueError(f"retry_on: there is no cause {name!r}; there are: infrastructure, all, none, {', '.join(c.name for c in Cause)}")
    return frozenset(found)


def failure(run_id: str, state: Any, cause: Cause, exit_code: int | None, diagnosis: Diagnosis | None, again: bool) -> SparkRunFailed:
    """The exception for a run that has failed: one that Airflow retries, or not."""
    code = "" if exit_code is None else f", exit code {exit_code}"
    what = f"{run_id}: {state}, {cause}{code}"
    error = (SparkRunFailed if again else SparkRunFailedForGood)(f"{what}\n{diagnosis}" if diagnosis is not None else what)
    error.run_id, error.cause, error.exit_code = run_id, cause, exit_code
    return error


def refusal(error: Exception, retry_on: frozenset[Cause]) -> Exception:
    """The exception for a submission that was refused, here or by the API server: what, where, and what to try. Airflow tries again if
    that may help, as when the server does not answer or a token has expired; else only who retries after CONFIG."""
    again = getattr(error, "retriable", False) or isinstance(error, AuthError) or Cause.CONFIG in retry_on
    hint = getattr(error, "hint", "")
    made: Exception = (AirflowException if again else AirflowFailException)(f"not submitted: {error}" + (f"\nhint: {hint}" if hint else ""))
    return made


def value(message: str) -> Any:
    """What the application has left in /dev/termination-log: JSON, or else text; None if nothing."""
    if not message.strip():
        return None
    try:
        return json.loads(message)
    except ValueError:
        return message
