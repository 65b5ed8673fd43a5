# SPDX-License-Identifier: Apache-2.0
"""Which try of which task this is: from it come the submission key, the claim, and the label by which other tries are found."""

from __future__ import annotations

import hashlib
import re
from typing import Any, NamedTuple

LABEL = "airflow.sparkk8s.io/task"
_ANNOTATION = "airflow.sparkk8s.io/"
_CLAIM = re.compile(r"airflow/([^/]+)/(.+)/([^/[]+)(?:\[(\d+)\])?/\d+")


class Owner(NamedTuple):
    """The task that a claim names."""

    dag_id: str
    run_id: str
    task_id: str
    map_index: int
    claim: str

    @classmethod
    def of(cls, claim: str) -> Owner | None:
        """None if it names none, as one that was too long, or somebody else's."""
        found = _CLAIM.fullmatch(claim)
        return None if found is None else cls(found[1], found[2], found[3], -1 if found[4] is None else int(found[4]), claim)


class Identity:
    """A try of a task."""

    def __init__(self, context: Any) -> None:
        ti = context["ti"]
        self.dag, self.task, self.run, self.map_index = str(ti.dag_id), str(ti.task_id), str(ti.run_id), int(ti.map_index)
        self.try_number = int(ti.try_number)
        # As Airflow counts: clearing raises max_tries, so that the next try has all retries before it again.
        retries = int(getattr(context.get("task") or ti.task, "retries", 0) or 0)
        self.is_retry = self.try_number > int(ti.max_tries) - retries + 1
        # A deleted DAG run that is made anew under its old name is another one. Airflow 3 has an id for each try, Airflow 2 for DAG runs.
        self._instance = str(getattr(ti, "id", None) or getattr(context.get("dag_run"), "id", ""))

    @property
    def path(self) -> str:
        """For people."""
        index = "" if self.map_index < 0 else f"[{self.map_index}]"
        return f"{self.dag}/{self.run}/{self.task}{index}"

    @property
    def key(self) -> str:
        """The submission key: a try that is executed again finds its own driver."""
        return f"airflow/{self.path}/{self.try_number}/{self._instance}"

    @property
    def claim(self) -> str:
        """By which this try says that the run is its own."""
        text = f"airflow/{self.path}/{self.try_number}"
        return text if len(text.encode()) <= 900 else f"airflow/{hashlib.sha256(text.encode()).hexdigest()}"

    @property
    def label(self) -> str:
        """Of the drivers of all tries."""
        return hashlib.sha256(f"{self.dag}\0{self.run}\0{self.task}\0{self.map_index}".encode()).hexdigest()[:40]

    def properties(self) -> dict[str, str]:
        """Spark properties that mark the driver."""
        marks = {"dag_id": self.dag, "task_id": self.task, "run_id": self.run, "try_number": str(self.try_number)}
        if self.map_index >= 0:
            marks["map_index"] = str(self.map_index)
        return {f"spark.kubernetes.driver.label.{LABEL}": self.label,
                **{f"spark.kubernetes.driver.annotation.{_ANNOTATION}{name}": value for name, value in marks.items()}}
