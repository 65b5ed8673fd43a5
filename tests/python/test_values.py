# SPDX-License-Identifier: Apache-2.0
"""What goes in and what comes out: times, texts, paths, states; results as values; what may be copied, and what may not."""
import copy
import datetime
import inspect
import json
import pickle
import threading
import traceback
from pathlib import Path

import pytest

import sparkk8s
from sparkk8s import App, Client, Conf, LogKind, LogLine, Role, State, Status, Volume

LINE = LogLine(b"a\xff", LogKind.LINE, "n", "p", "", 0, 1_500_000_000, True)


def test_ages_are_as_long_as_one_likes(api, client):
    for age in (datetime.timedelta(days=400), 30 * 86400, 1e12, float("inf")):
        assert list(client.list(older_than=age)) == [] == list(client.list(min_age=age)) and list(client.list(max_age=age)) == []
        assert client.gc(silent=age, finished_older_than=age) == []


@pytest.mark.life("runs-on")
@pytest.mark.parametrize("limit", [float("inf"), datetime.timedelta(days=400), 3e6, 1e300])
def test_waits_are_as_long_as_one_likes(client, app, limit):
    run, cancel = client.submit(app), sparkk8s.Cancel()
    assert run.status(timeout=limit).run_id == run.id
    with run.watch(cancel=cancel) as watch:
        while watch.read(limit).state is not State.RUNNING:
            pass
        threading.Timer(0.1, cancel.trigger).start()
        with pytest.raises(sparkk8s.Canceled):
            watch.read(limit)


@pytest.mark.parametrize("wrong", [-1, float("nan"), datetime.timedelta(seconds=-1)])
def test_times_that_are_none(client, wrong):
    for use in (lambda: client.list(older_than=wrong), lambda: client.open("x", timeout=wrong), lambda: client.wait(wrong),
                lambda: client.kill(all=True, grace=wrong), lambda: client.gc(silent=wrong), lambda: Client(timeout=wrong)):
        with pytest.raises(ValueError):
            use()


@pytest.mark.life("runs-on")
def test_numbers_are_not_cut_off(client, app):
    run = client.submit(app)
    for use in (lambda: run.kill(grace=2**32 + 1), lambda: run.kill(grace=float("inf")), lambda: run.logs(max_streams=2**32 + 1),
                lambda: run.logs(tail_lines=2**64 + 1), lambda: Client(max_in_flight=2**32 + 1)):
        with pytest.raises(ValueError, match="too large"):
            use()
    assert not run.status().is_final


def test_one_text_is_not_several(client):
    """A str is an iterable of letters, among which may be a glob."""
    for use in (lambda: client.kill(names="etl-*", dry_run=True), lambda: client.list(names="x"), lambda: App.from_args("--help"),
                lambda: Client(impersonate_groups="admins"), lambda: sparkk8s.spark_submit("--version")):
        with pytest.raises(TypeError, match="not a single str"):
            use()


def test_states_are_states(client):
    for use in (lambda: client.list(states=["SUCCEEDED"]), lambda: client.list(states=[4]), lambda: client.wait(until="FAILED"),
                lambda: client.list(states="FAILED"), lambda: client.kill(states=State.FAILED)):
        with pytest.raises(TypeError):
            use()
    assert list(client.list(states={State.FAILED, State.LOST})) == [] == list(client.list(states=(s for s in State)))


def test_paths(tmp_path):
    assert App(Path("/opt/app.jar")).resource == "/opt/app.jar"
    odd = tmp_path / "caf\udce9.conf"           # not UTF-8
    odd.write_text("spark.a 1\n")
    for path in (odd, str(odd), bytes(odd)):
        conf = Conf()
        conf.load(path)
        assert dict(conf) == {"spark.a": "1"}
    with pytest.raises(sparkk8s.LocalIOError) as caught:
        App().set_pod_template(Role.DRIVER, tmp_path / "nothing.yaml")
    assert caught.value.where.endswith("nothing.yaml") and isinstance(caught.value.__cause__, FileNotFoundError)
    with pytest.raises(sparkk8s.SparkK8sError):
        Client(kubeconfig=bytes(tmp_path / "nothing"))


def test_an_app_shows_itself():
    assert repr(App("local:///a.jar", name="n")) == "<App n, local:///a.jar>" and "App" in repr(App())


