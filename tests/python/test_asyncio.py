# SPDX-License-Identifier: Apache-2.0
"""asyncio on the client's descriptor: no threads, many operations at once, cancellation."""
import asyncio
import gc
import inspect
import threading
import time

import pytest

import sparkk8s
from sparkk8s import Client, State


def run_in_loop(test):
    """A test that is a coroutine."""
    def wrapped(**fixtures):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(asyncio.BaseEventLoop, "run_in_executor", None)       # no threads
            asyncio.run(asyncio.wait_for(test(**fixtures), 60))
    wrapped.__signature__ = inspect.signature(test)
    wrapped.__name__ = test.__name__
    wrapped.pytestmark = getattr(test, "pytestmark", [])
    return wrapped


@run_in_loop
async def test_from_submit_to_kill(api, client, app):
    api.log = b"hello\nworld\n"
    run = await client.submit_async(app)
    states = [status.state async for status in run.watch_async()]
    assert states[-1] is State.SUCCEEDED
    assert (await run.wait_async()) == await run.status_async()
    assert [str(line) async for line in run.logs_async()] == ["hello", "world"]
    assert [status.run_id async for status in client.list_async()] == [run.id]
    assert (await run.explain_async()) == await client.explain_async(run.id)
    assert (await client.open_async(run.driver_pod)).id == run.id
    assert await run.diff_async(app.render()) is not None
    await run.claim_async("mine")
    with pytest.raises(sparkk8s.AlreadyExists):
        await run.kill_async(only_claim="other")
    await run.kill_async(only_claim="mine", wait=True)
    assert not api.pods
    with pytest.raises(sparkk8s.NotFound):
        await client.open_async("nothing")


@run_in_loop
async def test_many_at_once(api, client, app):
    """Fifty runs on one watch, their logs besides."""
    api.log = b"a\nb\n"
    ended = set()

    async def follow():
        async with client.watch_async() as watch:
            async for status in watch:
                if status.is_final:
                    ended.add(status.run_id)
                if len(ended) == 50:
                    return

    async def one(i):
        run = await client.submit_async(app, key=f"key-{i}")
        status, lines = await asyncio.gather(run.wait_async(30), lines_of(run))
        return run.id, status.state, lines

    async def lines_of(run):
        return [str(line) async for line in run.logs_async()]

    watching = asyncio.ensure_future(follow())
    results = await asyncio.gather(*(one(i) for i in range(50)))
    await watching
    assert {r[0] for r in results} == ended and {(r[1], *r[2]) for r in results} == {(State.SUCCEEDED, "a", "b")}
    assert client._core.loop is None and not client._core.waiters


@pytest.mark.life("runs-on")
@run_in_loop
async def test_a_reader_that_is_elsewhere_does_not_keep_the_loop_busy(api, client, app):
    run = await client.submit_async(app)
    async with client.watch_async() as watch:
        await watch.__anext__()
        api.driver("another-driver")            # the watch has something, and nobody asks
        turns = []
        pump = client._core.pump
        client._core.pump = lambda: (turns.append(1), pump())
        with pytest.raises(sparkk8s.Timeout):
            await run.wait_async(0.5)
        assert len(turns) < 50
        assert await watch.__anext__()


@pytest.mark.life("runs-on")
@run_in_loop
async def test_selections(api, client, app):
    runs = [await client.submit_async(app, key=f"k-{i}") for i in range(3)]
    waited = await client.wait_async(60, until=[State.RUNNING])
    assert waited.reached == 3
    with pytest.raises(sparkk8s.Timeout):
        await client.wait_async(0.2)
    killed = await client.kill_async(names=[run.id for run in runs])
    assert len(killed) == 3 and not any(k.error for k in killed) and not api.pods


