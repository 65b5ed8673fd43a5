# SPDX-License-Identifier: Apache-2.0
"""Waits for the end of a run in the triggerer, and copies its driver's log into the task's log meanwhile.

Airflow calls on_kill (below 3.3 only cleanup) for triggers that users have killed, but also for such as have moved to another
triggerer, and after a cleared task's next try has begun. So a kill has to be proven: by the state of the task, which is not "deferred"
any more, and by the claim on the driver, which is still that of this try; the library kills only then.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import Any, AsyncIterator, Awaitable, Callable

from sparkk8s import Client, NotFound, Run, SparkK8sError, State, Status

from .compat import HAS_ON_KILL, BaseTrigger, TriggerEvent, load_place, save_place, task_state
from .driverlog import DriverLog
from .hub import Cluster, Feed, Hub
from .killing import kill, patiently
from .places import Place

SIGHT_SECONDS = 15.0            # as long may pass until the shared watch has told of a run; then it is asked for
SILENCE_SECONDS = 10.0          # of a log; or else the triggerer was frozen, and another one may have its triggers by now
LAG_SECONDS = 60.0              # as long a log may go on behind the end of a driver that is gone
SETTLE_SECONDS = 10.0           # until the last line is in the log's file; the event would overtake it: Airflow then leaves the line out
FIRST_SECONDS = 0.02            # between two looks at the files; then twice as much, and so on
BLIND_SECONDS = 2.0             # the same where no file can be seen
KEEP_SECONDS = 2.0              # for the place in the log to be kept, at the end: a triggerer that is stopped gives no answers any more
MOVE_SECONDS = 5.0              # a task that is "deferred" now, and then, has not been killed
EARLY_SECONDS = 8.0             # no event before: a scheduler that hears of the worker's end only then takes the resumed task for dead
WAIT_SECONDS = 20.0             # as long Airflow is kept waiting for a kill, which goes on behind it
NOT_KILLED = ("deferred", "up_for_retry")       # here or elsewhere; the next try goes on with the driver


class _Late(Exception):
    """A time limit is over."""


class SparkRunTrigger(BaseTrigger):
    """Fires when a run has ended.

    :param run_id: "<namespace>:<driver pod>"
    :param claim: what this try has claimed the run with; it kills only under this. None: never.
    :param sparkk8s_conn_id: as of the hook
    :param get_logs: copy the driver's log
    :param deadline: Unix time; then the driver is killed, and the event says "timeout"
    :param startup_deadline: the same for a driver that has not started
    :param tested: it runs within ``airflow dags test``; a triggerer that finds it in the database, too, is soon told to give it up
    """

    def __init__(self, run_id: str, claim: str | None = None, sparkk8s_conn_id: str | None = None, get_logs: bool = True,
                 deadline: float | None = None, startup_deadline: float | None = None, tested: bool = False) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.run_id = run_id
        self.claim = claim
        self.sparkk8s_conn_id = sparkk8s_conn_id
        self.get_logs = get_logs
        self.deadline = deadline
        self.startup_deadline = startup_deadline
        self.tested = tested
        self._fired = False
        self._killed = False
        self._told = ""
        self._driver: DriverLog

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """What it is made of elsewhere."""
        return f"{type(self).__module__}.{type(self).__qualname__}", {
            "run_id": self.run_id, "claim": self.claim, "sparkk8s_conn_id": self.sparkk8s_conn_id, "get_logs": self.get_logs,
            "deadline": self.deadline, "startup_deadline": self.startup_deadline, "tested": self.tested}

    # ---- waiting

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """One event: {"status": "ended", "timeout" or "error", "run_id", "place", ...}."""
        self._driver = DriverLog(self.log, self.run_id, getattr(self, "task_instance", None))
        early = time.monotonic() + EARLY_SECONDS
        event = await self._event()
        await asyncio.sleep(max(0.0, early - time.monotonic()))
        self._fired = True
        place = list(self._driver.place) if self._driver.is_found else None
        yield TriggerEvent({"run_id": self.run_id, "place": place, **event})  # type: ignore[no-untyped-call]

    async def _event(self) -> dict[str, Any]:
        """What cannot be watched is tried again here: a second trigger of the same try would overwrite the log of the first one."""
        try:
            return await patiently(self._watched, self.log.warning, f"{self.run_id} could not be watched")
        except NotFound as error:
            return {"status": "ended", "state": State.LOST.name, "cause": "DELETED", "exit_code": None, "message": str(error), "whole": False}
        except SparkK8sError as error:
            return {"status": "error", "message": str(error), "hint": error.hint}
        except Exception as error:      # of the connection, above all
            return {"status": "error", "message": f"in the triggerer: {error or type(error).__name__}"}

    async def _watched(self) -> dict[str, Any]:
        async with Hub.get().cluster(self.sparkk8s_conn_id) as cluster:
            return await self._wait(cluster)

    async def _wait(self, cluster: Cluster) -> dict[str, Any]:
        namespace = self.run_id.partition(":")[0]
        async with cluster.feed(namespace) as feed:
            copying = asyncio.ensure_future(self._copy_log(cluster.client)) if self.get_logs else None
            try:
                try:
                    status = await self._end(cluster.client, feed)
                except _Late as timeout:
                    return {"status": "timeout", "message": str(timeout)}
                whole = await self._rest_of_log(copying, status)
            finally:
                if copying is not None:
                    copying.cancel()
                    with contextlib.suppress(asyncio.CancelledError, SparkK8sError):
                        await copying
                await self._settle()
            return {"status": "ended", "whole": whole, **status.to_dict()}

    async def _end(self, client: Client, feed: Feed) -> Status:
        status = feed.latest.get(self.run_id)
        while True:
            if status is not None:
                self._tell(status)
                if status.is_final:
                    return status
            until = self._limit(status)
            left = None if until is None else until - time.time()
            if left is not None and left <= 0:
                await self._end_late(client, status)
                status = None           # its start has come, which the watch will tell
                continue
            known = self.run_id in feed.latest
            pause = left if known else SIGHT_SECONDS if left is None else min(left, SIGHT_SECONDS)
            status = await feed.news(self.run_id, pause) or feed.latest.get(self.run_id) or await self._look(client)

    async def _look(self, client: Client) -> Status | None:
        """The watch does not know it: it may have gone before."""
        try:
            with await client.open_async(self.run_id) as run:
                return await run.status_async()
        except SparkK8sError as error:
            if not error.retriable:
                raise
            self.log.warning("%s cannot be asked for now: %s", self.run_id, error)
            return None

    def _limit(self, status: Status | None) -> float | None:
        """Whether it has started is not known before it was seen: it may have, long ago, under another triggerer."""
        limits = [self.deadline, self.startup_deadline if status is not None and status.state is State.PENDING else None]
        return min((limit for limit in limits if limit is not None), default=None)

    async def _end_late(self, client: Client, status: Status | None) -> None:
        """Kills it, unless it is only its start that was late, and has come meanwhile."""
        over = self.deadline is not None and time.time() >= self.deadline
        why = "the time limit of the task is over" if over or status is None else \
            f"the driver has not started in time: {status.cause} {status.message}"
        self.log.warning("%s: %s", self.run_id, why)
        if self.claim is None or await patiently(lambda: self._kill(client, unless_started=not over), self.log.warning, f"{self.run_id} is not killed"):
            raise _Late(why)

    def _tell(self, status: Status) -> None:
        """What has changed, for the task's log."""
        cause = "" if status.cause.name == "NONE" else f", {status.cause}"
        why = f": {status.message}" if status.cause.name != "NONE" and status.message else ""
        told = f"{status.state}{cause}{why}" + (f" ({status.stage})" if status.state is State.PENDING and status.stage else "")
        if told != self._told:
            self._told = told
            self.log.info("%s is %s", self.run_id, told)

    # ---- the log

    async def _copy_log(self, client: Client) -> None:
        """From where the last one to do so has left off, until the log ends."""
        again = False
        while True:
            async with Hub.get().places.place(again) as place:
                if not self._driver.is_found:
                    await self._find_place()
                with await client.open_async(self.run_id) as run:
                    await self._copy_lines(run, place)
            if not place.lost:
                return
            again = True

    async def _copy_lines(self, run: Run, place: Place) -> None:
        """To the end of the log, or of the place."""
        driver, hub = self._driver, Hub.get()
        with run.logs_async(position=driver.place.position or None) as logs:
            driver.read(logs)
            place.used(logs.close)
            heard = time.monotonic()
            async for line in logs:
                if time.monotonic() - heard > SILENCE_SECONDS:
                    await asyncio.to_thread(driver.look_again)
                heard = time.monotonic()
                hub.turns.line()
                driver.write(line)
                hub.keeper.note(self, self._keeps)
                if hub.turns.is_over:
                    await hub.turns.next()

    async def _find_place(self) -> None:
        kept = None
        if self._driver.ti is not None:
            try:
                kept = await load_place(self._driver.ti)
            except Exception as error:
                self.log.warning("where the log was read to is not known: %s", error)
        await asyncio.to_thread(self._driver.find_place, kept)

    async def _rest_of_log(self, copying: asyncio.Task[None] | None, status: Status) -> bool:
        """Whether all of it was copied. The rest is the worker's, whose log is safe from the triggerer's haste; a driver that is gone has
        one only for who is reading it."""
        if copying is None:
            return True
        try:
            if status.state is not State.LOST and not copying.done():
                return False
            await asyncio.wait_for(asyncio.shield(copying), LAG_SECONDS)
            return True
        except (asyncio.TimeoutError, SparkK8sError) as error:
            if not isinstance(error, NotFound):
                self.log.warning("the driver's log could not be copied to its end: %s", error)
            return False

    def _keeps(self) -> Callable[[], Awaitable[None]]:
        """Keeps the place that it has now, later: what was written before is in the file then."""
        kept = self._driver.keep()
        return lambda: self._keep(kept)

    async def _keep(self, kept: dict[str, Any]) -> None:
        if self._driver.ti is None:
            return
        try:
            await save_place(self._driver.ti, kept)
        except Exception as error:
            self.log.warning("where the log was read to could not be kept: %s", error)

    async def _settle(self) -> None:
        """The end of copying, for now: all is in the file, and the place is kept."""
        Hub.get().keeper.forget(self)
        if not self._driver.written:
            return
        began, pause = time.monotonic(), FIRST_SECONDS
        while not (written := await asyncio.to_thread(self._driver.is_written)):
            left = began + (BLIND_SECONDS if written is None else SETTLE_SECONDS) - time.monotonic()
            if left <= 0:
                break
            pause = left if written is None else min(2 * pause, left)       # a thousand runs may end at once
            await asyncio.sleep(pause)
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._keep(self._driver.keep(settled=True)), KEEP_SECONDS)

    # ---- the kill

    async def _kill(self, client: Client, unless_started: bool = False) -> bool:
        return self.claim is None or await kill(client, self.run_id, self.claim, self.log.info, unless_started)

    async def _is_killed(self) -> bool:
        """Whether users, or Airflow in their name, have ended the task: not if it is deferred, here or elsewhere."""
        ti = getattr(self, "task_instance", None)
        if ti is None:
            return False
        if await task_state(ti) not in NOT_KILLED:
            return True
        await asyncio.sleep(MOVE_SECONDS)
        return await task_state(ti) not in NOT_KILLED

    async def _kill_if_proven(self) -> None:
        if not await self._is_killed():
            self.log.info("%s goes on: its task is still deferred", self.run_id)
            return
        async with Hub.get().cluster(self.sparkk8s_conn_id) as cluster:
            await self._kill(cluster.client)

    async def _try_to_kill(self) -> None:
        """As long as it takes: the cluster, or Airflow, may be out of reach just now."""
        try:
            await patiently(self._kill_if_proven, self.log.warning, f"{self.run_id} is not killed")
        except Exception as error:
            self.log.warning("%s: not killed: %s", self.run_id, error)

    async def _maybe_killed(self) -> None:
        if self._fired or self._killed or self.tested or self.claim is None:
            return
        self._killed = True
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(asyncio.shield(Hub.get().keep(self._try_to_kill())), WAIT_SECONDS)

    async def on_kill(self) -> None:
        """Airflow 3.3 and later: somebody may have killed the task."""
        await self._maybe_killed()

    async def cleanup(self) -> None:
        """Before 3.3: the same, and all else, too."""
        if not HAS_ON_KILL:
            await self._maybe_killed()
