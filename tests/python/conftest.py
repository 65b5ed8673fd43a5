# SPDX-License-Identifier: Apache-2.0
"""What the tests of the binding share: servers, clients, an application."""
import json
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parent.parent
ROOT = TESTS.parent
sys.path.insert(0, str(TESTS / "cli"))

from api import Api  # noqa: E402

import sparkk8s  # noqa: E402

IMAGE = "example/spark:4.1.4"


class Lab:
    """tests/client/apiserver.py: objects, claims, trouble on request."""

    def __init__(self):
        self.process = subprocess.Popen([sys.executable, str(TESTS / "client/apiserver.py")], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.url = f"http://127.0.0.1:{int(self.process.stdout.readline())}"
        self.control(reset={})

    def control(self, **command):
        request = urllib.request.Request(f"{self.url}/control", json.dumps(command).encode(), method="POST")
        return json.load(urllib.request.urlopen(request))

    def objects(self, plural):
        return [o for o in self.control()["objects"] if o["plural"] == plural]

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()


@pytest.fixture
def lab():
    server = Lab()
    yield server
    server.close()


@pytest.fixture
def lab_client(lab):
    with sparkk8s.Client(server=lab.url, namespace="lab") as client:
        yield client


@pytest.fixture
def app():
    return sparkk8s.App("local:///opt/app.jar", "1", main_class="org.example.Main", name="pi",
                        conf={"spark.kubernetes.container.image": IMAGE})


@pytest.fixture
def api(request):
    """A driver's life (tests/cli/api.py): of the marker `life`, arguments as of Api."""
    marker = request.node.get_closest_marker("life")
    with Api(*(marker.args if marker else ()), **(marker.kwargs if marker else {})) as server:
        yield server


@pytest.fixture
def client(api):
    with sparkk8s.Client(server=api.url, namespace="default") as made:
        yield made
