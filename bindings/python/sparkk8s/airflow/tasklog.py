# SPDX-License-Identifier: Apache-2.0
"""A task's log, as Airflow 3 and 2.11 write it: lines that bring their own time along, and which of them are in its files already.

Airflow 3 writes JSON, with microseconds. Airflow 2.11 writes milliseconds, and the place in the source behind them: of a driver's line
its pod, with the microseconds as the line's number.
"""

from __future__ import annotations

import json
import logging
import re
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from airflow.configuration import conf

from .compat import AIRFLOW

TAIL = 1 << 16                  # bytes that are read at once, from the end; eight times as many as long as no driver's line is found,
MOST = 1 << 25                  # up to these
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
MICROSECOND = timedelta(microseconds=1)
STREAMING = ("cloudwatch://", "stackdriver://")     # where lines go at once, instead of a file that is uploaded when its process ends


def _name(pod: str) -> str:
    return f"sparkk8s.{pod}"


if AIRFLOW >= (3, 0):
    import structlog

    class Writer:
        """Writes a driver's lines."""

        def __init__(self, log: Any, pod: str) -> None:
            self._log = structlog.get_logger(_name(pod)).bind()

        def write(self, level: int, text: str, time: int) -> None:
            """A line of Unix time `time`, in microseconds."""
            stamp = (EPOCH + time * MICROSECOND).isoformat(timespec="microseconds").replace("+00:00", "Z")
            self._log.log(level, text, timestamp=stamp)

    def _time_of(line: bytes, pod: str) -> int:
        if pod.encode() not in line:
            return 0
        try:
            found = json.loads(line)
            if found["logger"] != _name(pod):
                return 0
            return (datetime.fromisoformat(str(found["timestamp"]).replace("Z", "+00:00")) - EPOCH) // MICROSECOND
        except (ValueError, KeyError, TypeError):
            return 0
else:
    class Writer:  # type: ignore[no-redef]
        """Writes a driver's lines."""

        def __init__(self, log: Any, pod: str) -> None:
            self._log, self._pod = log, pod

        def write(self, level: int, text: str, time: int) -> None:
            """A line of Unix time `time`, in microseconds."""
            if self._log.isEnabledFor(level):
                record = self._log.makeRecord(self._log.name, level, self._pod, time % 1000000, "%s", (text,), None)
                record.created, record.msecs = time / 1e6, float(time // 1000 % 1000)
                self._log.handle(record)

    def _time_of(line: bytes, pod: str) -> int:
        found = re.match(rb"\[?(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)[.,]\d+([+-]\d{4})\W{1,8}" + re.escape(pod).encode() + rb":(\d+)\b", line)
        if found is None:
            return 0
        second = datetime.strptime((found[1] + found[2]).decode(), "%Y-%m-%dT%H:%M:%S%z")
        return (second - EPOCH) // MICROSECOND + int(found[3])


def _files(ti: Any) -> list[Path]:
    """Of this try, of workers and triggerers: those that can be seen from here."""
    import jinja2

    template = conf.get("logging", "log_filename_template")
    given = {"dag_id": ti.dag_id, "task_id": ti.task_id, "run_id": ti.run_id, "map_index": ti.map_index, "try_number": ti.try_number}
    relative = jinja2.Template(template).render(ti=ti, **given) if "{{" in template else template.format(**given)
    path = Path(conf.get("logging", "base_log_folder"), relative)
    return [file for file in path.parent.iterdir() if file.name.startswith(path.name)]


def _latest_in(path: Path, pod: str) -> int:
    with path.open("rb") as file:
        end, size = file.seek(0, 2), TAIL
        while True:
            start = file.seek(max(0, end - size))
            lines = file.read(end - start).split(b"\n")[1 if start else 0:-1]      # but what is cut
            time = next((time for time in (_time_of(line, pod) for line in reversed(lines)) if time), 0)
            if time or not start or size >= MOST:
                return time
            size *= 8


def latest(ti: Any, pod: str) -> int:
    """The time of the last line of a driver in the log of a try; 0: there is none to be seen from here."""
    if ti is None:
        return 0
    try:
        return max((_latest_in(path, pod) for path in _files(ti)), default=0)
    except Exception as error:          # a template of other things than these, a folder that is not there
        logging.getLogger(__name__).debug("the log of %s: %s", ti, error)
        return 0


def is_streamed() -> bool:
    """Whether lines are safe as soon as they are written, on whatever machine."""
    return str(conf.get("logging", "remote_base_log_folder", fallback="") or "").startswith(STREAMING)
