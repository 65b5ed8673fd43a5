# SPDX-License-Identifier: Apache-2.0
"""Blocking use, against servers that play drivers' lives and trouble."""
import datetime
import gc
import logging
import pickle
import threading

import pytest

import sparkk8s
from sparkk8s import Cause, Client, State


def test_from_submit_to_kill(api, client, app):
    api.log = b"hello\nworld\n"
    run = client.submit(app)
    assert run.id == f"default:{run.driver_pod}" and run.driver_pod in api.pods and run.namespace == "default"
    assert run.driver_uid == api.pods[run.driver_pod]["metadata"]["uid"] and run.app_id.startswith("spark-") and run.key is None
    states = [status.state for status in run.watch()]
    assert states[-1] is State.SUCCEEDED and states == sorted(states)
    final = run.wait()
    assert final.is_final and final.exit_code == 0 and final.cause is Cause.NONE and final.run_id == run.id
    assert final.finished - final.started == datetime.timedelta(seconds=42) and final.executors == {}
    assert run.status() == final and pickle.loads(pickle.dumps(final)) == final and final.to_dict()["state"] == "SUCCEEDED"
    final.raise_for_verdict()
    assert [str(line) for line in run.logs()] == ["hello", "world"]
    assert [status.run_id for status in client.list()] == [run.id]
    diagnosis = run.explain()
    assert diagnosis.state is State.SUCCEEDED and "succeeded" in diagnosis.summary and diagnosis.evidence
    run.claim("mine")
    assert run.status().claim == "mine"
    with pytest.raises(sparkk8s.AlreadyExists) as caught:
        run.kill(only_claim="other")
    assert "claim" in caught.value.message and caught.value.hint
    run.kill(only_claim="mine", wait=True)
    assert not api.pods and run.status().state is State.LOST
    run.kill()


@pytest.mark.life("fails")
def test_a_failed_run_is_a_value_and_an_exception_if_asked(client, app):
    run = client.submit(app)
    status = run.wait(timeout=datetime.timedelta(seconds=60))
    assert (status.state, status.cause, status.exit_code) == (State.FAILED, Cause.APP, 42)
    with pytest.raises(sparkk8s.RunFailed) as caught:
        status.raise_for_verdict()
    assert caught.value.status is status and "exit code 42" in str(caught.value)
    assert pickle.loads(pickle.dumps(caught.value)).status == status
    assert client.explain(run.id) == run.explain() and not run.explain().retriable


def test_keys(lab, lab_client, app):
    app.namespace = "lab"
    first, second = (lab_client.submit(app, key="nightly") for _ in range(2))
    assert first.id == second.id and first.key == "nightly" and len(lab.objects("pods")) == 1
    assert lab_client.open("nightly").id == first.id == lab_client.open(first.app_id).id
    assert first.diff(app.render(key="nightly")) == []
    app.conf["spark.executor.memory"] = "7g"
    with pytest.raises(sparkk8s.AlreadyExists) as caught:
        lab_client.submit(app, key="nightly")
    assert "spark.executor.memory" in str(caught.value) + caught.value.hint
    assert [d.path for d in first.diff(app.render(key="nightly"))]
    with pytest.raises(sparkk8s.InvalidArgument):
        lab_client.submit(app.render(key="a"), key="b")
    run = lab_client.submit(app, dry_run=True)
    assert run.driver_uid == "" and len(lab.objects("pods")) == 1


def test_errors_of_the_server(lab, lab_client, app):
    lab.control(reset={"forbid": ["create pods"]})
    with pytest.raises(sparkk8s.Forbidden) as caught:
        lab_client.submit(app)
    error = caught.value
    assert error.http_status == 403 and error.reason == "Forbidden" and "forbidden" in error.body and isinstance(error, PermissionError)
    with pytest.raises(sparkk8s.NotFound) as caught:
        lab_client.open("nothing")
    assert isinstance(caught.value, LookupError) and caught.value.hint and caught.value.where == "nothing"
    with pytest.raises(sparkk8s.NotFound):
        lab_client.explain("nothing")


def test_no_server(app):
    with Client(server="http://127.0.0.1:9", namespace="n") as client, pytest.raises(sparkk8s.ConnectError) as caught:
        client.submit(app)
    assert isinstance(caught.value, ConnectionError)


@pytest.mark.life(silent=True)
def test_time_limits(api, client, app):
    listing, watch = client.list(), client.watch()
    for call in (lambda: client.submit(app, timeout=0.2), lambda: client.open("x", timeout=datetime.timedelta(milliseconds=200)),
                 lambda: listing.read(timeout=0.2), lambda: watch.read(0.1)):
        with pytest.raises(sparkk8s.Timeout) as caught:
            call()
        assert isinstance(caught.value, TimeoutError) and caught.value.retriable
    with Client(server=api.url, namespace="n", timeout=0.2) as impatient, pytest.raises(sparkk8s.Timeout):
        impatient.explain("x")
    with pytest.raises(ValueError):
        client.open("x", timeout=-1)
    listing.close()
    watch.close()


