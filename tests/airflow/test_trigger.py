# SPDX-License-Identifier: Apache-2.0
"""The trigger, in an event loop of its own, against the server: what it asks for, when it kills, and what it leaves open."""
import asyncio
import time
from contextvars import ContextVar
from types import SimpleNamespace

import pytest

import api
import sparkk8s
from sparkk8s.airflow import driverlog, killing, trigger as module
from sparkk8s.airflow.compat import AirflowNotFoundException
from sparkk8s.airflow.hub import Hub
from sparkk8s.airflow.trigger import SparkRunTrigger

TASK = SimpleNamespace(dag_id="d", task_id="t", run_id="r", map_index=-1, try_number=1)


@pytest.fixture
def states(monkeypatch):
    """What Airflow says of the task when it is asked, the last one for ever; and where its log's position is kept."""
    world = SimpleNamespace(states=["deferred"], asked=0, place=None, log=[])

    async def task_state(ti):
        world.asked += 1
        return world.states.pop(0) if len(world.states) > 1 else world.states[0]

    async def load(ti):
        return world.place

    async def save(ti, place):
        world.place = place

    def write(text, *arguments):
        world.log.append(text % arguments)

    class Writer:
        def __init__(self, log, pod):
            pass

        def write(self, level, text, time):
            world.log.append(text)

    monkeypatch.setattr(SparkRunTrigger, "log", SimpleNamespace(info=write, warning=write))
    monkeypatch.setattr(driverlog, "Writer", Writer)
    monkeypatch.setattr(module, "task_state", task_state)
    monkeypatch.setattr(module, "load_place", load)
    monkeypatch.setattr(module, "save_place", save)
    monkeypatch.setattr(module, "MOVE_SECONDS", 0.01)
    monkeypatch.setattr(module, "BLIND_SECONDS", 0.0)
    monkeypatch.setattr(module, "SIGHT_SECONDS", 0.5)

    async def nothing(tis):
        return {}

    monkeypatch.setattr(killing, "task_states", nothing)
    return world


def submit(server, name="pi", claim="mine", n=0):
    with sparkk8s.Client(server=server.url, namespace="default") as client:
        app = sparkk8s.App("local:///a.jar", name=name, main_class="A", conf={"spark.kubernetes.container.image": "i"})
        with client.submit(app, key=f"{name}-{n}") as run:
            run.claim(claim)
            return run.id


def make(run_id, claim="mine", **more):
    trigger = SparkRunTrigger(run_id=run_id, claim=claim, sparkk8s_conn_id="sparkk8s_default", **more)
    trigger.task_instance = TASK
    return trigger


async def fire(trigger):
    async for event in trigger.run():
        await trigger.cleanup()
        return event.payload


async def until(condition):
    while not condition():
        await asyncio.sleep(0.01)


async def cancelled(server, trigger, how):
    """As the triggerer does it: the task is cancelled, then on_kill or cleanup is called."""
    task = asyncio.ensure_future(fire(trigger))
    await until(lambda: server.count("GET", "watch=") and trigger._told)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await how(trigger)
    assert not Hub.get()._entries       # nothing stays open


@pytest.mark.life("runs-on", log=b"one\ntwo\n")
def test_end_and_log(drivers, states):
    """What the trigger has not copied the worker can, from the event's position."""
    run_id = submit(drivers)

    async def main():
        task = asyncio.ensure_future(fire(make(run_id)))
        await until(lambda: "two" in states.log)
        drivers.step(drivers.pods[run_id.split(":")[1]], api.SUCCEEDED)
        return await task

    event = asyncio.run(main())
    assert (event["status"], event["state"], event["run_id"]) == ("ended", "SUCCEEDED", run_id)
    assert [line for line in states.log if line in ("one", "two")] == ["one", "two"]
    assert states.place["place"] == states.place["settled"] == event["place"]
    drivers.log += b"three\n"
    with sparkk8s.Client(server=drivers.url, namespace="default") as client, client.open(run_id) as run:
        assert [line.text for line in run.logs(follow=False, position=event["place"][0])] == ["three"]


@pytest.mark.life("runs-on", log=b"one\ntwo\n")
def test_log_elsewhere(drivers, states):
    """A trigger that is stopped, and goes on in another triggerer: from the same arguments, but behind the last line."""
    run_id = submit(drivers)

    async def stopped():
        task = asyncio.ensure_future(fire(make(run_id)))
        await until(lambda: "two" in states.log)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    async def goes_on():
        task = asyncio.ensure_future(fire(make(run_id)))
        await until(lambda: "three" in states.log)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(stopped())
    drivers.log += b"three\n"
    asyncio.run(goes_on())
    assert [line for line in states.log if line in ("one", "two", "three")] == ["one", "two", "three"]


