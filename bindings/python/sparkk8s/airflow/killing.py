# SPDX-License-Identifier: Apache-2.0
"""Kills, and what nobody was told to kill.

A kill names the claim of the try that it is for, so that the library refuses it when another try has the driver by now. Airflow tells
only a trigger that runs that its task was killed: one that has not begun yet, or whose triggerer is down at that moment, is never
told, nor is there anybody to tell when a worker has died in a task's last try. So whoever watches a namespace looks after the others' drivers
there, too: one whose task is over, by Airflow's own word, is killed.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, Awaitable, Callable, TypeVar

from sparkk8s import AlreadyExists, AuthError, Client, NotFound, SparkK8sError, State

from .compat import AirflowNotFoundException, run_of_task, task_states
from .identity import Owner

if TYPE_CHECKING:
    from .hub import Feed

T = TypeVar("T")
log = logging.getLogger(__name__)

PATIENCE = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0)      # between attempts of what must not be forgotten
CARE_SECONDS = (10.0, 60.0)     # before the first look at the drivers of a namespace, and between two
OVER = frozenset({"success", "failed", "skipped", "upstream_failed", "removed"})


async def patiently(what: Callable[[], Awaitable[T]], said: Callable[..., Any], name: str) -> T:
    """Does it again while it fails, unless it would fail for ever. What has expired may be new by then, in the connection."""
    for pause in PATIENCE:
        try:
            return await what()
        except Exception as error:
            lasting = isinstance(error, SparkK8sError) and not error.retriable and not isinstance(error, AuthError)
            if lasting or isinstance(error, AirflowNotFoundException):
                raise
            said("%s, which is tried again: %s", name, error)
        await asyncio.sleep(pause)
    return await what()


async def kill(client: Client, run_id: str, claim: str, said: Callable[..., Any], unless_started: bool = False) -> bool:
    """False: it was left alone, for it has started."""
    try:
        with await client.open_async(run_id) as run:
            status = await run.status_async()
            if status.is_final:
                return True
            if unless_started and status.state is not State.PENDING:
                return False
            await run.kill_async(only_claim=claim)
            said("%s: killed", run_id)
    except NotFound:
        pass
    except AlreadyExists:
        said("%s: not killed, for somebody else has claimed it", run_id)
    return True


async def _look_after(feed: Feed) -> None:
    others = {status.run_id: owner for status in list(feed.latest.values())
              if status.run_id not in feed.waiting and (owner := Owner.of(status.claim)) is not None}
    states = await task_states(list(others.values()))
    for run_id, owner in others.items():
        # Another Airflow may have a task of this name, too; but its driver has another name.
        if states.get(owner) in OVER and await run_of_task(owner) == run_id and run_id not in feed.waiting:
            await kill(feed.client, run_id, owner.claim, log.info)
            log.warning("%s ran although its task %s is over (%s)", run_id, owner.claim, states[owner])


async def look_after(feed: Feed) -> None:
    """As long as the namespace is watched."""
    pause, often = CARE_SECONDS
    while True:
        await asyncio.sleep(pause)
        pause = often
        try:
            await _look_after(feed)
        except Exception as error:
            log.warning("drivers without a task in namespace %s were not looked for: %s", feed.namespace, error)
