# SPDX-License-Identifier: Apache-2.0
"""Airflow 3 and 2.11 under the same names, and what differs between them; of logs, that is in tasklog.py. The rest of the provider asks
nowhere which it is."""

from __future__ import annotations

from typing import Any

from airflow import __version__ as _version
from airflow.triggers.base import BaseTrigger, TriggerEvent

AIRFLOW = tuple(int(part) for part in _version.split(".")[:2])
HAS_ON_KILL = AIRFLOW >= (3, 3)             # of triggers; below, cleanup() is all that there is

if AIRFLOW >= (3, 0):
    from airflow.sdk import BaseHook, BaseOperator, BaseOperatorLink, BaseSensorOperator
    from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowTaskTimeout
    from airflow.sdk.execution_time.xcom import XCom
else:
    from airflow.exceptions import AirflowException, AirflowFailException, AirflowTaskTimeout  # type: ignore[no-redef,attr-defined]
    from airflow.hooks.base import BaseHook  # type: ignore[no-redef,attr-defined]
    from airflow.models import BaseOperator, BaseOperatorLink, XCom
    from airflow.sensors.base import BaseSensorOperator  # type: ignore[no-redef,import-not-found]

__all__ = ["AIRFLOW", "HAS_ON_KILL", "AirflowException", "AirflowFailException", "AirflowTaskTimeout", "BaseHook", "BaseOperator",
           "BaseOperatorLink", "BaseSensorOperator", "BaseTrigger", "TriggerEvent", "XCom", "connection_of", "load_place",
           "save_place", "task_state"]

_POSITION = "sparkk8s_log_position"


async def _in_thread(function: Any, *arguments: Any) -> Any:
    from asgiref.sync import sync_to_async

    return await sync_to_async(function)(*arguments)


async def connection_of(conn_id: str) -> Any:
    """A connection, asked for in an event loop."""
    if hasattr(BaseHook, "aget_connection"):
        return await BaseHook.aget_connection(conn_id)
    return await _in_thread(BaseHook.get_connection, conn_id)


def _task_state(ti: Any) -> str | None:
    if AIRFLOW >= (3, 0):
        from airflow.sdk.execution_time.task_runner import RuntimeTaskInstance

        found = RuntimeTaskInstance.get_task_states(dag_id=ti.dag_id, task_ids=[ti.task_id], run_ids=[ti.run_id], map_index=ti.map_index)
        states = found.get(ti.run_id, {})
        state = states.get(ti.task_id if ti.map_index < 0 else f"{ti.task_id}_{ti.map_index}")
    else:
        from airflow.models import TaskInstance
        from airflow.utils.session import create_session

        with create_session() as session:
            state = session.query(TaskInstance.state).filter_by(dag_id=ti.dag_id, task_id=ti.task_id, run_id=ti.run_id,
                                                                map_index=ti.map_index).scalar()
    return None if state is None else str(getattr(state, "value", state))


async def task_state(ti: Any) -> str | None:
    """The state of a trigger's task now: "deferred" and so on; None for one that is to run anew."""
    found: str | None = await _in_thread(_task_state, ti)
    return found


def _of(ti: Any) -> dict[str, Any]:
    return {"dag_id": ti.dag_id, "task_id": ti.task_id, "run_id": ti.run_id, "map_index": ti.map_index}


async def save_place(ti: Any, value: dict[str, Any]) -> None:
    """Keeps where a log was read to."""
    if hasattr(XCom, "aset"):
        await XCom.aset(key=_POSITION, value=value, **_of(ti))
    else:
        await _in_thread(lambda: XCom.set(key=_POSITION, value=value, **_of(ti)))


async def load_place(ti: Any) -> Any:
    """What was kept; None: nothing."""
    if hasattr(XCom, "aget_one"):
        return await XCom.aget_one(key=_POSITION, **_of(ti))
    return await _in_thread(lambda: XCom.get_one(key=_POSITION, **_of(ti)))
