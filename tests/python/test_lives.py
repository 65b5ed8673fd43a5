# SPDX-License-Identifier: Apache-2.0
"""How long things live: closing, forgetting, copies, threads that come at once, forks, event loops that go away."""
import asyncio
import gc
import os
import threading
import warnings

import pytest

import sparkk8s
from sparkk8s import Client, State


def warned(action):
    """The ResourceWarnings of it."""
    noted = []
    with warnings.catch_warnings(), pytest.MonkeyPatch.context() as patch:
        warnings.simplefilter("always")
        patch.setattr(warnings, "showwarning", lambda message, category, *_: noted.append((category, str(message))))    # keeps no source
        action()
        gc.collect()
    return [message for category, message in noted if category is ResourceWarning]


@pytest.mark.life(log=b"a\nb\n")
def test_what_is_closed_or_read_to_its_end_is_not_noted(api, app):
    def use():
        with Client(server=api.url, namespace="default") as client:
            run = client.submit(app)
            run.wait(), list(run.logs()), list(client.list()), client.kill(all=True, dry_run=True), client.wait()
            with client.watch() as watch:
                next(watch)
            run.logs().close()
            left_open = client.watch()
            next(left_open)
        del client, left_open           # the client was closed before

    async def use_async():
        async with Client(server=api.url, namespace="default") as client:
            run = await client.open_async("pi-driver") if "pi-driver" in api.pods else await client.submit_async(app)
            await run.wait_async()
            assert [line.text async for line in run.logs_async()] == ["a", "b"]
            async with client.watch_async() as watch:
                async for _ in watch:
                    break
    assert warned(use) == [] == warned(lambda: asyncio.run(use_async()))


def test_what_is_not_is_noted(api, app):
    def use():
        client = Client(server=api.url, namespace="default")
        run = client.submit(app)
        for _ in run.watch():
            break
        next(client.list())
    noted = warned(use)
    assert sorted(noted) == sorted(["unclosed <Watch>", "unclosed <StatusList>", f"unclosed client of {api.url}"])


def test_a_run_keeps_its_client(api, app):
    """It is the client that was not closed."""
    def use():
        run = Client(server=api.url, namespace="default").submit(app)
        gc.collect()
        assert run.wait().state is State.SUCCEEDED
    assert warned(use) == [f"unclosed client of {api.url}"]


def test_a_stream_that_failed_is_not_noted(lab, lab_client):
    lab.control(reset={"forbid": ["list pods"]})

    def use():
        with pytest.raises(sparkk8s.Forbidden):
            list(lab_client.list())
    assert warned(use) == []


def test_exceptions_that_are_kept(api, app):
    """Their tracebacks hold what was waiting, whatever is freed first."""
    kept = []
    client = Client(server=api.url, namespace="default")
    for call in (lambda: client.open("nothing"), lambda: client.submit(app, timeout=1e-3), lambda: client.wait(names=["nothing"])):
        try:
            call()
        except sparkk8s.SparkK8sError as error:
            kept.append(error)
    client.close()
    del client, call
    gc.collect()
    kept.clear()
    gc.collect()