def test_results_are_made_as_they_are_shown():
    assert LINE == LogLine(*LINE._values()) == LogLine(**dict(zip(LINE.__slots__, LINE._values()))) and repr(LINE).startswith("LogLine(data=b'a\\xff'")
    assert LINE.time == datetime.datetime(1970, 1, 1, 0, 0, 1, 500000, datetime.timezone.utc) and LINE != "a" and LINE.__eq__("a") is NotImplemented
    other = LINE.__replace__(pod="q")
    assert (other.pod, LINE.pod, other.data) == ("q", "p", LINE.data) and LogLine.__match_args__ == LogLine.__slots__
    some = Status(run_id="a:b", state=State.FAILED, exit_code=1)
    assert (some.message, some.cause, some.executors, some.finished) == ("", sparkk8s.Cause.NONE, None, None) and some.is_final
    assert sparkk8s.Diagnosis().evidence == () and LogLine().kind is LogKind.LINE and sparkk8s.Leftover().reason is sparkk8s.GcReason.NONE
    for record in (sparkk8s.Status, sparkk8s.Diagnosis, sparkk8s.Killed, sparkk8s.Leftover, sparkk8s.Waited, LogLine, sparkk8s.Difference, sparkk8s.Upload):
        assert pickle.loads(pickle.dumps(record())) == record() and json.dumps(record().to_dict())
    older = Status._restored(*some._values()[:5])          # pickled by a version that had fewer fields
    assert (older.run_id, older.exit_code) == ("a:b", None)
    for wrong in (lambda: LogLine(*LINE._values(), 1), lambda: LogLine(b"", data=b""), lambda: Status(nonsense=1)):
        with pytest.raises(TypeError, match="is made of"):
            wrong()
    with pytest.raises(TypeError):
        LINE.__replace__(nonsense=1)
    volume = Volume("emptyDir", "v", "/v", medium="Memory")
    assert pickle.loads(pickle.dumps(volume)) == volume == copy.copy(volume) and volume.__replace__(name="w").options == volume.options


def test_what_is_equal_has_one_hash():
    left, right = (Volume("emptyDir", "v", "/v", options=dict(options)) for options in ((("a", "1"), ("b", "2")), (("b", "2"), ("a", "1"))))
    assert left == right and hash(left) == hash(right) and left != Volume("emptyDir", "v", "/v")
    assert hash(sparkk8s.Difference("Pod/x", "spec", [1], {"a": 1}))


def test_everything_becomes_json(app):
    app.conf["spark.driver.memory"] = "1gg"
    with pytest.raises(sparkk8s.ConfError) as caught:
        app.render()
    error = caught.value
    plain = json.loads(json.dumps(error.to_dict()))
    assert plain == {"code": "ECONF", "message": error.message, "where": error.where, "hint": error.hint, "reason": "", "body": "",
                     "http_status": 0, "retriable": False}
    assert sparkk8s.SparkK8sError("new", code=-99).to_dict()["code"] == -99
    killed = sparkk8s.Killed(None, error)
    assert json.loads(json.dumps(killed.to_dict())) == {"status": None, "error": plain}
    assert json.loads(json.dumps(LINE.to_dict()))["data"] == "a\ufffd"


def test_a_traceback_shows_the_hint(app):
    app.conf["spark.driver.memory"] = "1gg"
    with pytest.raises(sparkk8s.ConfError) as caught:
        app.render()
    assert caught.value.hint and caught.value.__notes__ == [caught.value.hint]
    shown = "".join(traceback.format_exception(type(caught.value), caught.value, None))
    assert caught.value.hint in shown or not hasattr(BaseException, "add_note")


def test_what_may_be_copied():
    conf = Conf({"spark.a": "1"})
    conf.set("spark.b", 2, origin="the operator")
    for made in (copy.copy(conf), copy.deepcopy(conf), pickle.loads(pickle.dumps(conf)), conf.copy(), Conf(conf)):
        assert made == conf and made is not conf and made.origin("spark.b") == "the operator"
        made["spark.a"] = "changed"
        assert conf["spark.a"] == "1"
    app = App("local:///a.jar", conf=conf)
    assert copy.deepcopy(app.conf) == app.conf and app.conf.origin("spark.b") == "the operator"


@pytest.mark.life("runs-on")
def test_what_may_not(client, app):
    run = client.submit(app)
    with run.watch() as watch:
        for thing in (app, app.render(), client, run, watch, sparkk8s.Cancel()):
            for take in (copy.copy, copy.deepcopy, pickle.dumps):
                with pytest.raises(TypeError, match=f"a {type(thing).__name__} can be neither copied nor pickled"):
                    take(thing)


def test_every_twin_takes_the_same():
    """Each *_async has the arguments of the other, but for `cancel`: there a task is canceled."""
    twins = 0
    for cls in (Client, sparkk8s.Run):
        for name, twin in inspect.getmembers(cls, inspect.isfunction):
            if name.endswith("_async") and not name.startswith("_"):
                ours = {n: str(p) for n, p in inspect.signature(getattr(cls, name[:-len("_async")])).parameters.items() if n != "cancel"}
                assert ours == {n: str(p) for n, p in inspect.signature(twin).parameters.items()}, name
                twins += 1
    blocking = {n for cls in (Client, sparkk8s.Run) for n, f in inspect.getmembers(cls, inspect.isfunction)
                if "cancel" in inspect.signature(f).parameters and not n.startswith("_")}
    assert twins == 17 and all(hasattr(Client, f"{n}_async") or hasattr(sparkk8s.Run, f"{n}_async") for n in blocking)
