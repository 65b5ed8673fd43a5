# SPDX-License-Identifier: Apache-2.0
"""A driver's log on its way into its task's log: every line once, whoever copies it, a triggerer or a worker, and however that ends.

Each line keeps its own time, that at which the kubelet has read it: in microseconds, and made to increase strictly, so that it is another
for each line and yet the same for whoever copies it. Where the log was read to is kept in XCom, now and then. But what a process has
written that died then is known from its file only; so who goes on with a log looks for its last line in all files of the try, and
leaves out what is there. If the file of the one that died is not to be seen, on another machine, Airflow will not show it either: then
the log goes on from where a process has last come to a proper end, whose file was uploaded.
"""

from __future__ import annotations

import logging
import time
from typing import Any, Mapping, NamedTuple

from sparkk8s import Client, LogKind, SparkK8sError

from .compat import load_place_now
from .tasklog import Writer, is_streamed, latest


class Place(NamedTuple):
    """In a driver's log."""

    position: str = ""
    """Of the library."""
    time: int = 0
    """Of the line before it: Unix time in microseconds, made to increase."""


class DriverLog:
    """Copies one driver's log into the log of a try of a task.

    :param ti: the try; None: it has no files
    """

    def __init__(self, log: Any, run_id: str, ti: Any) -> None:
        self.run_id, self.ti, self.pod = run_id, ti, run_id.partition(":")[2]
        self.source: Any = None             # the library's stream
        self.is_found = False               # where to begin
        self.written = 0                    # the time of the last line that was written here
        self._writer = Writer(log, self.pod)
        self._start, self._settled = Place(), Place()
        self._time = self._there = 0

    def find_place(self, kept: Any) -> Place:
        """Where to begin, by what was kept. Reads files."""
        self._there = latest(self.ti, self.pod)
        start = settled = Place()
        if isinstance(kept, Mapping) and kept.get("run_id") == self.run_id:
            start, settled = Place(*kept["place"]), Place(*kept["settled"])
        self._settled = settled
        return self.start_at(start if self._there >= start.time else settled)

    def start_at(self, place: Place) -> Place:
        """The same, if the place is known. Lines that are in the files are left out even then."""
        self._there = self._there or latest(self.ti, self.pod)
        self._start, self._time, self.is_found = place, place.time, True
        return place

    def look_again(self) -> None:
        """Another one may have gone on with the log. Reads files."""
        self._there = max(self._there, latest(self.ti, self.pod))

    @property
    def place(self) -> Place:
        """Where it is now."""
        position = self.source.position if self.source is not None else ""
        return Place(position, self._time) if position else self._start

    def read(self, source: Any) -> None:
        """From this stream, which goes on where it is now."""
        self._start, self.source = self.place, source

    def keep(self, settled: bool = False) -> dict[str, Any]:
        """For XCom. Settled: this process comes to a proper end."""
        if settled or is_streamed():
            self._settled = self.place
        return {"run_id": self.run_id, "place": list(self.place), "settled": list(self._settled)}

    def write(self, line: Any) -> None:
        """What the stream has given."""
        if line.kind is LogKind.LINE:
            self._time = max(self._time + 1, line.time_ns // 1000)
        if self._time <= self._there and self._time:
            return
        self.written = self._time
        if line.kind is LogKind.LINE:
            self._writer.write(logging.INFO, line.text, self._time)
        else:
            self._writer.write(logging.WARNING, f"[{line.kind.name.lower()}] {line.text}", self._time or time.time_ns() // 1000)

    def is_written(self) -> bool | None:
        """Whether Airflow has written it to a file by now; None: no file can be seen. Reads files."""
        there = latest(self.ti, self.pod)
        return there >= self.written if there else None

    def copy(self, run: Any, follow: bool) -> None:
        """All, from where it is to start; for workers."""
        with run.logs(follow=follow, position=self._start.position or None) as self.source:
            for line in self.source:
                self.write(line)


def rest_of_log(log: Any, client: Client, ti: Any, event: Mapping[str, Any]) -> None:
    """What the trigger has left, when the driver has ended: for the worker, whose log is safe from the triggerer's haste."""
    run_id = str(event["run_id"])
    driver = DriverLog(log, run_id, ti)
    try:
        if event["place"] is None:          # the driver has ended before the trigger knew
            driver.find_place(load_place_now(ti))
        else:
            driver.start_at(Place(*event["place"]))
        with client.open(run_id) as run:
            driver.copy(run, follow=False)
    except SparkK8sError as error:
        log.warning("the end of the driver's log cannot be read: %s", error)
