# SPDX-License-Identifier: Apache-2.0
"""Airflow 3 and 2.11 under the same names, and what differs between them; of logs, that is in tasklog.py. The rest of the provider asks
nowhere which it is."""

from __future__ import annotations

from typing import Any

from airflow import __version__ as _version
from airflow.triggers.base import BaseTrigger, TriggerEvent

from .identity import Owner

AIRFLOW = tuple(int(part) for part in _version.split(".")[:2])
HAS_ON_KILL = AIRFLOW >= (3, 3)             # of triggers; below, cleanup() is all that there is

if AIRFLOW >= (3, 0):
    from airflow.sdk import BaseHook, BaseOperator, BaseOperatorLink, BaseSensorOperator
    from airflow.sdk.exceptions import (
        AirflowException, AirflowFailException, AirflowNotFoundException, AirflowSkipException, AirflowTaskTimeout)
    from airflow.sdk.execution_time.xcom import XCom
else:
    from airflow.exceptions import (  # type: ignore[no-redef,attr-defined]
        AirflowException, AirflowFailException, AirflowNotFoundException, AirflowSkipException, AirflowTaskTimeout)
    from airflow.hooks.base import BaseHook  # type: ignore[no-redef,attr-defined]
    from airflow.models import BaseOperator, BaseOperatorLink, XCom
    from airflow.sensors.base import BaseSensorOperator  # type: ignore[no-redef,import-not-found]

__all__ = ["AIRFLOW", "HAS_ON_KILL", "AirflowException", "AirflowFailException", "AirflowNotFoundException", "AirflowSkipException",
           "AirflowTaskTimeout", "BaseHook", "BaseOperator", "BaseOperatorLink", "BaseSensorOperator", "BaseTrigger", "TriggerEvent", "XCom",
           "connection_of", "is_tested", "load_place", "load_place_now", "run_of_task", "save_place", "task_state", "task_states"]

_POSITION = "sparkk8s_log_position"


async def _in_thread(function: Any, *arguments: Any) -> Any:
    from asgiref.sync import sync_to_async

    return await sync_to_async(function)(*arguments)


def is_tested() -> bool:
    """Whether this is `airflow dags test` of Airflow 3: a task is "queued" there while its trigger runs in the same process."""
    if AIRFLOW < (3, 0):
        return False
    from airflow.sdk.execution_time import task_runner

    return type(getattr(task_runner, "SUPERVISOR_COMMS", None)).__name__ == "InProcessSupervisorComms"


async def connection_of(conn_id: str) -> Any:
    """A connection, asked for in an event loop."""
    if hasattr(BaseHook, "aget_connection"):
        return await BaseHook.aget_connection(conn_id)
    return await _in_thread(BaseHook.get_connection, conn_id)


def _states_in(dag_id: str, run_ids: set[str], task_ids: set[str]) -> dict[tuple[str, str, int], Any]:
    if AIRFLOW >= (3, 0):
        from airflow.sdk.execution_time.task_runner import RuntimeTaskInstance

        found = RuntimeTaskInstance.get_task_states(dag_id=dag_id, task_ids=list(task_ids), run_ids=list(run_ids))
        return {(run_id, name, -1): state for run_id, states in found.items() for name, state in states.items()}
    from airflow.models import TaskInstance
    from airflow.utils.session import create_session

    with create_session() as session:
        rows = session.query(TaskInstance.run_id, TaskInstance.task_id, TaskInstance.map_index, TaskInstance.state).filter(
            TaskInstance.dag_id == dag_id, TaskInstance.task_id.in_(task_ids), TaskInstance.run_id.in_(run_ids))
        return {(run_id, task_id, index): state for run_id, task_id, index, state in rows}


def _task_states(tis: Any) -> dict[Any, str | None]:
    found: dict[Any, str | None] = {}
    for dag_id in {ti.dag_id for ti in tis}:
        of_dag = [ti for ti in tis if ti.dag_id == dag_id]
        states = _states_in(dag_id, {ti.run_id for ti in of_dag}, {ti.task_id for ti in of_dag})
        for ti in of_dag:
            # Airflow 3 has the index in the name.
            mapped = (ti.run_id, f"{ti.task_id}_{ti.map_index}", -1) if AIRFLOW >= (3, 0) and ti.map_index >= 0 else None
            state = states.get(mapped or (ti.run_id, ti.task_id, ti.map_index))
            found[ti] = None if state is None else str(getattr(state, "value", state))
    return found


async def task_states(tis: Any) -> dict[Any, str | None]:
    """The states of some tasks now: "deferred" and so on; None for one that is to run anew, or is not known."""
    found: dict[Any, str | None] = await _in_thread(_task_states, tis) if tis else {}
    return found


async def task_state(ti: Any) -> str | None:
    """The state of a trigger's task now."""
    task = Owner(ti.dag_id, ti.run_id, ti.task_id, ti.map_index, "")
    return (await task_states([task]))[task]


def _of(ti: Any) -> dict[str, Any]:
    return {"dag_id": ti.dag_id, "task_id": ti.task_id, "run_id": ti.run_id, "map_index": ti.map_index}


async def save_place(ti: Any, value: dict[str, Any]) -> None:
    """Keeps where a log was read to."""
    if hasattr(XCom, "aset"):
        await XCom.aset(key=_POSITION, value=value, **_of(ti))
    else:
        await _in_thread(lambda: XCom.set(key=_POSITION, value=value, **_of(ti)))


def load_place_now(ti: Any) -> Any:
    """What was kept, for workers; None: nothing."""
    return XCom.get_one(key=_POSITION, **_of(ti))


async def _xcom(ti: Any, key: str) -> Any:
    if hasattr(XCom, "aget_one"):
        return await XCom.aget_one(key=key, **_of(ti))
    return await _in_thread(lambda: XCom.get_one(key=key, **_of(ti)))


async def load_place(ti: Any) -> Any:
    """What was kept; None: nothing."""
    return await _xcom(ti, _POSITION)


async def run_of_task(ti: Any) -> Any:
    """The run that a task says to have submitted, or None."""
    return await _xcom(ti, "run_id")
