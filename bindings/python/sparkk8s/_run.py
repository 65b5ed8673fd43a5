# SPDX-License-Identifier: Apache-2.0
"""Runs. Each method that waits has a twin for asyncio, ``*_async``."""

from __future__ import annotations

from time import monotonic

from ._app import differences
from ._core import Core, Operation, Owned, seconds, time_limit
from ._enums import State
from ._errors import Timeout
from ._ffi import byref, encode, flags, lib, struct, take_text, text
from ._logs import Logs, logs_opts
from ._many import Watch
from ._status import take_diagnosis, take_status

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from ._app import Difference, Manifest
    from ._cancel import Cancel
    from ._core import Seconds
    from ._status import Diagnosis, Status


def _take_none(_: Any) -> None:
    return None


def _take_status(operation: Any) -> Status:
    return take_status(lib.operation_take_status(operation))


def take_operation_diagnosis(operation: Any) -> Diagnosis:
    """The diagnosis that an operation has found."""
    return take_diagnosis(lib.operation_take_diagnosis(operation))


def _take_differences(operation: Any) -> list[Difference]:
    return differences(take_text(lib.operation_take_text(operation)))


def kill_opts(only_claim: str | None, grace: Seconds | None, wanted: int) -> Any:
    """The library's struct; a period of 0 is "at once"."""
    total = seconds(grace)
    return struct("kill_opts", only_claim=encode(only_claim, "a claim"), flags=wanted,
                  grace_seconds=0 if total is None else max(1, round(min(total, 2**31))) if total else -1)