@pytest.mark.life("runs-on", log=b"one\ntwo\n")
def test_frozen(drivers, states, monkeypatch):
    """After a silence another triggerer may have the trigger, and have written what comes now."""
    async def main():
        trigger = make(submit(drivers))
        task = asyncio.ensure_future(fire(trigger))
        await until(lambda: "two" in states.log)
        monkeypatch.setattr(module, "SILENCE_SECONDS", 0.0)
        monkeypatch.setattr(driverlog, "latest", lambda ti, pod: 2 ** 60)
        before = trigger._driver.place.time
        drivers.write(b"three\n")
        await until(lambda: trigger._driver.place.time > before)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(main())
    assert "three" not in states.log


@pytest.mark.life("fails")
def test_failure(drivers, states):
    event = asyncio.run(fire(make(submit(drivers))))
    assert (event["status"], event["state"], event["cause"], event["exit_code"]) == ("ended", "FAILED", "APP", 42)


@pytest.mark.life("vanishes")
def test_lost(drivers, states):
    event = asyncio.run(fire(make(submit(drivers), get_logs=False)))
    assert (event["status"], event["state"], event["cause"]) == ("ended", "LOST", "DELETED")


@pytest.mark.life("vanishes")
def test_gone_before(drivers, states):
    run_id = submit(drivers)
    while drivers.pods:
        time.sleep(0.01)
    event = asyncio.run(fire(make(run_id)))
    assert (event["status"], event["state"]) == ("ended", "LOST")


@pytest.mark.life("runs-on")
def test_one_watch_for_all(drivers, states):
    runs = [submit(drivers, n=i) for i in range(20)]
    before = len(drivers.requests)

    async def main():
        triggers = [make(run, get_logs=False) for run in runs]
        tasks = [asyncio.ensure_future(fire(trigger)) for trigger in triggers]
        await until(lambda: all(trigger._told for trigger in triggers))
        for run in runs:
            drivers.step(drivers.pods[run.split(":")[1]], api.SUCCEEDED)
        return await asyncio.gather(*tasks)

    events = asyncio.run(main())
    assert {event["state"] for event in events} == {"SUCCEEDED"}
    asked = [path for _, path, _ in drivers.requests[before:]]
    assert sum("watch=" in path and "sendInitialEvents" not in path for path in asked) == 1 and len(asked) <= 4, asked


@pytest.mark.life("runs-on")
def test_deadline_kills(drivers, states):
    run_id = submit(drivers)
    event = asyncio.run(fire(make(run_id, deadline=time.time() + 0.3)))
    assert event["status"] == "timeout" and not drivers.pods


@pytest.mark.life("runs-on")
def test_deadline_of_a_run_that_is_anothers(drivers, states):
    run_id = submit(drivers, claim="theirs")
    event = asyncio.run(fire(make(run_id, deadline=time.time() + 0.3)))
    assert event["status"] == "timeout" and len(drivers.pods) == 1


def submit_running(drivers):
    """A run, when its driver runs."""
    run_id = submit(drivers)
    while drivers.pods[run_id.split(":")[1]]["status"]["phase"] != "Running":
        time.sleep(0.01)
    return run_id


@pytest.mark.life("no-image")
def test_startup_deadline(drivers, states):
    event = asyncio.run(fire(make(submit(drivers), get_logs=False, startup_deadline=time.time() + 0.5)))
    assert event["status"] == "timeout" and "IMAGE" in event["message"] and not drivers.pods


@pytest.mark.life("runs-on")
def test_startup_deadline_of_a_driver_that_runs(drivers, states):
    """For another triggerer, which sees it for the first time, long after."""
    run_id = submit_running(drivers)

    async def main():
        task = asyncio.ensure_future(fire(make(run_id, get_logs=False, startup_deadline=time.time() - 60)))
        await until(lambda: any("RUNNING" in line for line in states.log))
        await asyncio.sleep(0.05)
        drivers.step(drivers.pods[run_id.split(":")[1]], api.SUCCEEDED)
        return await task

    assert asyncio.run(main())["status"] == "ended"


@pytest.mark.life("runs-on")
def test_kill_unless_it_has_started(drivers, states):
    run_id = submit_running(drivers)

    async def main():
        async with Hub.get().cluster("sparkk8s_default") as cluster:
            return await killing.kill(cluster.client, run_id, "mine", print, unless_started=True)

    assert asyncio.run(main()) is False and len(drivers.pods) == 1


@pytest.mark.life("runs-on")
def test_out_of_reach(drivers, states):
    """The API server does not answer for a while, and the watch does not know the run."""
    run_id = submit(drivers)
    drivers.refuse = (503, "ServiceUnavailable", "out of order")

    async def main():
        task = asyncio.ensure_future(fire(make(run_id, get_logs=False)))
        await until(lambda: any("cannot be asked for" in line for line in states.log))
        drivers.refuse = None
        await until(lambda: any("RUNNING" in line for line in states.log))
        drivers.step(drivers.pods[run_id.split(":")[1]], api.SUCCEEDED)
        return await task

    assert asyncio.run(main())["status"] == "ended"


