# SPDX-License-Identifier: Apache-2.0
"""OpenLineage's properties. Its provider is not installed here; a module stands in for what it has to offer."""
import sys
import types

import pytest

from sparkk8s.airflow import lineage
from test_tries import context, execute

PARENT, TRANSPORT = "spark.openlineage.parentRunId", "spark.openlineage.transport.url"


@pytest.fixture
def installed(monkeypatch):
    """As airflow.providers.openlineage.utils.spark: properties and the context go in, properties come out."""
    module = types.ModuleType("openlineage_stand_in")
    module.inject_parent_job_information_into_spark_properties = lambda given, context: {**given, PARENT: context["ti"].run_id}
    module.inject_transport_information_into_spark_properties = lambda given, context: {TRANSPORT: "http://lineage", **given}
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr(lineage, "_MODULES", ("airflow.providers.not_there", module.__name__))


def properties_of(drivers):
    """What the driver is started with."""
    return "".join(str(body) for method, path, body in drivers.requests if method == "POST" and "configmaps" in path)


def test_off(installed):
    assert lineage.lineage({}, context(1), False, False) == {}


def test_added(installed):
    given = {"spark.a": 1}
    assert lineage.lineage(given, context(1), True, False) == {PARENT: "r"}
    assert lineage.lineage(given, context(1), True, True) == {PARENT: "r", TRANSPORT: "http://lineage"}
    assert lineage.lineage({TRANSPORT: "mine"}, context(1), True, True) == {PARENT: "r"} and given == {"spark.a": 1}


@pytest.mark.life("runs-on")
def test_in_the_driver(installed, drivers):
    execute(context(1), openlineage_inject_parent_job_info=True)
    assert f"{PARENT}=r" in properties_of(drivers) and TRANSPORT not in properties_of(drivers)


@pytest.mark.life("runs-on")
def test_not_installed(drivers, capfd, caplog):
    """A warning, and the run all the same."""
    execute(context(1), openlineage_inject_parent_job_info=True, openlineage_inject_transport_info=True)
    told = caplog.text + "".join(capfd.readouterr())
    assert "openlineage" in told and "spark.openlineage" not in properties_of(drivers)


def test_nothing_is_imported():
    assert not any("openlineage.utils" in name for name in sys.modules if name.startswith("airflow.providers.openlineage"))
