# SPDX-License-Identifier: Apache-2.0
"""More logs than can be followed at once: each has its turn, none loses or repeats a line, and the ends of runs do not wait for it."""
import asyncio
import resource

import pytest

import api
from sparkk8s.airflow import places as module
from sparkk8s.airflow.places import MANY, Places, affordable
from test_trigger import fire, make, states, submit, until  # noqa: F401  states is a fixture


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(module, "HOLD_SECONDS", 0.3)
    for name in ("REST_SECONDS", "LOOK_SECONDS", "IDLE_SECONDS"):
        monkeypatch.setattr(module, name, 0.01)


@pytest.mark.parametrize("limit, wanted", [((1024, 4096), 512), ((3, 10), 1), ((1, 1), 1), ((10**6, 10**6), MANY),
                                           ((resource.RLIM_INFINITY, resource.RLIM_INFINITY), MANY)])
def test_half_of_the_descriptors(monkeypatch, limit, wanted):
    monkeypatch.setattr(resource, "getrlimit", lambda what: limit)
    assert affordable() == wanted


def test_turns():
    """Seven for two places: never more than two at once, and all have had one, and another one."""

    async def main():
        places, inside, turns = Places(2), [], [0] * 7

        async def reader(i):
            while turns[i] < 3:
                async with places.place(turns[i] > 0) as place:
                    over = asyncio.Event()
                    place.used(over.set)
                    inside.append(i)
                    assert len(inside) <= 2
                    turns[i] += 1
                    if turns[i] < 3:
                        await over.wait()
                        assert place.lost
                    inside.remove(i)

        await asyncio.gather(*(reader(i) for i in range(7)))
        return turns, places

    turns, places = asyncio.run(main())
    assert turns == [3] * 7 and places.free == 2 and not places._held and not places._leaving


def test_given_up():
    """Who is cancelled while it waits, or just when it is given a place, takes none along."""

    async def main():
        places, over = Places(1), asyncio.Event()

        async def reader():
            async with places.place():
                await over.wait()

        tasks = [asyncio.ensure_future(reader()) for _ in range(5)]
        await asyncio.sleep(0)
        for task in tasks[:3]:
            task.cancel()
        over.set()
        await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 30)
        return places

    assert asyncio.run(main()).free == 1


@pytest.mark.life("runs-on", log=b"one\n")
def test_logs_take_turns(drivers, states, monkeypatch):  # noqa: F811
    """Three logs for one place; a line that comes later is in each, and once."""
    monkeypatch.setattr(module, "affordable", lambda: 1)
    runs = [submit(drivers, n=i) for i in range(3)]

    async def main():
        tasks = [asyncio.ensure_future(fire(make(run))) for run in runs]
        await until(lambda: states.log.count("one") == 3)
        drivers.log += b"two\n"
        await until(lambda: states.log.count("two") == 3)
        for run in runs:
            drivers.step(drivers.pods[run.split(":")[1]], api.SUCCEEDED)
        return await asyncio.gather(*tasks)

    events = asyncio.run(main())
    assert [event["state"] for event in events] == ["SUCCEEDED"] * 3
    assert states.log.count("one") == 3 and states.log.count("two") == 3


@pytest.mark.life("runs-on", log=b"one\n")
def test_ends_do_not_wait_for_a_place(drivers, states, monkeypatch):  # noqa: F811
    monkeypatch.setattr(module, "affordable", lambda: 0)
    run = submit(drivers)

    async def main():
        task = asyncio.ensure_future(fire(make(run)))
        await until(lambda: any("RUNNING" in line for line in states.log))
        drivers.step(drivers.pods[run.split(":")[1]], api.SUCCEEDED)
        return await task

    event = asyncio.run(main())
    assert event["state"] == "SUCCEEDED" and not event["whole"]      # its log is the worker's
