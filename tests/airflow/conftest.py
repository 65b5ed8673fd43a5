# SPDX-License-Identifier: Apache-2.0
"""An Airflow of its own, with an empty database, and the API server that plays drivers' lives (tests/cli/api.py)."""
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "cli"), str(HERE / "dags")]

_home = tempfile.TemporaryDirectory(prefix="sparkk8s-airflow-")
os.environ.update({
    "AIRFLOW_HOME": _home.name, "AIRFLOW__CORE__LOAD_EXAMPLES": "False", "AIRFLOW__CORE__DAGS_FOLDER": str(HERE / "dags"),
    "AIRFLOW__CORE__UNIT_TEST_MODE": "False", "AIRFLOW__LOGGING__LOGGING_LEVEL": "INFO", "PYTHONWARNINGS": "ignore"})

from api import Api  # noqa: E402


class Drivers(Api):
    """What the tests ask of it besides."""

    def claims(self):
        return {name: pod["metadata"].get("annotations", {}).get("sparkk8s.io/claim") for name, pod in self.pods.items()}

    def count(self, method, part=""):
        return sum(m == method and part in path for m, path, _ in self.requests)

    def created(self):
        return [body for method, path, body in self.requests if method == "POST" and path.split("?")[0].endswith("/pods")]


@pytest.fixture(scope="session")
def database():
    subprocess.run([sys.executable, "-m", "airflow", "db", "migrate"], check=True, capture_output=True)


@pytest.fixture
def drivers(request, monkeypatch):
    marker = request.node.get_closest_marker("life")
    with Drivers(*(marker.args if marker else ()), **(marker.kwargs if marker else {})) as server:
        connection = {"conn_type": "sparkk8s", "host": server.url, "extra": {
            "namespace": "default", "conf": {"spark.kubernetes.authenticate.driver.serviceAccountName": "spark"},
            "history_url": "https://history.example.com/history/{app_id}/jobs/"}}
        monkeypatch.setenv("AIRFLOW_CONN_SPARKK8S_DEFAULT", json.dumps(connection))
        for pause in ("BLIND_SECONDS", "EARLY_SECONDS"):
            monkeypatch.setattr(f"sparkk8s.airflow.trigger.{pause}", 0.0)
        monkeypatch.setattr("sparkk8s.airflow.killing.PATIENCE", (0.01,) * 3)
        yield server


def pytest_configure(config):
    config.addinivalue_line("markers", "life: how drivers fare (tests/cli/api.py)")