class Run(Owned):
    """A submitted application: one driver pod, known by its uid. Forgetting it does not kill it."""

    _free = lib.run_free

    def __init__(self, core: Core, handle: Any, key: str | None = None) -> None:
        super().__init__(core, handle)
        self.key = key
        """The submission key that it was submitted with by this program, or None."""
        self.id: str = text(lib.run_id(handle))
        """"<namespace>:<driver pod>"."""
        self.app_id: str = text(lib.run_app_id(handle))
        """"spark-<32 hex>"."""
        self.namespace: str = text(lib.run_ns(handle))
        self.driver_pod: str = text(lib.run_driver_pod(handle))
        self.driver_uid: str = text(lib.run_driver_uid(handle))
        """"" after a dry run."""

    def __repr__(self) -> str:
        return f"<Run {self.id}>"

    def __enter__(self) -> Run:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _begin(self, begin: Any, *arguments: Any, timeout: Seconds | None, take: Callable[[Any], Any] = _take_none,
               keep: Any = None) -> Operation:
        return Operation(self._core, begin, self._open_handle(), *arguments, timeout=timeout, take=take, keep=keep)

    # ---- status

    def status(self, *, timeout: Seconds | None = None, cancel: Cancel | None = None) -> Status:
        """How it is now. A driver that is gone, its end unseen, is LOST, never an error."""
        status: Status = self._begin(lib.begin_status, timeout=timeout, take=_take_status).run(cancel)
        return status

    async def status_async(self, *, timeout: Seconds | None = None) -> Status:
        """:meth:`status` for asyncio."""
        status: Status = await self._begin(lib.begin_status, timeout=timeout, take=_take_status).run_async()
        return status

    def watch(self, *, cancel: Cancel | None = None) -> Watch:
        """Its present status, then one for each change; ends after the final one."""
        return Watch._opened(self._core, lib.watch_open_run, self._open_handle(), cancel=cancel)

    def watch_async(self) -> Watch:
        """:meth:`watch` for ``async for``."""
        return self.watch()

    def wait(self, timeout: Seconds | None = None, *, cancel: Cancel | None = None) -> Status:
        """Waits for its end and returns the final status; :class:`Timeout` if that does not come in time, the run goes on."""
        limit = time_limit(timeout)
        deadline = None if limit is None else monotonic() + limit
        last: Status | None = None
        with self.watch(cancel=cancel) as watch:
            while True:
                try:
                    status = watch.read(None if deadline is None else max(0.0, deadline - monotonic()))
                except Timeout:
                    raise self._still_there(last) from None
                if status is None:
                    return last if last is not None else self.status()
                last = status

    async def wait_async(self, timeout: Seconds | None = None) -> Status:
        """:meth:`wait` for asyncio."""
        import asyncio

        last: list[Status] = []
        try:
            return await asyncio.wait_for(self._wait_async(last), time_limit(timeout))
        except asyncio.TimeoutError as error:
            if isinstance(error, Timeout):
                raise
            raise self._still_there(last[-1] if last else None) from None

    async def _wait_async(self, last: list[Status]) -> Status:
        async with self.watch() as watch:
            async for status in watch:
                last[:] = [status]
        return last[0] if last else await self.status_async()

    def _still_there(self, last: Status | None) -> Timeout:
        state = State.UNKNOWN if last is None else last.state
        return Timeout(f"{self.id} has not ended within the time limit; it is {state}", retriable=True,
                       hint="the run goes on; kill() ends it")

    # ---- logs

    def logs(self, *, follow: bool = True, position: str | None = None, tail_lines: int = 0, pod: str | None = None,
             container: str | None = None, previous: bool = False, executors: bool = False, driver: bool = False,
             max_streams: int = 0, cancel: Cancel | None = None) -> Logs:
        """The driver's log, or another pod's. With ``follow`` it ends when the container has ended for good, else where it is now.

        ``position`` goes on where an earlier stream was (:attr:`Logs.position`). ``executors`` reads those of all executors as they
        come and go, ``driver`` the driver's beside them; at most ``max_streams`` (64) are open at once.
        """
        given = logs_opts(follow, position, tail_lines, pod, container, previous, executors, driver, max_streams)
        return Logs._opened(self._core, lib.logs_open, self._open_handle(), byref(given), cancel=cancel)

    def logs_async(self, *, follow: bool = True, position: str | None = None, tail_lines: int = 0, pod: str | None = None,
                   container: str | None = None, previous: bool = False, executors: bool = False, driver: bool = False,
                   max_streams: int = 0) -> Logs:
        """:meth:`logs` for ``async for``."""
        return self.logs(follow=follow, position=position, tail_lines=tail_lines, pod=pod, container=container, previous=previous,
                         executors=executors, driver=driver, max_streams=max_streams)

    # ---- who is responsible, and the end

    def claim(self, claim: str, *, timeout: Seconds | None = None, cancel: Cancel | None = None) -> None:
        """Says who is responsible for the run now; a later claim replaces it (see ``only_claim`` of :meth:`kill`)."""
        self._begin(lib.begin_claim, encode(claim, "a claim"), timeout=timeout).run(cancel)

    async def claim_async(self, claim: str, *, timeout: Seconds | None = None) -> None:
        """:meth:`claim` for asyncio."""
        await self._begin(lib.begin_claim, encode(claim, "a claim"), timeout=timeout).run_async()

    def _kill(self, only_claim: str | None, grace: Seconds | None, wait: bool, timeout: Seconds | None) -> Operation:
        given = kill_opts(only_claim, grace, flags("KILL", wait=wait))
        return self._begin(lib.begin_kill, byref(given), timeout=timeout, keep=given)

    def kill(self, *, only_claim: str | None = None, grace: Seconds | None = None, wait: bool = False,
             timeout: Seconds | None = None, cancel: Cancel | None = None) -> None:
        """Deletes the driver, and with it all that it owns. Killing what is gone is success; a later pod of the same name is never
        touched.

        ``only_claim`` kills only if that is the run's claim still, else :class:`AlreadyExists`. ``grace`` replaces the pod's own
        period, 0: at once. ``wait`` returns when the driver is gone, not when it is asked to go.
        """
        self._kill(only_claim, grace, wait, timeout).run(cancel)

    async def kill_async(self, *, only_claim: str | None = None, grace: Seconds | None = None, wait: bool = False,
                         timeout: Seconds | None = None) -> None:
        """:meth:`kill` for asyncio."""
        await self._kill(only_claim, grace, wait, timeout).run_async()

    # ---- why, and what is different

    def explain(self, *, timeout: Seconds | None = None, cancel: Cancel | None = None) -> Diagnosis:
        """Why it failed, is stuck or slow, and what to do."""
        found: Diagnosis = self._begin(lib.begin_run_explain, timeout=timeout, take=take_operation_diagnosis).run(cancel)
        return found

    async def explain_async(self, *, timeout: Seconds | None = None) -> Diagnosis:
        """:meth:`explain` for asyncio."""
        found: Diagnosis = await self._begin(lib.begin_run_explain, timeout=timeout, take=take_operation_diagnosis).run_async()
        return found

    def _diff(self, manifest: Manifest, timeout: Seconds | None) -> Operation:
        return self._begin(lib.begin_diff, manifest._handle, timeout=timeout, take=_take_differences, keep=manifest)

    def diff(self, manifest: Manifest, *, timeout: Seconds | None = None, cancel: Cancel | None = None) -> list[Difference]:
        """Where it (left) differs from what a submission of the manifest (right) would make."""
        found: list[Difference] = self._diff(manifest, timeout).run(cancel)
        return found

    async def diff_async(self, manifest: Manifest, *, timeout: Seconds | None = None) -> list[Difference]:
        """:meth:`diff` for asyncio."""
        found: list[Difference] = await self._diff(manifest, timeout).run_async()
        return found
