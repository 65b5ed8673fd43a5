# SPDX-License-Identifier: Apache-2.0
"""A second lane of suites: those that mostly wait (for pods, restarts, time-outs) run in a process of their own, beside those
that compute. What a suite there says is kept in a file and shown in whole when it has ended and the other lane is between two suites.

What both lanes need, builds and virtual environments, is made under locks (harness.only_here); all else is of one lane, or has names, ports
and namespaces of its own.
"""
import contextlib
import multiprocessing
import os
import signal
import sys

from harness import BUILDS, say

LOG = BUILDS / "beside.log"


class Beside:
    """`run(name)` for each of the names, in a process of its own; its results are in `results` once they are shown."""

    def __init__(self, names, run):
        self.names, self.results, self.shown = names, {}, 0
        LOG.parent.mkdir(exist_ok=True)
        LOG.write_bytes(b"")
        self.messages, sender = multiprocessing.Pipe(duplex=False)
        say(f"beside all others: {', '.join(names)}; what they say comes when they have ended, and is in {LOG} meanwhile")
        self.process = multiprocessing.get_context("fork").Process(target=_lane, args=(names, run, sender))
        self.process.start()
        sender.close()              # ours: so that the pipe ends with the lane
        with contextlib.suppress(OSError):
            os.setpgid(self.process.pid, 0)     # it does so itself, or we, whoever is first

    def show(self):
        """The suites that have ended since the last time. False when none can come any more."""
        try:
            while self.messages.poll():
                name, self.results[name], end = self.messages.recv()
                self._print(end)
        except EOFError:
            return False
        return True

    def interrupt(self):
        """As Ctrl-C does it, once: what runs there takes down what it has brought up. We wait for that, whatever comes: a test program that is
        interrupted interrupts its whole group again."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        say(f"interrupted; waiting for the lane of {', '.join(self.names)}")
        if self.process.is_alive():
            os.killpg(self.process.pid, signal.SIGINT)

    def finish(self):
        """Shows what is still to come, while it comes."""
        while self.show():
            self._print(LOG.read_bytes().rfind(b"\n") + 1)
            self.process.join(0.5)
        self.process.join()
        self._print(LOG.stat().st_size)
        for name in self.names:
            if name not in self.results:
                print(f"suite {name} has not come to its end: the lane of {', '.join(self.names)} ended with {self.process.exitcode}", flush=True)
                self.results[name] = 0, 1, 0

    def _print(self, end):
        with LOG.open("rb") as log:
            log.seek(self.shown)
            print(log.read(max(0, end - self.shown)).decode(errors="replace"), end="", flush=True)
        self.shown = max(self.shown, end)


def _lane(names, run, sender):
    """In a process group of its own: who is interrupted is known then."""
    with contextlib.suppress(OSError):
        os.setpgid(0, 0)
    with LOG.open("ab") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    try:
        for name in names:
            result = run(name)
            sys.stdout.flush()
            sender.send((name, result, os.fstat(1).st_size))
    except KeyboardInterrupt:
        sys.exit(130)               # what runs here has been interrupted as well, and has ended
