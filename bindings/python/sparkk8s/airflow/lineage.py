# SPDX-License-Identifier: Apache-2.0
"""OpenLineage: what the integration of Spark wants to know of the task that started it, and where to send its events, as Spark properties.

They are made by Airflow's provider for OpenLineage, which is imported only when it is asked for; without it there is a warning. The
names and defaults are those of SparkSubmitOperator.
"""

from __future__ import annotations

import importlib
import logging
from typing import Any, Mapping

from airflow.configuration import conf

PARENT_JOB = conf.getboolean("openlineage", "spark_inject_parent_job_info", fallback=False)
TRANSPORT = conf.getboolean("openlineage", "spark_inject_transport_info", fallback=False)
_MODULES = ("airflow.providers.common.compat.openlineage.utils.spark", "airflow.providers.openlineage.utils.spark")

log = logging.getLogger(__name__)


def _function(name: str) -> Any:
    for module in _MODULES:
        try:
            return getattr(importlib.import_module(module), name)
        except (ImportError, AttributeError):
            continue
    return None


def lineage(properties: Mapping[str, Any], context: Any, parent_job: bool, transport: bool) -> dict[str, Any]:
    """What is to be added to the properties of a task, which win."""
    given = dict(properties)
    for wanted, what in ((parent_job, "parent_job"), (transport, "transport")):
        if wanted:
            inject = _function(f"inject_{what}_information_into_spark_properties")
            if inject is None:
                log.warning("openlineage_inject_%s_info has no effect: apache-airflow-providers-openlineage is not installed", what)
            else:
                given = inject(given, context)
    return {key: value for key, value in given.items() if key not in properties}
