# SPDX-License-Identifier: Apache-2.0
"""The Airflow provider in a real Airflow, its drivers in the real cluster. What Airflow does to deferred and running tasks, and what then
becomes of the driver. What needs no cluster is in tests/airflow."""
import tempfile
import threading
import traceback

from harness import say
from airflow_server import Airflow2, Airflow3
from provider_ends import limits, mapped, nobody_told, retried, tested, waiting


def succeeds(airflow, check):
    tasks = [airflow.start(dag) for dag in ("pi", "py_pi")]
    for task in tasks:
        state = task.until("success", "failed")["state"]
        log = task.whole_log("Pi is roughly 3.1")
        check(state == "success" and log.count("Pi is roughly 3.1") == 1, f"{task.dag} succeeds, the result is in the task's log, once", log[-3000:])
        run = task.xcom("run_id") or ""
        check(run.startswith("spark:") and str(task.xcom("app_id")).startswith("spark-"), f"{task.dag}: run id and application id in XCom", run)


def fails(airflow, check):
    task = airflow.start("fails")
    state = task.until("success", "failed")["state"]
    log = task.whole_log("Why spark:")
    check(state == "failed" and "exit code 42" in log, "an application that ends with 42: failed, and the log says why", log[-3000:])


def deferred(task):
    """Its driver, when its trigger runs."""
    task.until("deferred")
    task.ticks_beyond(0)
    return task.driver()


def cleared(airflow, check):
    """The driver of the first try is gone before there is another, whoever is first to kill it: the new try, or the old trigger."""
    task = airflow.start("endless")
    first, most = deferred(task), 0
    task.clear()

    def again():
        nonlocal most
        it = task.look()
        most = max(most, len(task.drivers()))
        return (it.get("state"), it.get("try_number")) == ("deferred", 2)
    airflow.wait("the second try is deferred", again)
    second = task.driver()
    check(first not in task.names() and most == 1, "cleared while deferred: one driver after the other, never two", f"{first} {second} {most}")
    airflow.wait("the old trigger is over", task.triggers_over)
    check(task.names() == [second], "cleared while deferred: the old trigger leaves the new driver alone", str(task.names()))
    task.set_state("failed")
    task.gone(second)


def killed(airflow, check):
    """While it is deferred."""
    ways = {"failed": lambda task: task.set_state("failed"), "success": lambda task: task.set_state("success"),
            "failed, with its DAG run": lambda task: task.set_run_state("failed")}
    tasks = {way: airflow.start("endless") for way in ways}
    drivers = {way: deferred(task) for way, task in tasks.items()}
    for way, task in tasks.items():
        ways[way](task)
    for way, task in tasks.items():
        task.gone(drivers[way])
        state = task.look()["state"]
        check(state == way.partition(",")[0] and not task.names(), f"marked {way} while deferred: the driver is killed", state)


def worker_dies(airflow, check):
    task = airflow.start("waits")
    task.until("running")
    name = task.driver()
    task.kill_worker()
    task.until("running", tries=2)
    task.end(name)
    state = task.until("success", "failed", tries=2)["state"]
    check(state == "success" and task.names() == [name], "the worker is killed: the retry goes on with its driver", task.log(2)[-3000:])


def triggerers(airflow, check):
    """One run, which goes from triggerer to triggerer: one is stopped, the next is killed, the third is silent for so long that Airflow gives
    its trigger to a fourth, and then goes on as if nothing had been."""
    task = airflow.start("endless")
    name = deferred(task)

    def check_it(what, seen):
        """What is in the log now is not what goes on: it must become more."""
        ticks = task.ticks_beyond(max(seen) + 20)
        twice = sorted({n for n in ticks if ticks.count(n) > 1})
        lost = sorted(set(range(1, max(ticks) + 1)) - set(ticks))
        check(not twice and not lost and ticks == sorted(ticks), f"{what}: the log goes on, each line once and in order", f"twice {twice}, lost {lost}")
        check(task.names() == [name] and task.look()["state"] == "deferred", f"{what}: the driver goes on", f"{task.names()} {task.log()[-2000:]}")

    for end, what in (("stop", "the triggerer is stopped"), ("kill", "the triggerer is killed")):
        getattr(airflow.triggerers.pop(), end)()
        seen = task.ticks()
        airflow.triggerer()
        check_it(what, seen)
    silent, there = airflow.triggerers.pop(), task.triggerer()
    silent.signal("STOP")
    airflow.triggerer()
    airflow.wait("the trigger is in another triggerer", lambda: task.triggerer() not in (None, there))
    task.ticks_beyond(max(task.ticks()) + 20)
    over = task.triggers_over()
    silent.signal("CONT")
    airflow.wait("the silent triggerer has ended its trigger", lambda: task.triggers_over() > over)
    check_it("the trigger has moved to another triggerer", task.ticks())
    silent.stop()
    task.set_state("failed")
    task.gone(name)


# Those of a row run side by side.
CASES = ((succeeds, fails, cleared, killed, worker_dies), (limits, retried, waiting, mapped), (triggerers,), (nobody_told,), (tested,))


def run_case(case, airflow, count):
    version = airflow.VERSION
    try:
        case(airflow, lambda ok, what, detail="": count.check(ok, f"Airflow {version}: {what}", detail))
    except Exception:
        count.check(False, f"Airflow {version}: {case.__name__} comes to its end", traceback.format_exc())


def provider(c, kind):
    with tempfile.TemporaryDirectory() as folder, kind(c, folder) as airflow:
        for row in CASES:
            say(f"Airflow {airflow.VERSION}: {', '.join(case.__name__ for case in row)}")
            threads = [threading.Thread(target=run_case, args=(case, airflow, c.count), daemon=True) for case in row]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
    c.clear()


def provider2(c):
    provider(c, Airflow2)


def provider3(c):
    provider(c, Airflow3)
