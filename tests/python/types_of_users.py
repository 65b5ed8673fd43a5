# SPDX-License-Identifier: Apache-2.0
"""What a user writes, for mypy --strict (run.py): which types come out, and that what is wrong is noticed: an `ignore` that is not
needed is an error, too. It is not run."""
import asyncio
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional

from typing_extensions import assert_type

import sparkk8s
from sparkk8s import (App, Cancel, Cause, Client, Conf, Diagnosis, Difference, Killed, Leftover, LogKind, LogLine, Logs, Role, Run, State,
                      Status, Volume, Waited)


def blocking(client: Client) -> int:
    app = App(Path("/opt/app.jar"), "1", main_class="A", conf={"spark.executor.instances": 2, "spark.ui.enabled": False},
              volumes=[Volume("emptyDir", "tmp", "/tmp", medium="Memory")], driver_template={"spec": {}}, env={"SPARK_USER": "me"})
    app.conf["spark.a"] = 1
    assert_type(app.conf, Conf)
    assert_type(app.conf["spark.a"], str)
    assert_type(app.name, Optional[str])
    run = client.submit(app, key="k", timeout=timedelta(minutes=1), cancel=Cancel())
    assert_type(run, Run)
    for line in run.logs(tail_lines=10):
        assert_type(line, LogLine)
        assert_type(line.data, bytes)
        assert_type(line.kind, LogKind)
    with run.logs() as logs:
        assert_type(logs, Logs)
        assert_type(next(logs), LogLine)
        assert_type(logs.read(timeout=1), Optional[LogLine])
        assert_type(logs.position, str)
    for status in run.watch():
        assert_type(status, Status)
    status = run.wait(timeout=60)
    assert_type(status.state, State)
    assert_type(status.cause, Cause)
    assert_type(status.exit_code, Optional[int])
    assert_type(status.finished, Optional[datetime])
    assert_type(status.executors, Optional[Dict[State, int]])
    assert_type(run.explain(), Diagnosis)
    assert_type(run.diff(app.render()), List[Difference])
    assert_type(client.wait(60, until=[State.RUNNING], any=True, namespace="a"), Waited)
    assert_type(client.kill(names=["a"], grace=timedelta(seconds=5)), List[Killed])
    assert_type(client.gc(delete=True), List[Leftover])
    assert_type([s.run_id for s in client.list(states={State.FAILED}, older_than=timedelta(days=30))], List[str])
    statuses: Iterator[Status] = client.list()
    failed = Status(run_id="a:b", state=State.FAILED, cause=Cause.OOM, exit_code=1)
    assert_type(failed.to_dict(), Dict[str, Any])
    try:
        failed.raise_for_verdict()
    except sparkk8s.RunFailed as error:
        assert_type(error.status, Status)
    except sparkk8s.SparkK8sError as error:
        assert_type(error.retriable, bool)
        assert_type(error.code, int)
    app.set_pod_template(Role.DRIVER | Role.EXECUTOR, None)
    return sparkk8s.spark_submit(["--version"], print=print, env={}) + len(list(statuses))


async def looping() -> None:
    async with Client() as client:
        run = await client.submit_async(App())
        assert_type(run, Run)
        async for status in run.watch_async():
            assert_type(status, Status)
        async for line in client.logs_async(namespace="a", executors=True):
            assert_type(line, LogLine)
        assert_type(await run.wait_async(), Status)
        assert_type(await client.kill_async(all=True), List[Killed])
        assert_type(await run.explain_async(), Diagnosis)


def wrong(client: Client) -> None:
    client.list(nonsense=1)  # type: ignore[call-arg]
    client.list(states=["FAILED"])  # type: ignore[list-item]
    client.submit("a.jar")  # type: ignore[arg-type]
    client.kill(grace="5")  # type: ignore[arg-type]
    for _ in client.submit_async(App()):  # type: ignore[attr-defined]
        pass


asyncio.run(looping())