@pytest.mark.life(silent=True)
@run_in_loop
async def test_canceled_tasks(api, client, app):
    started, listing = time.monotonic(), client.list_async()
    for begin in (lambda: client.open_async("x"), lambda: client.explain_async("x"), lambda: listing.__anext__()):
        task = asyncio.ensure_future(begin())
        while not api.requests:
            await asyncio.sleep(0.01)
        api.requests.clear()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(client.open_async("x"), 0.1)
    with pytest.raises(sparkk8s.Timeout):
        await client.open_async("x", timeout=0.1)
    assert time.monotonic() - started < 20 and not client._core.waiters
    await listing.aclose()


@pytest.mark.life("runs-on")
@run_in_loop
async def test_what_was_told_before_anybody_waited(api, client, app):
    """It is told once: a blocking call in between must not take it away."""
    run = await client.submit_async(app)
    operation = client._open(run.id, None, None)
    sent = len(api.requests)
    while len(api.requests) == sent or not client._core.early:
        run.status()
    assert (await asyncio.wait_for(operation.run_async(), 30)).id == run.id
    operation.close()
    assert not client._core.early - {0}


@run_in_loop
async def test_many_are_canceled_at_once(client, app):
    run = await client.submit_async(app)
    tasks = [asyncio.ensure_future(run.status_async()) for _ in range(300)]
    await asyncio.sleep(0)
    for task in tasks:
        task.cancel()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(isinstance(o, (asyncio.CancelledError, sparkk8s.Status)) for o in outcomes) and not client._core.waiters
    assert (await run.status_async()).run_id == run.id


@pytest.mark.parametrize("held", ["create pods", "create configmaps", "patch pods"])
def test_a_canceled_submission_leaves_nothing(lab, lab_client, app, held):
    async def main():
        lab.control(rules=[{"verb": held, "do": "hold"}])
        task = asyncio.ensure_future(lab_client.submit_async(app))
        while not lab.control()["held"]:
            await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.sleep(0.05)
        lab.control(release=True)
        with pytest.raises(asyncio.CancelledError):
            await task
    asyncio.run(main())
    assert lab.control()["objects"] == []


@pytest.mark.life("runs-on")
@run_in_loop
async def test_who_may_wait(client, app):
    run = await client.submit_async(app)
    watch = client.watch_async()
    await watch.__anext__()

    async def forever():
        while True:
            await watch.__anext__()
    task = asyncio.ensure_future(forever())
    while not client._core.waiters:
        await asyncio.sleep(0)
    with pytest.raises(sparkk8s.InUseError):
        while True:
            await watch.__anext__()
    assert run.status().run_id == run.id            # blocks the loop, but works
    caught = []

    def elsewhere():
        try:
            run.status()
        except sparkk8s.InUseError as error:
            caught.append(error)
    thread = threading.Thread(target=elsewhere, daemon=True)
    thread.start()
    thread.join()
    assert caught
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    watch.close()


@pytest.mark.life("runs-on")
@run_in_loop
async def test_closing_ends_what_waits(client, app):
    run = await client.submit_async(app)
    task = asyncio.ensure_future(run.wait_async())
    while not client._core.waiters:
        await asyncio.sleep(0.01)
    client.close()
    with pytest.raises(sparkk8s.ClosedError):
        await task


def test_one_loop_after_another(api, client, app):
    """As `dag.test()` of Airflow does it: a new loop for each trigger, and the client goes on."""
    run = client.submit(app)
    for _ in range(3):
        assert asyncio.run(run.wait_async(30)).state is State.SUCCEEDED

    async def left_behind():
        asyncio.ensure_future(watch.__anext__())
        await asyncio.sleep(0)
    with client.watch_async() as watch:
        asyncio.run(left_behind())
    assert asyncio.run(run.status_async()).state is State.SUCCEEDED


def test_a_client_is_collected(api, app):
    async def main():
        client = Client(server=api.url, namespace="default")
        run = await client.submit_async(app)
        await run.wait_async()
    with pytest.warns(ResourceWarning, match="unclosed client of http"):
        asyncio.run(main())
        gc.collect()
    assert not [thing for thing in gc.get_objects() if isinstance(thing, sparkk8s._core.Core) and not thing.closed]
