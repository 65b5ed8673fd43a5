# SPDX-License-Identifier: Apache-2.0
"""Buttons of a task in Airflow's user interface. The operator leaves the URLs in XCom when it has submitted. Airflow 3 asks at the end of
each of the task's slices, in the worker, where an operator that has just submitted knows them itself."""

from __future__ import annotations

from typing import Any

from .compat import BaseOperatorLink, XCom

PREFIX = "sparkk8s_"


class _Link(BaseOperatorLink):
    kind = ""

    def get_link(self, operator: Any, *, ti_key: Any, **_: Any) -> str:
        """The URL, or "" while there is none."""
        known = getattr(operator, "links", None)
        if known is not None:
            return str(known.get(self.kind, ""))
        found = XCom.get_value(ti_key=getattr(ti_key, "key", None) or ti_key, key=f"{PREFIX}{self.kind}_url")
        return str(found or "")


class SparkUiLink(_Link):
    """The application's own user interface, while it runs."""

    name = "Spark UI"
    kind = "ui"


class HistoryServerLink(_Link):
    """The same afterwards."""

    name = "Spark History Server"
    kind = "history"


class DriverPodLink(_Link):
    """The driver pod in a dashboard, by the run's id."""

    name = "Driver pod"
    kind = "pod"
