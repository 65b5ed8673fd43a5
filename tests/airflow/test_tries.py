# SPDX-License-Identifier: Apache-2.0
"""Tries: which driver is whose. The operator's first half, called as Airflow's task runner calls it."""
import os
import signal
import threading
import time
from types import SimpleNamespace

import pytest

import api
import sparkk8s
from sparkk8s.airflow.compat import AirflowException, AirflowFailException
from sparkk8s.airflow.identity import Identity, Owner
from sparkk8s.airflow.operator import SparkKubernetesRunOperator
from sparkk8s.airflow.verdict import INFRASTRUCTURE, SparkRunFailed, causes, failure, value

try:
    from airflow.sdk.exceptions import TaskDeferred
except ImportError:
    from airflow.exceptions import TaskDeferred


def context(n, max_tries=0, retries=0, run_id="r", instance=""):
    """`instance`: as of another task instance of the same name."""
    xcom = {}
    ti = SimpleNamespace(dag_id="d", task_id="t", run_id=run_id, map_index=-1, try_number=n, max_tries=max_tries, id=f"{instance}{n}",
                         start_date=None, xcom_push=lambda key, value: xcom.__setitem__(key, value), xcom=xcom)
    return {"ti": ti, "task": SimpleNamespace(retries=retries), "dag_run": SimpleNamespace(id=1)}


def operator(**more):
    return SparkKubernetesRunOperator(task_id="t", application="local:///a.py", image="i", **more)


def execute(given, **more):
    """The run that a try has deferred for."""
    with pytest.raises(TaskDeferred) as deferred:
        operator(**more).execute(given)
    return deferred.value.trigger.run_id


def end(server, run_id, how):
    server.step(server.pods[run_id.split(":")[1]], how)


@pytest.mark.life("runs-on")
def test_the_same_try_again(drivers):
    first = execute(context(1))
    assert execute(context(1)) == first and len(drivers.pods) == 1


@pytest.mark.life("runs-on")
def test_another_run_of_the_same_name(drivers):
    first = execute(context(1))
    assert execute(context(1, instance="new")) != first


@pytest.mark.life("runs-on")
def test_a_retry_goes_on(drivers):
    """The worker has died."""
    first = execute(context(1, 2, 2))
    assert execute(context(2, 2, 2)) == first and len(drivers.pods) == 1
    assert list(drivers.claims().values()) == ["airflow/d/r/t/2"]
    assert execute(context(3, 2, 2)) == first


@pytest.mark.life("runs-on")
def test_a_retry_finds_it_done(drivers):
    first = execute(context(1, 2, 2))
    end(drivers, first, api.SUCCEEDED)
    assert execute(context(2, 2, 2)) == first and len(drivers.created()) == 1


@pytest.mark.life("runs-on")
def test_a_retry_after_a_failure(drivers):
    first = execute(context(1, 2, 2))
    end(drivers, first, api.FAILED)
    second = execute(context(2, 2, 2))
    assert second != first and len(drivers.pods) == 2


@pytest.mark.life("runs-on")
def test_a_retry_replaces_it_if_asked_to(drivers):
    first = execute(context(1, 2, 2), reattach=False)
    second = execute(context(2, 2, 2), reattach=False)
    assert second != first and list(drivers.pods) == [second.split(":")[1]]


@pytest.mark.life("runs-on")
def test_cleared(drivers):
    """The new try comes before the old trigger's on_kill, and replaces the driver: never both."""
    first = execute(context(1, 0, 0))
    second = execute(context(2, 1, 0))
    assert second != first and list(drivers.pods) == [second.split(":")[1]]
    assert execute(context(2, 1, 0)) == second and list(drivers.pods) == [second.split(":")[1]]


@pytest.mark.life("runs-on")
def test_cleared_after_success(drivers):
    first = execute(context(1, 2, 2))
    end(drivers, first, api.SUCCEEDED)
    second = execute(context(2, 3, 2))
    assert second != first and len(drivers.created()) == 2


@pytest.mark.life("runs-on")
def test_kill_in_the_worker(drivers):
    task = operator(deferrable=False, get_logs=False)

    def kill():
        while not any(p["status"]["phase"] == "Running" for p in list(drivers.pods.values())):
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGUSR1)

    before = signal.signal(signal.SIGUSR1, lambda *_: task.on_kill())
    try:
        threading.Thread(target=kill, daemon=True).start()
        with pytest.raises(AirflowException, match="killed"):
            task.execute(context(1))
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert not drivers.pods


