# SPDX-License-Identifier: Apache-2.0
"""How tasks of the Airflow provider end, and begin again, beyond what provider_cases.py has: time limits, retries, kills in the worker, deaths of
workers; what Airflow tells nobody; and what it does when a trigger has fired just now."""
import subprocess

from airflow_server import Task


def limits(airflow, check):
    """Those that the trigger keeps, and the worker; and Airflow's own, of which the trigger is not told."""
    wanted = {"timed": "the time limit of the task is over", "timed_waiting": "killed", "given_up": "killed",
              "unschedulable": "has not started in time: UNSCHEDULABLE"}
    tasks = {dag: airflow.start(dag) for dag in wanted}
    for dag, task in tasks.items():
        state = task.until("success", "failed")["state"]
        log = task.whole_log(wanted[dag])
        airflow.wait(f"the driver of {dag} is gone", lambda task=task: not task.names())
        check(state == "failed" and f"{task.xcom('run_id')}: killed" in log,
              f"{dag}: the limit is over: failed, the log says why, the driver is killed", f"{state}\n{log[-3000:]}")


def retried(airflow, check):
    """After a failure, and after the death of the worker at the worst moment."""
    failed, died = airflow.start("retried"), airflow.start("dies_early")
    state = failed.until("success", "failed", tries=2)["state"]
    phases = sorted(p["status"]["phase"] for p in failed.drivers())
    check(state == "success" and phases == ["Failed", "Succeeded"], "a retry after a failure has a driver of its own", f"{state} {phases}")
    state = died.until("success", "failed", tries=2)["state"]
    check(state == "success" and len(died.names()) == 1, "the worker is killed before anybody knows of its driver: the retry goes on with that",
          f"{state} {died.names()}\n{died.log(2)[-2000:]}")


def waiting(airflow, check):
    """Killed while they run, in the worker."""
    failed, cleared = airflow.start("waits"), airflow.start("waits")
    drivers = [task.driver() for task in (failed, cleared)]
    failed.set_state("failed")
    cleared.clear()
    failed.gone(drivers[0])
    check(failed.look()["state"] == "failed" and not failed.names(), "marked failed while running: the driver is killed", str(failed.look()))
    most = 0

    def again():
        nonlocal most
        pods = cleared.drivers()
        most = max(most, len(pods))
        return [p["metadata"]["name"] for p in pods if p["metadata"]["annotations"].get("sparkk8s.io/claim", "").endswith("/2")]
    second = airflow.wait("the next try has claimed a driver", again)
    check(most == 1, "cleared while running: the next try has a driver, and there were never two", f"{drivers[1]} {second} {most}")
    cleared.set_state("failed")
    cleared.gone(second[0])


def mapped(airflow, check):
    """Three of one task; and a sensor of one of them."""
    task = airflow.start("mapped")
    sensed = airflow.wait("a mapped task has a driver", task.names)[0]
    sensing = Task(airflow, "sensing", airflow.ask("POST", f"{airflow.API}/dags/sensing/dagRuns",
                                                   {**airflow.NEW_RUN, "conf": {"run": f"spark:{sensed}"}})["dag_run_id"])
    state = airflow.wait("the DAG run has ended", lambda: (it := airflow.ask("GET", task.run_path).get("state")) in ("success", "failed") and it)
    phases = [p["status"]["phase"] for p in task.drivers()]
    check(state == "success" and phases == ["Succeeded"] * 3, "a mapped task: one driver for each index", f"{state} {phases}")
    state = sensing.until("success", "failed")["state"]
    check(state == "success", "the sensor has seen one of them succeed", f"{state}\n{sensing.log()[-3000:]}")


def tested(airflow, check):
    """`airflow dags test`: its triggers run inline, while their rows are in the database, where the triggerer finds them, too, and is then told
    to kill what they wait for. Without a scheduler, which may take the task as well and then fail it; so this comes last."""
    airflow.end("scheduler")
    before = [p["metadata"]["name"] for p in airflow.c.objects("pods", "spark-role=driver")]
    done = subprocess.run([airflow.python, "-m", "airflow", "dags", "test", "brief"], env=airflow.env, cwd=airflow.folder, text=True, errors="replace",
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300)

    def over():
        phases = [p["status"]["phase"] for p in airflow.c.objects("pods", "spark-role=driver")
                  if p["metadata"]["annotations"].get("airflow.sparkk8s.io/dag_id") == "brief" and p["metadata"]["name"] not in before]
        return None if {"Pending", "Running"} & set(phases) else [phases]
    phases = airflow.wait("the driver of the tested DAG is over", over)[0]
    check(phases == ["Succeeded"], "dags test: one driver, and the triggerer does not kill it", f"{done.returncode} {phases}\n{done.stdout[-3000:]}")


def nobody_told(airflow, check):
    """No trigger is told of a kill when no triggerer runs, nor is there one when a worker dies before it has deferred: the next one who watches the
    namespace finds their drivers. The driver that ends meanwhile is not killed, and the task that is cleared then gets another."""
    killed, goes_on, fires, died = (airflow.start(dag) for dag in ("endless", "endless", "told", "dies"))
    names = {}
    for task in (killed, goes_on, fires):
        task.until("deferred")
        names[task] = task.driver()
    died.until("failed")
    airflow.triggerers.pop().stop()
    killed.set_state("failed")
    fires.end(names[fires])
    airflow.wait("a driver has ended by itself", lambda: fires.drivers()[0]["status"]["phase"] == "Succeeded")
    fires.clear()
    airflow.wait("the cleared task has another driver", lambda: len(fires.names()) == 2)
    airflow.triggerer()
    killed.gone(names[killed])
    check(True, "marked failed while no triggerer runs: the driver is killed by the next one")
    airflow.wait("the driver of the dead worker is gone", lambda: not died.names())
    check(True, "the worker of a task that has no retries is killed: so is its driver, later")
    fires.end(fires.driver())
    state = fires.until("success", "failed", tries=2)["state"]
    check(state == "success" and len(fires.names()) == 2, "cleared when the driver has just ended: the next try has one of its own",
          f"{state} {fires.names()}")
    state = goes_on.look()["state"]
    check(goes_on.names() == [names[goes_on]] and state == "deferred", "the others go on", f"{goes_on.names()} {state}")
    goes_on.set_state("failed")
    goes_on.gone(names[goes_on])
