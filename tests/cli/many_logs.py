# SPDX-License-Identifier: Apache-2.0
"""Logs of several pods, and into a folder."""
import json
import resource
import signal
import subprocess
import time

from api import Api

LINES = [f"line {i}" for i in range(1200)]
TEXT = "".join(line + "\n" for line in LINES)
STATE = "sparkk8s-logs.state"


def finished(**more):
    """A driver that has succeeded, its executors still there; all write the same at the same times."""
    return Api("succeeds", log=TEXT.encode(), executors=2, **more)


def of(out, name):
    return [line[len(name) + 3:] for line in out.splitlines() if line.startswith(f"[{name}] ")]


def executors(tool):
    with finished() as api:
        api.driver("pi-driver")
        run = "default:pi-driver"
        done = tool.run("logs", "--executors", run, api=api)
        lines = done.stdout.splitlines()
        tool.check(done.returncode == 0 and of(done.stdout, "1") == LINES and of(done.stdout, "2") == LINES and len(lines) == 2 * len(LINES),
                   "logs --executors: every line of each, with its number", (done.returncode, done.stdout[:200], done.stderr))
        texts = [line.split("] ")[1] for line in lines]
        tool.check(texts == sorted(texts, key=lambda text: int(text.split()[1])), "logs --executors: in the order of time", lines[:9])
        done = tool.run("logs", "--executors", "--driver", "--tail", "1", run, api=api)
        tool.check(of(done.stdout, "driver") and of(done.stdout, "1") and of(done.stdout, "2"), "logs --executors --driver", done)
        done = tool.run("logs", "--executors", "--no-prefix", "--max-streams", "1", run, api=api)
        tool.check(sorted(done.stdout.splitlines()) == sorted(2 * LINES), "logs --no-prefix --max-streams", done.stdout[:200])
        done = tool.run("logs", "--executors", "-o", "json", run, api=api)
        records = [json.loads(line) for line in done.stdout.splitlines()]
        tool.check(len(records) == 2 * len(LINES) and records[0] == {
            "namespace": "default", "pod": "exec-1", "executor": "1", "restarts": 0, "time": "2026-11-21T10:00:04.000000000Z",
            "kind": "LINE", "text": "line 0", "whole": True}, "logs -o json", done.stdout[:300])
        code, out, _ = tool.on_terminal("logs", "--executors", run, api=api, both=True)
        tool.check(code == 0 and not out, "logs on a terminal", code)
        code, _, got = tool.on_terminal("logs", "--executors", "--driver", run, api=api, both=True)
        tool.check("\033[" in got, "logs --executors: colours on a terminal", got[:200])
        _, _, got = tool.on_terminal("logs", "--executors", run, api=api, both=True, env={"NO_COLOR": "1"})
        tool.check("\033[" not in got, "logs --executors: NO_COLOR", got[:200])
        done = tool.run("logs", "pi*", api=api)
        tool.check(of(done.stdout, "pi-driver") == LINES, "logs of a glob: drivers by name", done.stdout[:200])
        done = tool.run("logs", "-l", "spark-role=driver", "--tail", "2", api=api)
        tool.check("[pi-driver] " in done.stdout, "logs -l", done)
        done = tool.run("logs", "pi-driver", "nobody", api=api)
        tool.check(of(done.stdout, "pi-driver") == LINES and "[nobody] notice: no run is named so" in done.stderr,
                   "logs of runs, one of which is not there", done.stderr)
        tool.exits(2, "logs of many runs and of one pod", "logs", "pi*", "--pod", "x", said="--pod is one pod", api=api)
        tool.exits(2, "logs --save -o json", "logs", "a", "--save", "x", "-o", "json", said="--save writes lines")


def files_of(folder):
    return {path.name: path.read_text() for path in folder.iterdir() if path.name != STATE}


