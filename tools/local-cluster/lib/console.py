"""What the user sees: a line for each step with its time, progress on long
steps, and one line that says what to do when something is wrong."""
import os
import shutil
import subprocess
import sys
import tempfile
import time

BEGAN = time.time()
PROGRESS_EVERY = 20  # seconds


class Trouble(Exception):
    """Ends the program with its one line."""


def step(text):
    print(f"{time.time() - BEGAN:7.1f}s  {text}", file=sys.stderr, flush=True)


def run(what, command, env=None, cwd=None, unit=None):
    """Runs a long command with its output in a file; says that it goes on.

    unit: what a line of output stands for, to count in the progress."""
    step(what)
    with tempfile.TemporaryFile("w+", errors="replace") as log:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=cwd,
                                   env={**os.environ, **(env or {})})
        try:
            began = time.time()
            while True:
                try:
                    code = process.wait(PROGRESS_EVERY)
                    break
                except subprocess.TimeoutExpired:
                    done = f", {_lines(log)} {unit}" if unit else ""
                    step(f"  ... {time.time() - began:.0f} s{done}")
        finally:
            if process.poll() is None:  # we are interrupted
                process.terminate()
                process.wait()
        if code != 0:
            log.seek(0)
            sys.stderr.writelines(log.readlines()[-30:])
            raise Trouble(f"failed ({code}): {what}; its output is above")


def _lines(log):
    # A reader of its own: the offset of log is the child's too.
    with open(f"/proc/self/fd/{log.fileno()}", errors="replace") as f:
        return sum(1 for _ in f)


def output(command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def as_root(command, env=None):
    """The command as one for the administrator, with these variables."""
    variables = [f"{k}={v}" for k, v in (env or {}).items()]
    if os.geteuid() == 0:
        return ["env", *variables, *command]
    if not shutil.which("sudo"):
        raise Trouble("not root, and there is no sudo: run it as root")
    return ["sudo", "env", f"CLUSTERBOX_OWNER={os.getuid()}", *variables, *command]