def test_no_connection(states, monkeypatch):
    """It is in the workers' environment only."""
    monkeypatch.setattr(module, "EARLY_SECONDS", 0.0)

    async def missing(conn_id):
        raise AirflowNotFoundException(f"no connection {conn_id}")

    async def main():
        cluster = Hub.cluster
        monkeypatch.setattr(Hub, "cluster", lambda self, conn_id: cluster(self, conn_id, missing))
        return await fire(make("default:pi-driver"))

    event = asyncio.run(main())
    assert event["status"] == "error" and "in the triggerer: no connection sparkk8s_default" in event["message"]


@pytest.mark.life("succeeds")
def test_no_event_too_early(drivers, states, monkeypatch):
    """Airflow's scheduler fails a task that is resumed before it has heard of the end of the worker that deferred it."""
    monkeypatch.setattr(module, "EARLY_SECONDS", 0.7)
    run_id = submit(drivers)
    began = time.monotonic()
    assert asyncio.run(fire(make(run_id, get_logs=False)))["state"] == "SUCCEEDED" and time.monotonic() - began >= 0.7


@pytest.mark.life("runs-on")
@pytest.mark.parametrize("state", ["failed", "success", "removed", "queued", None])
def test_killed_by_users(drivers, states, state):
    states.states = [state]
    asyncio.run(cancelled(drivers, make(submit(drivers)), SparkRunTrigger.on_kill))
    assert not drivers.pods


@pytest.mark.life("runs-on")
def test_moved_to_another_triggerer(drivers, states):
    asyncio.run(cancelled(drivers, make(submit(drivers)), SparkRunTrigger.on_kill))
    assert len(drivers.pods) == 1 and states.asked == 2


@pytest.mark.life("runs-on")
@pytest.mark.parametrize("rounds", range(4))
def test_cancelled_when_there_is_news(drivers, states, rounds):
    """Before Python 3.12, asyncio.wait_for() forgets that it was cancelled if what it waits for has just come."""
    async def both():
        trigger = make(submit(drivers), get_logs=False, deadline=time.time() + 3600)
        task = asyncio.ensure_future(fire(trigger))
        await until(lambda: trigger._told.startswith("RUNNING"))
        [entry] = Hub.get()._entries.values()
        feed, _ = entry.ready.result()._feeds["default"]
        await until(lambda: trigger.run_id in feed.waiting)
        feed._tell(feed.latest[trigger.run_id])
        for _ in range(rounds):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait({task}, timeout=10)
        assert task.cancelled()

    asyncio.run(both())


@pytest.mark.life("runs-on")
def test_tested(drivers, states):
    """`airflow dags test` runs it itself, and a triggerer has found it, too: its task is queued meanwhile."""
    states.states = ["queued"]
    asyncio.run(cancelled(drivers, make(submit(drivers), tested=True), SparkRunTrigger.on_kill))
    assert len(drivers.pods) == 1


@pytest.mark.life("runs-on")
def test_killed_while_deferred_for_a_moment(drivers, states):
    states.states = ["deferred", "failed"]
    asyncio.run(cancelled(drivers, make(submit(drivers)), SparkRunTrigger.on_kill))
    assert not drivers.pods


@pytest.mark.life("runs-on")
def test_a_new_try_has_claimed_it(drivers, states):
    states.states = ["running"]
    run_id = submit(drivers)

    async def how(trigger):
        async with Hub.get().cluster("sparkk8s_default") as cluster:
            with await cluster.client.open_async(run_id) as run:
                await run.claim_async("the next one's")
        await trigger.on_kill()

    asyncio.run(cancelled(drivers, make(run_id), how))
    assert len(drivers.pods) == 1


@pytest.mark.life("runs-on")
def test_airflow_does_not_answer(drivers, states, monkeypatch):
    async def broken(ti):
        raise RuntimeError("no answer")

    monkeypatch.setattr(module, "task_state", broken)
    asyncio.run(cancelled(drivers, make(submit(drivers)), SparkRunTrigger.on_kill))
    assert len(drivers.pods) == 1


@pytest.mark.life("runs-on")
def test_airflow_answers_again(drivers, states, monkeypatch):
    calls = []

    async def task_state(ti):
        calls.append(ti)
        if len(calls) < 3:
            raise RuntimeError("no answer")
        return "failed"

    monkeypatch.setattr(module, "task_state", task_state)
    asyncio.run(cancelled(drivers, make(submit(drivers)), SparkRunTrigger.on_kill))
    assert not drivers.pods and len(calls) == 3