@pytest.mark.life("runs-on")
def test_waiting_that_ends_early(client, app):
    run = client.submit(app)
    with pytest.raises(sparkk8s.Timeout) as caught:
        run.wait(timeout=0.5)
    assert run.id in str(caught.value) and "RUNNING" in str(caught.value)
    cancel = sparkk8s.Cancel()
    threading.Timer(0.2, cancel.trigger).start()
    with pytest.raises(sparkk8s.Canceled):
        run.wait(cancel=cancel)
    assert cancel.is_triggered
    with pytest.raises(sparkk8s.Canceled), run.logs(cancel=cancel) as logs:
        logs.read()
    cancel.reset()
    assert not cancel.is_triggered and run.status(cancel=cancel).state is State.RUNNING


def test_streams(api, client, app):
    api.log = b"".join(b"%d\n" % i for i in range(50))
    run = client.submit(app)
    run.wait()
    with run.logs() as logs:
        assert [str(next(logs)) for _ in range(20)] == [str(i) for i in range(20)]
        assert logs.position
    position = logs.position
    assert list(logs) == [] and logs.read() is None
    rest = run.logs(position=position)
    lines = list(rest)
    assert [str(line) for line in lines] == [str(i) for i in range(20, 50)] and lines[0].pod == run.driver_pod and lines[0].time_ns
    assert list(run.logs(position=rest.position)) == []
    assert [str(line) for line in run.logs(follow=False)][-1] == "49"
    with pytest.raises(sparkk8s.InvalidArgument):
        run.logs(position="nonsense")
    assert list(client.list(states=[State.FAILED])) == [] and len(list(client.list(states=[State.SUCCEEDED], name="pi-*"))) == 1
    with client.watch() as watch:
        assert next(watch).run_id == run.id


def test_what_is_left_alone_keeps_nothing_busy(api, client, app):
    """A stream that has something and is not read does not make others' waits spin."""
    run = client.submit(app)
    watch, calls = client.watch(), []
    assert watch.read(5)
    pump = client._core.pump
    client._core.pump = lambda: (calls.append(1), pump())
    assert run.wait().state is State.SUCCEEDED
    assert len(calls) < 100
    assert watch.read(5)
    watch.close()


def test_any_order_of_freeing(api, client, app):
    run = client.submit(app)
    watch, logs, listing = run.watch(), run.logs(), client.list()
    next(watch)
    del run
    gc.collect()
    assert next(listing)
    client.close()
    for use in (lambda: next(watch), lambda: next(logs), lambda: next(listing), lambda: client.list(), lambda: client.server):
        with pytest.raises(sparkk8s.ClosedError):
            use()
    client.close()
    watch.close()
    del client, logs, listing, watch
    gc.collect()


@pytest.mark.life("runs-on")
def test_many_are_killed(api, client, app):
    runs = [client.submit(app, key=f"k-{i}") for i in range(3)]
    with pytest.raises(sparkk8s.InvalidArgument):
        client.kill()
    assert {k.status.run_id for k in client.kill(all=True, dry_run=True)} == {r.id for r in runs} and len(api.pods) == 3
    assert [status.executors for status in client.list(drivers_only=True)] == [None] * 3
    listing = client.list(names=[runs[0].id, "nothing"])
    assert [s.run_id for s in listing] == [runs[0].id] and listing.missing == ["nothing"]
    killed = client.kill(names=[runs[0].id, runs[1].driver_pod, "nothing"])
    assert sorted(k.status.run_id for k in killed if k.error is None) == sorted(r.id for r in runs[:2])
    [failure] = [k for k in killed if k.error]
    assert failure.status is None and isinstance(failure.error, sparkk8s.NotFound) and list(api.pods) == [runs[2].driver_pod]
    with pytest.raises(TypeError):
        client.list(nonsense=1)


def test_many_are_waited_for(client, app):
    runs = {client.submit(app, key=f"k-{i}").id for i in range(3)}
    waited = client.wait(60, namespace="default")
    assert {s.run_id for s in waited.statuses} == runs and (waited.pending, waited.reached, waited.missed) == (0, 3, 0)
    assert all(status.state is State.SUCCEEDED for status in waited.statuses)
    assert client.wait(60, until=[State.FAILED]).missed == 3
    with pytest.raises(sparkk8s.NotFound):
        client.wait(names=["nothing"])