def test_two_threads_at_once(client, app):
    """Both have asked and found nothing before either waits: one is refused, and afterwards the client is as before."""
    client.submit(app)
    both, outcomes = threading.Barrier(2, timeout=20), []

    def work():
        asked = []

        def attempt():
            if asked:
                return "done"
            asked.append(1)
            both.wait()
            return sparkk8s._core.AGAIN
        try:
            outcomes.append(client._core.block(attempt, deadline=sparkk8s._core.monotonic() + 1))
        except (sparkk8s.InUseError, sparkk8s.Timeout) as error:
            outcomes.append(type(error).__name__)
    turns = []
    poll_ms = sparkk8s._core._poll_ms

    def slow(left):                     # whoever waits does so until the other one has been answered
        turns.append(1)
        while not outcomes:
            pass
        return poll_ms(0.01)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sparkk8s._core, "_poll_ms", slow)
        threads = [threading.Thread(target=work, daemon=True) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
    assert outcomes == ["InUseError", "done"] and client._core.user is None
    assert len(list(client.list())) == 1


def in_a_child(action):
    """Its outcome in a forked child: what it returns is true."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            code = 0 if action() else 2
        finally:
            os._exit(code)
    return os.waitpid(child, 0)[1] == 0


def test_each_process_has_its_own_cancel():
    """The handler of SIGTERM that a child inherits does not cancel its parent's waits."""
    cancel = sparkk8s.Cancel()

    def use():
        cancel.trigger()
        ends = cancel.fileno()
        return cancel.is_triggered and os.read(ends, 1) == b"x"
    assert in_a_child(use) and not cancel.is_triggered
    with pytest.raises(BlockingIOError):
        os.read(cancel.fileno(), 1)
    cancel.trigger()
    assert in_a_child(lambda: cancel.is_triggered and cancel.fileno() >= 0 and not cancel.reset() and not cancel.is_triggered)
    assert cancel.is_triggered


@pytest.mark.life("runs-on")
def test_a_cancel_ends_what_need_not_wait(client, app):
    run = client.submit(app)
    assert client.wait(until=[State.RUNNING]).reached == 1
    cancel = sparkk8s.Cancel()
    with client.watch() as other:
        assert other.read(20)
        cancel.trigger()
        for call in (lambda: run.status(cancel=cancel), lambda: client.list(cancel=cancel).read(), lambda: run.kill(cancel=cancel)):
            with warnings.catch_warnings(), pytest.raises(sparkk8s.Canceled):
                warnings.simplefilter("ignore")
                call()
    assert not run.status().is_final


@pytest.mark.life("runs-on")
def test_a_child_leaves_the_parents_loop_alone(api, client, app):
    """The loop's epoll is one for both processes: what a child takes from it is gone for its parent."""
    async def main():
        run = await client.submit_async(app)
        async with client.watch_async() as watch:
            await watch.__anext__()

            async def rest():
                async for status in watch:
                    if status.state is State.LOST:
                        return status
            task = asyncio.ensure_future(rest())
            while not client._core.waiters:
                await asyncio.sleep(0.01)

            def close():
                client.close()
                try:
                    client.list()
                except sparkk8s.ForkError:
                    return True
            assert in_a_child(close)
            await run.kill_async()
            return (await asyncio.wait_for(task, 30)).run_id == run.id
    assert asyncio.run(main())


async def to_the_end(stream):
    return [item async for item in stream]


@pytest.mark.life("runs-on")
def test_a_loop_that_is_closed_under_its_tasks(api, client, app):
    """Nobody has canceled them, and somebody keeps them."""
    run = client.submit(app)
    loop = asyncio.new_event_loop()
    watch, logs = client.watch(), run.logs()
    kept = [loop.create_task(to_the_end(stream)) for stream in (watch, logs)]
    loop.run_until_complete(asyncio.sleep(0.01))
    loop.close()
    assert run.status().run_id == run.id
    thread = threading.Thread(target=lambda: kept.append(run.status().run_id), daemon=True)
    thread.start()
    thread.join(20)
    assert kept[-1] == run.id

    async def again():
        return await run.status_async()
    assert asyncio.run(again()).run_id == run.id
    for task in kept[:2]:
        task._log_destroy_pending = False
    watch.close(), logs.close()
    kept.clear()
    gc.collect()
    assert asyncio.run(again()).run_id == run.id and client._core.loop is None


@pytest.mark.life("runs-on")
def test_closing_a_client_whose_loop_is_gone(api, app):
    client = Client(server=api.url, namespace="default")
    run = client.submit(app)
    loop = asyncio.new_event_loop()
    task = loop.create_task(run.wait_async())
    loop.run_until_complete(asyncio.sleep(0.2))
    loop.close()
    client.close()
    task._log_destroy_pending = False


@pytest.mark.life("runs-on")
def test_a_stream_that_another_task_closes(client, app):
    async def main():
        run = await client.submit_async(app)
        for stream in (client.watch_async(), run.logs_async()):
            task = asyncio.ensure_future(to_the_end(stream))
            for _ in range(20):
                await asyncio.sleep(0.01)
            await stream.aclose()
            assert await asyncio.wait_for(task, 20) is not None
        operation = client._open("x", None, None)
        task = asyncio.ensure_future(operation.run_async())
        await asyncio.sleep(0)
        operation.close()
        with pytest.raises(sparkk8s.ClosedError):
            await asyncio.wait_for(task, 20)
    asyncio.run(main())
