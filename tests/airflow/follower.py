# SPDX-License-Identifier: Apache-2.0
"""A triggerer with one trigger, whose log is written as Airflow writes it. With SIGTERM it stops; otherwise, at the end, it is the worker,
too, that copies the rest.

    follower.py SERVER JOB RUN-ID XCOM      XCOM: a file in which the place in the log is kept; JOB: as in the log file's name

The log is in AIRFLOW__LOGGING__BASE_LOG_FOLDER.
"""
import asyncio
import json
import logging
import os
import signal
import sys
from pathlib import Path
from types import SimpleNamespace

import sparkk8s
from sparkk8s.airflow import trigger as module
from sparkk8s.airflow.compat import AIRFLOW
from sparkk8s.airflow.driverlog import rest_of_log

TASK = SimpleNamespace(dag_id="d", task_id="t", run_id="r", map_index=-1, try_number=1)


def write_logs(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    if AIRFLOW >= (3, 0):
        from airflow.sdk.log import configure_logging

        configure_logging(json_output=True, output=path.open("wb", buffering=0))
    else:
        handler = logging.FileHandler(path)
        handler.setFormatter(logging.getLogger("airflow.task").handlers[0].formatter)
        logging.getLogger().addHandler(handler)


async def follow(run_id):
    trigger = module.SparkRunTrigger(run_id=run_id, sparkk8s_conn_id="sparkk8s_default")
    trigger.task_instance = TASK
    task = asyncio.current_task()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    async for event in trigger.run():
        return event.payload


def main(server, job, run_id, xcom):
    store = Path(xcom)

    async def load(ti):
        return json.loads(store.read_text()) if store.exists() else None

    async def save(ti, place):
        temporary = store.with_suffix(f".{job}")
        temporary.write_text(json.dumps(place))
        temporary.replace(store)

    module.load_place, module.save_place, module.EARLY_SECONDS = load, save, 0.0
    folder = Path(os.environ["AIRFLOW__LOGGING__BASE_LOG_FOLDER"])
    write_logs(folder / f"dag_id=d/run_id=r/task_id=t/attempt=1.log.trigger.{job}.log")
    try:
        event = asyncio.run(follow(run_id))
    except asyncio.CancelledError:
        return
    with sparkk8s.Client(server=server, namespace="default") as client:
        rest_of_log(logging.getLogger("airflow.task"), client, TASK, event)


main(*sys.argv[1:])