@pytest.mark.life("runs-on")
def test_a_late_kill(drivers):
    """Of a worker whose try was given up meanwhile."""
    old = operator()
    with pytest.raises(TaskDeferred):
        old.execute(context(1, 2, 2))
    execute(context(2, 2, 2))
    old.on_kill()
    assert len(drivers.pods) == 1


@pytest.mark.life("runs-on")
def test_killed_while_it_submits(drivers, monkeypatch):
    """on_kill comes before there is anything to kill."""
    task = operator()
    submit = sparkk8s.Client.submit

    def late(client, *given, **more):
        task.on_kill()
        return submit(client, *given, **more)

    monkeypatch.setattr(sparkk8s.Client, "submit", late)
    with pytest.raises(AirflowException, match="killed"):
        task.execute(context(1))
    assert len(drivers.created()) == 1 and not drivers.pods


def resumed(n, retries):
    """A try whose trigger has given up."""
    given = context(n, retries, retries)
    given["ti"].xcom_pull = lambda task_ids, key, map_indexes: given["ti"].xcom.get(key)
    run_id = execute(given, retries=retries)
    task = operator(retries=retries)
    return task, given, {"run_id": run_id, "status": "error", "message": "no"}


@pytest.mark.life("runs-on")
@pytest.mark.parametrize("n, retries, left", [(1, 0, 0), (1, 1, 1), (2, 1, 0)])
def test_cannot_be_watched(drivers, n, retries, left):
    """The next try goes on with the driver; without one nobody would ever."""
    task, given, event = resumed(n, retries)
    with pytest.raises(AirflowException, match="could not be watched"):
        task.execute_complete(given, event)
    assert len(drivers.pods) == left


@pytest.mark.life("runs-on")
@pytest.mark.parametrize("error, retries, left", [
    ("Trigger timeout", 0, 0), ("Trigger timeout", 1, 0), ("Trigger failure", 0, 0), ("Trigger failure", 1, 1)])
def test_airflow_gives_up(drivers, error, retries, left):
    task, given, _ = resumed(1, retries)
    with pytest.raises(AirflowException):
        task.resume_execution("__fail__", {"error": error}, given)
    assert len(drivers.pods) == left


def test_owner_of_a_claim():
    for given in (context(2), context(1, run_id="scheduled__2026-01-01T00:00:00+00:00/x")):
        ti = given["ti"]
        claim = Identity(given).claim
        assert Owner.of(claim) == (ti.dag_id, ti.run_id, ti.task_id, -1, claim)
    assert Owner.of("airflow/d/r/group.t[12]/3")[2:4] == ("group.t", 12)
    assert not any(map(Owner.of, ("", "mine", "airflow/d/r/t/2 replaces it", "airflow/0123", "airflow/d/r/t/x")))


def test_retry_on():
    assert causes("infrastructure") == INFRASTRUCTURE
    assert sparkk8s.Cause.APP in causes(None) and sparkk8s.Cause.CONFIG not in causes(None)
    assert causes(["OOM", "infrastructure"]) == INFRASTRUCTURE | {sparkk8s.Cause.OOM}
    with pytest.raises(ValueError, match="OOOM"):
        operator(retry_on="OOOM")
    app, config = sparkk8s.Cause.APP, sparkk8s.Cause.CONFIG
    assert operator()._may_retry(app, None) and not operator()._may_retry(config, None)
    assert not operator(retry_on="infrastructure")._may_retry(app, None) and operator(retry_on="all")._may_retry(config, None)
    for again in (True, False):
        error = failure("ns:pod", sparkk8s.State.FAILED, app, 42, None, again)
        assert isinstance(error, AirflowFailException) is not again and isinstance(error, SparkRunFailed)
        assert str(error).endswith("exit code 42") and (error.run_id, error.cause, error.exit_code) == ("ns:pod", app, 42)


@pytest.mark.life("runs-on")
def test_the_same_try_with_other_arguments(drivers):
    """It is executed again, and what it was rendered from has changed meanwhile: its driver is there, and no second one."""
    first = execute(context(1))
    assert execute(context(1), conf={"spark.executor.instances": 9}) == first and len(drivers.pods) == 1


def test_a_name_that_is_taken(drivers):
    first = execute(context(1))
    drivers.pods[first.split(":")[1]]["metadata"].update(labels={}, annotations={})
    with pytest.raises(AirflowFailException, match="not submitted: .*taken"):
        operator().execute(context(1))


def test_value():
    assert (value(""), value('[1, "a"]'), value("done\n")) == (None, [1, "a"], "done\n")


def test_claims_are_short():
    assert len(Identity(context(1, run_id="é" * 2000)).claim) < 100
