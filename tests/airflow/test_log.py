# SPDX-License-Identifier: Apache-2.0
"""The driver's log in the task's log, as Airflow's own reader shows it: every line once, however processes end that copy it."""
import asyncio
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from airflow.utils.log import file_task_handler

import api
import sparkk8s
from sparkk8s import LogKind
from sparkk8s.airflow import driverlog, hub, tasklog
from sparkk8s.airflow.compat import AIRFLOW
from test_trigger import TASK, fire, make, states, submit, until  # noqa: F401  states: a fixture

HERE = Path(__file__).resolve().parent
RELATIVE = "dag_id=d/run_id=r/task_id=t/attempt=1.log"
BLOCK = b"\n\n\nthe same\nthe same\n%s %d {}\n\x1b[31mred\x1b[0m\n\xff\xfe broken\nGr\xc3\xb6\xc3\x9fe\nanother\n\n"


def shown(folder, pod):
    """The driver's lines as Airflow shows them; but in their order, which it does not keep within a millisecond that two files have a
    part of (nor, in Airflow 3, over several files of thousands of lines)."""
    _, logs = file_task_handler.FileTaskHandler(str(folder))._read_from_local(Path(folder, RELATIVE))
    lines = file_task_handler._interleave_logs(*logs)
    if AIRFLOW >= (3, 0):
        found = [(line.timestamp, line.event) for line in lines if getattr(line, "logger", "") == f"sparkk8s.{pod}"]
    else:
        pattern = re.compile(r"\[(\S{19})\S*\] \{%s:(\d+)\} INFO - (.*)" % re.escape(pod))
        found = [((found[1], int(found[2])), found[3]) for found in map(pattern.fullmatch, lines) if found]
    return [text for _, text in sorted(found, key=lambda it: it[0])]


def text(data):
    return [line.decode("utf-8", "replace") for line in data.split(b"\n")[:-1]]