@pytest.mark.life("runs-on")
def test_the_cluster_answers_later(drivers, states, monkeypatch):
    """Airflow has waited long enough for on_kill, but the kill goes on."""
    monkeypatch.setattr(module, "WAIT_SECONDS", 0.05)
    monkeypatch.setattr(killing, "PATIENCE", (0.3,) * 1000)
    states.states = ["failed"]

    async def how(trigger):
        drivers.refuse = (503, "ServiceUnavailable", "out of order")
        await trigger.on_kill()
        assert len(drivers.pods) == 1
        drivers.refuse = None
        await until(lambda: not drivers.pods and not Hub.get()._kept)

    asyncio.run(cancelled(drivers, make(submit(drivers)), how))


@pytest.mark.life("runs-on")
@pytest.mark.parametrize("state, run_of_task, left", [
    ("failed", None, 1), ("success", None, 1), ("deferred", None, 2), ("up_for_retry", None, 2), (None, None, 2), ("failed", "default:another-driver", 2)])
def test_nobody_was_told(drivers, states, monkeypatch, state, run_of_task, left):
    """A driver whose task is over, and whose trigger has never begun; another one's trigger looks after it."""
    orphan, other = submit(drivers, n=1, claim="airflow/d/r/t[3]/1"), submit(drivers, n=2)
    submit(drivers, name="not-airflow", n=3, claim="somebody")
    looked = []

    async def task_states(tis):
        looked.append([ti[:4] for ti in tis])
        return {ti: state for ti in tis}

    async def run_of(ti):
        return run_of_task or orphan

    monkeypatch.setattr(killing, "CARE_SECONDS", (0.1, 0.1))
    monkeypatch.setattr(killing, "task_states", task_states)
    monkeypatch.setattr(killing, "run_of_task", run_of)
    whose, said = ContextVar("whose", default="nobody's"), []
    monkeypatch.setattr(killing.log, "warning", lambda *_: said.append(whose.get()))

    async def main():
        whose.set("the other trigger's")
        task = asyncio.ensure_future(fire(make(other, get_logs=False)))
        await until(lambda: len(looked) > 2 and looked[-1] in ([("d", "r", "t", 3)], []))
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(main())
    assert ["d", "r", "t", 3] in [list(ti) for tis in looked for ti in tis]
    assert len(drivers.pods) == left + 1 and other.split(":")[1] in drivers.pods
    assert said == ["nobody's"] * (2 - left)


@pytest.mark.life("runs-on")
@pytest.mark.parametrize("has_on_kill, left", [(True, 1), (False, 0)])
def test_cleanup(drivers, states, monkeypatch, has_on_kill, left):
    monkeypatch.setattr(module, "HAS_ON_KILL", has_on_kill)
    states.states = ["failed"]
    asyncio.run(cancelled(drivers, make(submit(drivers)), SparkRunTrigger.cleanup))
    assert len(drivers.pods) == left


@pytest.mark.life("runs-on")
def test_interrupted_again_and_again(drivers, states, monkeypatch):
    """Airflow 2 cancels a trigger each second until it has ended, in the midst of its cleanup, too."""
    monkeypatch.setattr(module, "HAS_ON_KILL", False)
    states.states = ["deferred", "failed"]

    async def run(trigger):
        try:
            await fire(trigger)
        finally:
            await trigger.cleanup()

    async def main():
        trigger = make(submit(drivers))
        task = asyncio.ensure_future(run(trigger))
        await until(lambda: trigger._told)
        while not task.done():
            task.cancel()
            await asyncio.sleep(0)
        await until(lambda: not drivers.pods)

    asyncio.run(main())


@pytest.mark.life("succeeds")
def test_nothing_is_killed_after_the_event(drivers, states):
    states.states = ["success"]
    trigger = make(submit(drivers))

    async def main():
        await fire(trigger)
        await trigger.on_kill()

    asyncio.run(main())
    assert len(drivers.pods) == 1 and states.asked == 0


@pytest.mark.life(refuse=(403, "Forbidden", "you may not"))
def test_refused(drivers, states):
    event = asyncio.run(fire(make("default:pi-driver")))
    assert event["status"] == "error" and "you may not" in event["message"]


def test_a_token_that_has_expired(drivers, states):
    """The run goes on, and so does its trigger when the connection has a new one."""
    run_id = submit(drivers)
    drivers.refuse = (401, "Unauthorized", "expired")

    async def main():
        waiting = asyncio.ensure_future(fire(make(run_id)))
        while not any("could not be watched" in line for line in states.log):
            await asyncio.sleep(0.05)
        drivers.refuse = None
        return await waiting

    assert asyncio.run(main())["status"] == "ended"


def test_serialized():
    first = make("default:pi-driver", deadline=1.5)
    path, arguments = first.serialize()
    assert path == "sparkk8s.airflow.trigger.SparkRunTrigger"
    assert SparkRunTrigger(**arguments).serialize() == first.serialize()