def saved(tool):
    folder = tool.folder / "saved"
    whole = {"exec-1.log": TEXT, "exec-2.log": TEXT, "pi-driver.log": TEXT}
    with finished() as api:
        api.driver("pi-driver")
        call = ["logs", "--executors", "--driver", "--save", str(folder), "default:pi-driver"]
        done = tool.run(*call, api=api)
        tool.check(done.returncode == 0 and not done.stdout and files_of(folder) == whole, "logs --save: a file for each pod", done)
        done = tool.run(*call, api=api)
        tool.check(done.returncode == 0 and "saved 0 lines" in done.stderr and files_of(folder) == whole, "logs --save again: nothing twice", done)
        with (folder / "exec-1.log").open("a") as file:
            file.write("what was written after the state")
        tool.run(*call, api=api)
        tool.check(files_of(folder) == whole, "logs --save after a kill: what has no state is taken back")
        (folder / "exec-2.log").write_text("short")
        tool.exits(2, "logs --save: a file that was changed", *call, said=["exec-2.log is shorter", "another folder"], api=api)
        other = [*call[:-1], "default:other-driver"]
        api.driver("other-driver")
        tool.exits(2, "logs --save: another run", *other, said="has the logs of default:pi-driver", api=api)
        (folder / STATE).write_text("something\n")
        tool.exits(2, "logs --save: no state of ours", *call, said="is not what logs --save writes", api=api)
        fresh = tool.folder / "fresh"
        fresh.mkdir()
        (fresh / "exec-1.log").write_text("mine")
        tool.exits(7, "logs --save: a file of somebody", *call[:4], str(fresh), call[-1], said="File exists", api=api)
        tool.check((fresh / "exec-1.log").read_text() == "mine", "logs --save: it stays as it was")
        stamped = tool.folder / "stamped"
        tool.run("logs", "--timestamps", "--save", str(stamped), "default:pi-driver", api=api)
        first = (stamped / "pi-driver.log").read_text().split("\n", 1)[0]
        tool.check(first == "2026-11-21T10:00:04.000000000Z line 0", "logs --save --timestamps", first)


def no_room():
    resource.setrlimit(resource.RLIMIT_FSIZE, (6000, resource.RLIM_INFINITY))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)


def full(tool):
    """A limit on the size of files is as a full disk, to one that writes."""
    folder = tool.folder / "full"
    with finished() as api:
        api.driver("pi-driver")
        call = ["logs", "--executors", "--save", str(folder), "default:pi-driver"]
        done = subprocess.run([tool.program, *call], env=tool.environment(api, None), preexec_fn=no_room, timeout=100, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
        tool.check(done.returncode == 7 and "exec-" in done.stderr and "File too large" in done.stderr and "make room" in done.stderr,
                   "logs --save without room: what is the matter, and the end", done)
        done = tool.run(*call, api=api)
        tool.check(done.returncode == 0 and files_of(folder) == {"exec-1.log": TEXT, "exec-2.log": TEXT},
                   "logs --save with room again: nothing lost or repeated", done)


def followed(tool):
    """Ended by a signal in the middle; the rest by another call."""
    folder = tool.folder / "followed"
    half = "".join(line + "\n" for line in LINES[:700])
    with Api("runs-on", log=half.encode()) as api:
        api.driver("pi-driver")
        call = ["logs", "--save", str(folder), "default:pi-driver"]
        process = tool.start(*call, "-f", api=api)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and f"{len(half)} pi-driver.log" not in \
                ((folder / STATE).read_text() if (folder / STATE).exists() else ""):
            time.sleep(0.02)
        code, _, err = tool.interrupt(process)
        tool.check(code == 130 and files_of(folder) == {"pi-driver.log": half}, "logs -f --save, interrupted", (code, err))
        api.log = TEXT.encode()
        done = tool.run(*call, api=api)
        tool.check(done.returncode == 0 and "saved 500 lines" in done.stderr and files_of(folder) == {"pi-driver.log": TEXT},
                   "logs --save goes on after an interrupt", done)


CASES = [executors, saved, full, followed]
