# SPDX-License-Identifier: Apache-2.0
"""The Airflow provider in a real Airflow, its drivers in the real cluster. What Airflow does to deferred and running tasks, and what then
becomes of the driver. What needs no cluster is in tests/airflow."""
import tempfile
import time

import harness
from harness import say
from airflow_server import Airflow2, Airflow3


def succeeds(airflow, check):
    tasks = [airflow.start(dag) for dag in ("pi", "py_pi")]
    for task in tasks:
        state = task.until("success", "failed")["state"]
        log = task.whole_log("Post Execute")
        check(state == "success" and log.count("Pi is roughly 3.1") == 1, f"{task.dag} succeeds, the result is in the task's log, once", log[-3000:])
        run = task.xcom("run_id") or ""
        check(run.startswith("spark:") and str(task.xcom("app_id")).startswith("spark-"), f"{task.dag}: run id and application id in XCom", run)


def fails(airflow, check):
    task = airflow.start("fails")
    state = task.until("success", "failed")["state"]
    log = task.whole_log("Why spark:")
    check(state == "failed" and "exit code 42" in log and "Why spark:" in log, "an application that ends with 42: failed, and the log says why", log[-3000:])


def cleared(airflow, check):
    task = airflow.start("long")
    task.until("deferred")
    first = task.driver()
    task.clear()
    task.gone(first)
    task.until("deferred", tries=2)
    second = task.driver()
    check(second != first, "cleared while deferred: the driver is killed, the new try has one of its own", f"{first} {second}")
    time.sleep(8)               # as long as the old trigger's on_kill may take
    check(task.names() == [second], "the old trigger leaves the new driver alone", str(task.drivers()))
    task.set_state("failed")
    task.gone(second)
    check(True, "marked failed while deferred: the driver is killed")


def triggerer_dies(airflow, check):
    task = airflow.start("ticks")
    task.until("deferred")
    task.driver()
    airflow.wait("its log is copied", lambda: len(task.ticks()) > 20)
    airflow.triggerers.pop().kill()
    airflow.triggerer()
    state = task.until("success", "failed")["state"]
    task.whole_log("tick 400 of 400")
    ticks = task.ticks()
    check(state == "success" and ticks == list(range(1, 401)), "the triggerer is killed: the task succeeds, no line of the log is lost or repeated",
          f"{state} {len(ticks)} {[pair for pair in zip(ticks, ticks[1:]) if pair[1] != pair[0] + 1][:20]}\n{task.log()[-2000:]}")


def worker_dies(airflow, check):
    task = airflow.start("waits")
    task.until("running")
    name = task.driver()
    task.kill_worker()
    state = task.until("success", "failed", tries=2)["state"]
    check(state == "success" and task.names() == [name],
          "the worker is killed: the retry goes on with its driver", task.log(2)[-3000:])


CASES = (succeeds, fails, cleared, worker_dies, triggerer_dies)


def provider(c, kind):
    with tempfile.TemporaryDirectory() as folder, kind(c, folder) as airflow:
        for case in CASES:
            say(f"provider: {case.__name__}")
            try:
                case(airflow, lambda ok, what, detail="": c.count.check(ok, f"Airflow {kind.VERSION}: {what}", detail))
            except harness.Failure as failure:
                c.count.check(False, f"Airflow {kind.VERSION}: {case.__name__} comes to its end", str(failure))
    c.clear()


def provider2(c):
    provider(c, Airflow2)


def provider3(c):
    provider(c, Airflow3)