@pytest.mark.life("runs-on", log=b"a\nb\n")
def test_logs_of_many(client, app):
    runs = [client.submit(app, key=f"k-{i}") for i in range(2)]
    assert client.wait(60, until=[State.RUNNING]).reached == 2
    lines = {(line.pod, line.text) for line in client.logs(follow=False)}
    assert lines == {(run.driver_pod, text) for run in runs for text in "ab"}


def test_leftovers(api, client):
    path = "/api/v1/namespaces/default/configmaps"
    api.others[path, "spark-drv-1-conf-map"] = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {
        "name": "spark-drv-1-conf-map", "namespace": "default", "uid": "u9", "resourceVersion": "5", "creationTimestamp": "2026-11-20T00:00:00Z",
        "labels": {"spark-app-selector": "spark-" + "1" * 32, "spark-role": "driver"},
        "ownerReferences": [{"apiVersion": "v1", "kind": "Pod", "name": "gone-driver", "uid": "u8", "controller": True}]}}
    [leftover] = client.gc()
    assert (leftover.kind, leftover.name, leftover.reason, leftover.error) == ("ConfigMap", "spark-drv-1-conf-map", sparkk8s.GcReason.ORPHAN, None)
    assert leftover.text and leftover.since_ms and not [r for r in api.requests if r[0] == "DELETE"]
    client.gc(delete=True, finished_older_than=datetime.timedelta(days=1))
    assert [r[1] for r in api.requests if r[0] == "DELETE"] == [f"{path}/spark-drv-1-conf-map"]


@pytest.mark.life("runs-on", executors=2, log=b"a\nb\n")
def test_logs_of_executors(api, client, app):
    run = client.submit(app)
    while run.status().executors.get(State.RUNNING) != 2:
        pass
    lines = list(run.logs(follow=False, executors=True, driver=True))
    assert {(line.executor, line.text) for line in lines} == {(e, t) for e in ("", "1", "2") for t in "ab"}
    assert all(line.is_whole and line.namespace == "default" and line.restarts == 0 for line in lines)


def test_use_after_close(client, app):
    run = client.submit(app)
    with run:
        pass
    for use in (run.status, run.watch, run.logs, run.kill):
        with pytest.raises(sparkk8s.ClosedError):
            use()
    assert run.id and "closed" not in repr(client)


def test_garbage_of_another_thread(client, app):
    """What another thread forgets is released by the one that uses the client."""
    run = client.submit(app)
    things = [run.watch() for _ in range(5)]
    thread = threading.Thread(target=things.clear, daemon=True)
    with pytest.warns(ResourceWarning, match="unclosed <Watch>"):
        thread.start()
        thread.join()
    assert run.wait().state is State.SUCCEEDED


@pytest.mark.life("runs-on")
def test_two_threads(client, app):
    run = client.submit(app)
    caught, begun, cancel = [], threading.Event(), sparkk8s.Cancel()

    def wait():
        watch = run.watch(cancel=cancel)
        next(watch)
        begun.set()
        try:
            for _ in watch:
                pass
        except sparkk8s.Canceled:
            caught.append("canceled")
        watch.close()

    thread = threading.Thread(target=wait, daemon=True)
    thread.start()
    begun.wait(20)
    while client._core.user is None:
        pass
    with pytest.raises(sparkk8s.InUseError):
        run.status()
    cancel.trigger()
    thread.join()
    assert caught == ["canceled"] and not run.status().is_final


def test_messages_go_to_logging(api, app, caplog):
    caplog.set_level(logging.DEBUG, "sparkk8s")
    with Client(server=api.url, namespace="default") as client:
        client.submit(app)
        assert any("submitted" in record.getMessage() for record in caplog.records)

        class Nosy(logging.Handler):
            def emit(self, record):
                with pytest.raises(sparkk8s.InUseError):
                    client.list()
                seen.append(record)
        seen = []
        logging.getLogger("sparkk8s").addHandler(Nosy())
        try:
            client.submit(app)
        finally:
            logging.getLogger("sparkk8s").handlers.clear()
        assert seen


def test_a_template_for_the_client(api, tmp_path):
    file = tmp_path / "config"
    file.write_text('{"apiVersion": "v1", "kind": "Config", "current-context": "c", "clusters": [{"name": "c", "cluster": {"server": "%s"}}],'
                    '"users": [], "contexts": [{"name": "c", "context": {"cluster": "c", "namespace": "etl"}}]}' % api.url)
    with Client(kubeconfig=file, token="canary") as client:
        assert (client.server, client.namespace) == (api.url, "etl") and client.fileno() >= 0
    assert "closed" in repr(client)
    with Client(kubeconfig=file, conf={"spark.kubernetes.namespace": "other"}) as client:
        assert client.namespace == "other"
    with pytest.raises(sparkk8s.SparkK8sError):
        Client(kubeconfig=tmp_path / "nothing")