class Followers:
    """Processes one after another that follow a driver's log, each the successor of one that has ended."""

    def __init__(self, server, run_id, folder):
        self.server, self.run_id, self.folder, self.job = server, run_id, folder, 0
        self.pod = run_id.split(":")[1]

    def start(self, logs="logs"):
        self.job += 1
        self.file = self.folder / logs / f"{RELATIVE}.trigger.{self.job}.log"
        env = {**os.environ, "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(self.folder / logs), "PYTHONPATH": f"{HERE}:{os.environ['PYTHONPATH']}"}
        self.out = self.folder / "out"
        with self.out.open("wb") as out:
            self.process = subprocess.Popen([sys.executable, HERE / "follower.py", self.server.url, str(self.job), self.run_id,
                                             self.folder / "xcom"], env=env, stdout=out, stderr=subprocess.STDOUT)

    def lines(self):
        return self.file.read_bytes().count(self.pod.encode()) if self.file.exists() else 0

    def until(self, lines):
        """As many in its file."""
        while self.lines() < lines:
            assert self.process.poll() is None, self.said()
            time.sleep(0.002)

    def end(self, how=None):
        if how:
            self.process.send_signal(how)
        self.process.wait(100)
        assert how or self.process.returncode == 0, self.said()

    def said(self):
        return self.out.read_text(errors="replace")[-3000:]


@pytest.fixture
def followers(drivers, tmp_path):
    followers = Followers(drivers, submit(drivers), tmp_path)
    drivers.lines_at_once = 7
    yield followers
    if followers.process.poll() is None:
        followers.process.kill()
        followers.process.wait()


@pytest.mark.life("runs-on", log=b"x" * 300000 + b"\n")
def test_killed(drivers, followers):
    """While the driver goes on writing; three times; the last one copies to the end."""
    for lines in (1, 37, 170):
        followers.start()
        followers.until(1)
        while followers.lines() < lines:
            drivers.write(BLOCK)
            time.sleep(0.05)
        drivers.write(BLOCK * 5)
        followers.end(signal.SIGKILL)
    drivers.write(BLOCK)
    followers.start()
    followers.until(1)
    drivers.step(drivers.pods[followers.pod], api.SUCCEEDED)
    followers.end()
    found = shown(followers.folder / "logs", followers.pod)
    assert found == text(drivers.log), [(a, b) for a, b in zip(found, text(drivers.log)) if a != b][:3]


@pytest.mark.life("runs-on", log=b"".join(b"line %d\n" % i for i in range(200)))
@pytest.mark.parametrize("how, first", [(signal.SIGKILL, 0), (signal.SIGTERM, 200)])
def test_files_that_cannot_be_seen(drivers, followers, how, first):
    """On another machine all is shown that was not, and what was uploaded when a triggerer stopped is not written again."""
    followers.start("here")
    followers.until(200)
    while not (followers.folder / "xcom").exists():
        time.sleep(0.01)
    followers.end(how)
    drivers.write(b"line 200\n")
    drivers.step(drivers.pods[followers.pod], api.SUCCEEDED)
    followers.start("there")
    followers.end()
    assert shown(followers.folder / "there", followers.pod) == [f"line {i}" for i in range(first, 201)]


def line(text, time_ns, kind=LogKind.LINE):
    return SimpleNamespace(kind=kind, text=text, time_ns=time_ns)


@pytest.fixture
def written(monkeypatch):
    found = []
    monkeypatch.setattr(driverlog, "Writer", lambda log, pod: SimpleNamespace(write=lambda level, text, time: found.append((text, time))))
    return found


def test_times_are_those_of_the_log(written):
    """Wherever one begins, each line has the same time, and one of its own."""
    lines = [line("a", 5000), line("b", 5999), line("c", 5000), line("gap", 0, LogKind.GAP), line("d", 9000)]
    whole = driverlog.DriverLog(None, "default:pi-driver", None)
    for it in lines:
        whole.write(it)
    assert written == [("a", 5), ("b", 6), ("c", 7), ("[gap] gap", 7), ("d", 9)]
    del written[:]
    later = driverlog.DriverLog(None, "default:pi-driver", None)
    later.start_at(driverlog.Place("p", 6))
    later.write(lines[2])
    assert written == [("c", 7)]


def test_last_line(tmp_path, monkeypatch):
    """The last whole line of this driver, however far from the end."""
    monkeypatch.setattr(tasklog.conf, "get", lambda section, key, **more: {
        "base_log_folder": str(tmp_path), "log_filename_template": "{{ ti.dag_id }}/{{ try_number }}.log"}[key])
    monkeypatch.setattr(tasklog, "TAIL", 100)

    def form(n, pod="pi-driver"):
        if AIRFLOW >= (3, 0):
            return f'{{"timestamp":"2026-11-21T10:00:00.{n:06}Z","level":"info","event":"x","logger":"sparkk8s.{pod}"}}\n'
        return f"[2026-11-21T11:00:00.{n // 1000:03}+0100] {{{pod}:{n}}} INFO - x\n"

    start = 1795255200 * 10**6
    assert tasklog.latest(TASK, "pi-driver") == 0       # no folder
    (tmp_path / "d").mkdir()
    assert tasklog.latest(TASK, "pi-driver") == 0
    file, other = tmp_path / "d/1.log.trigger.7.log", tmp_path / "d/1.log"
    file.write_text(form(17) + form(123456) + form(500000, "other-driver") + "something else\n" * 100)
    assert tasklog.latest(TASK, "pi-driver") == start + 123456
    other.write_text(form(200000) + form(200001).rstrip())
    assert tasklog.latest(TASK, "pi-driver") == start + 200000
    assert tasklog.latest(TASK, "pi") == 0


def test_places_are_kept_in_turn(monkeypatch):
    monkeypatch.setattr(hub, "KEEP_SECONDS", 0.0)
    monkeypatch.setattr(hub, "KEEPS", 1000.0)
    kept, at_once = [], []

    async def main():
        keeper = hub.Keeper()

        def prepare(what):
            async def keep():
                at_once.append(what)
                await asyncio.sleep(0.001)
                kept.append(what)
                assert at_once[-1] == what
            return lambda: keep

        for n in range(50):
            keeper.note(n, prepare(n))
            keeper.note(n, prepare("again"))
        keeper.forget(10)
        await until(lambda: kept)
        keeper.note(0, prepare("0 anew"))
        await until(lambda: len(kept) == 50)

    asyncio.run(main())
    assert kept == [n for n in range(50) if n != 10] + ["0 anew"]


@pytest.mark.life("runs-on", log=b"line\n" * 3000)
def test_others_have_their_turn(drivers, states, monkeypatch):  # noqa: F811
    """However much there is to copy; a line counts more than it takes, lest the machine decide."""
    monkeypatch.setattr(hub, "LINE_SECONDS", hub.TURN_SECONDS / 20)
    runs, heard = [submit(drivers, n=n) for n in range(3)], []

    async def main():
        tasks = [asyncio.ensure_future(fire(make(run))) for run in runs]
        while len(states.log) < 9000:
            heard.append(len(states.log))
            await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    asyncio.run(main())
    gaps = [b - a for a, b in zip(heard, heard[1:])]
    assert max(gaps) <= 30, max(gaps)


@pytest.mark.life("succeeds", log=b"one\ntwo\n")
def test_the_worker_asks_for_the_place(drivers, written, monkeypatch):
    """If the driver has ended before the trigger knew."""
    run_id = submit(drivers)
    with sparkk8s.Client(server=drivers.url, namespace="default") as client:
        with client.open(run_id) as run:
            run.wait()
            with run.logs() as logs:
                next(logs)
                kept = {"run_id": run_id, "place": [logs.position, 1], "settled": [logs.position, 1]}
        monkeypatch.setattr(driverlog, "load_place_now", lambda ti: kept)
        driverlog.rest_of_log(None, client, TASK, {"run_id": run_id, "place": None})
    assert [text for text, _ in written] == ["two"]
