# SPDX-License-Identifier: Apache-2.0
"""What a task makes of the end of its run: success with a value, or one of Airflow's exceptions."""

from __future__ import annotations

import json
from typing import Any, Iterable

from sparkk8s import Cause, Diagnosis

from .compat import AirflowException, AirflowFailException

# What ended it was not the application: the same submission may well succeed.
INFRASTRUCTURE = frozenset({Cause.EVICTED, Cause.PREEMPTED, Cause.NODE_LOST, Cause.DELETED, Cause.UNSCHEDULABLE, Cause.QUOTA})
# Not by itself.
_POINTLESS = frozenset({Cause.CONFIG, Cause.IMAGE})


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


def failure(what: str, cause: Cause, retry_on: frozenset[Cause], automatic: bool, diagnosis: Diagnosis | None) -> Exception:
    """The exception for a run that has failed: one that Airflow retries, or not. `automatic`: nobody has said on which causes."""
    again = cause in retry_on or (automatic and diagnosis is not None and diagnosis.retriable)
    text = f"{what}\n{diagnosis}" if diagnosis is not None else what
    exception: Exception = (AirflowException if again else AirflowFailException)(text)
    return exception


def value(message: str) -> Any:
    """What the application has left in /dev/termination-log: JSON, or else text; None if nothing."""
    if not message.strip():
        return None
    try:
        return json.loads(message)
    except ValueError:
        return message
