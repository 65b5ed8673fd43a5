# SPDX-License-Identifier: Apache-2.0
"""Connections: of which types, in which of their notations, and what Airflow finds of ours."""
import base64
import json
import os
from pathlib import Path
from urllib.parse import urlencode

import pytest

from sparkk8s.airflow import arguments, provider
from sparkk8s.airflow.compat import AIRFLOW, AirflowFailException
from sparkk8s.airflow.hook import SparkK8sHook
from test_arguments import operator
from test_tries import context, execute


@pytest.fixture
def connected(monkeypatch):
    """The hook of a connection, which is a dictionary or a URI."""
    def make(given, **extra):
        text = json.dumps({**given, "extra": extra}) if isinstance(given, dict) else given
        monkeypatch.setenv("AIRFLOW_CONN_OURS", text)
        return SparkK8sHook("ours")
    return make


def client_of(hook):
    return {key: value for key, value in hook.settings.client.items() if value}


@pytest.mark.parametrize("kind", ["sparkk8s", "kubernetes"])
@pytest.mark.parametrize("prefix", ["", "extra__kubernetes__"])
def test_fields(connected, kind, prefix):
    given = {"in_cluster": False, "kube_config_path": "/k", "cluster_context": "c", "namespace": "n", "disable_verify_ssl": True}
    hook = connected({"conn_type": kind}, **{prefix + name: value for name, value in given.items()})
    assert client_of(hook) == {"kubeconfig": "/k", "context": "c", "namespace": "n", "insecure_skip_tls_verify": True}


def test_uri(connected):
    """All is text there."""
    query = urlencode({"namespace": "n", "in_cluster": "False", "disable_verify_ssl": "True", "conf": '{"spark.a": 1}'})
    hook = connected(f"sparkk8s://:secret@api.example.com:6443/?{query}")
    assert client_of(hook) == {"server": "https://api.example.com:6443", "token": "secret", "namespace": "n", "insecure_skip_tls_verify": True}
    assert hook.settings.conf == {"spark.a": 1}


@pytest.mark.parametrize("given,server", [
    ({"conn_type": "spark", "host": "k8s://https://api.example.com:6443"}, "https://api.example.com:6443"),
    ({"conn_type": "spark", "host": "k8s://https://api.example.com", "port": 6443}, "https://api.example.com:6443"),
    ({"conn_type": "spark", "host": "k8s://api.example.com"}, "https://api.example.com"),
    ({"conn_type": "spark", "host": "k8s://http://127.0.0.1:8001/"}, "http://127.0.0.1:8001"),
    ("spark://k8s%3A%2F%2Fhttps%3A%2F%2Fapi.example.com:6443/?deploy-mode=cluster", "https://api.example.com:6443"),
    ("k8s://https%3A%2F%2Fapi.example.com:6443", "https://api.example.com:6443"),
    ({"conn_type": "sparkk8s", "host": "https://api.example.com"}, "https://api.example.com"),
])
def test_server(connected, given, server):
    assert client_of(connected(given)) == {"server": server}


@pytest.mark.parametrize("master", ["yarn", "local[*]", "spark://there:7077", ""])
def test_other_masters(connected, master):
    hook = connected({"conn_type": "spark", "host": master})
    with pytest.raises(ValueError, match="ours.*no Kubernetes"):
        hook.settings
    with pytest.raises(AirflowFailException, match="not submitted: .*no Kubernetes"):
        operator(sparkk8s_conn_id="ours").execute(context(1))
    assert hook.test_connection()[0] is False


def test_kerberos(connected):
    """What the form of "spark" has for it: the keytab is in the connection itself."""
    hook = connected({"conn_type": "spark", "host": "k8s://http://127.0.0.1:1"}, namespace="n", principal="me@EXAMPLE.COM",
                     keytab=base64.b64encode(b"\5\2keys").decode())
    task = operator(conf={"spark.kubernetes.kerberos.krb5.configMapName": "krb5"})
    with hook.client() as client:
        assert client.namespace == "n"
        path = Path(hook.settings.conf["spark.kerberos.keytab"])
        assert path.read_bytes() == b"\5\2keys" and path.parent.stat().st_mode & 0o77 == 0
        objects = arguments.app(task, hook.settings.conf).render(key="k").objects
    [secret] = [each for each in objects if each["kind"] == "Secret" and "keytab" in each["data"]]
    assert base64.b64decode(secret["data"]["keytab"]) == b"\5\2keys"
    assert not path.exists() and str(path.parent) not in json.dumps(objects)


@pytest.mark.parametrize("as_text", [False, True])
def test_kubeconfig_inside(connected, drivers, as_text):
    config = {"apiVersion": "v1", "kind": "Config", "current-context": "c", "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
              "clusters": [{"name": "c", "cluster": {"server": drivers.url}}], "users": [{"name": "u", "user": {}}]}
    hook = connected({"conn_type": "kubernetes"}, kube_config=json.dumps(config) if as_text else config)
    with hook.client() as client:
        assert client.server == drivers.url
    assert hook.test_connection()[0] is True


@pytest.mark.life("runs-on")
@pytest.mark.parametrize("given,space", [
    ({}, "there"), ({"conf": {"spark.kubernetes.namespace": "of-conf"}}, "of-conf"),
    ({"conf": {"spark.kubernetes.namespace": "of-conf"}, "namespace": "of-task"}, "of-task")])
def test_namespace(connected, drivers, given, space):
    """The connection's, unless the task says otherwise; it is killed where it was submitted, even if that was not told yet."""
    connected({"conn_type": "sparkk8s", "host": drivers.url}, namespace="there")
    assert execute(context(1), sparkk8s_conn_id="ours", **given).startswith(f"{space}:")
    task = operator(sparkk8s_conn_id="ours", **given)
    task._announce = lambda *_: 1 / 0
    with pytest.raises(ZeroDivisionError):
        task.execute(context(1))
    task._run_id = None
    drivers.requests.clear()
    task.on_kill()
    assert drivers.requests and all(f"/namespaces/{space}/" in path for _, path, _ in drivers.requests)


@pytest.mark.parametrize("conf", ["{not json", "[1]"])
def test_conf_that_is_none(connected, conf):
    with pytest.raises(ValueError, match="conf of the connection"):
        connected({"conn_type": "sparkk8s"}, conf=conf).settings


def test_test_connection(connected, drivers):
    assert SparkK8sHook().test_connection() == (True, f"{drivers.url}, namespace default: drivers can be listed")
    drivers.refuse = 403, "Forbidden", "pods is forbidden"
    ok, why = SparkK8sHook().test_connection()
    assert not ok and "pods is forbidden" in why
    ok, why = connected({"conn_type": "sparkk8s", "host": "http://127.0.0.1:1"}).test_connection()
    assert not ok and "127.0.0.1" in why


def test_provider_info():
    """By Airflow's own schema, of this version; and each class that it names is there."""
    import importlib

    import airflow
    import jsonschema

    info = provider.get_provider_info()
    jsonschema.validate(info, json.loads((Path(airflow.__file__).parent / "provider_info.schema.json").read_text()))
    for kind in ("operators", "sensors", "hooks", "triggers"):
        for group in info[kind]:
            for module in group["python-modules"]:
                importlib.import_module(module)
    for path in (*info["extra-links"], *(each["hook-class-name"] for each in info["connection-types"])):
        module, _, name = path.rpartition(".")
        assert hasattr(importlib.import_module(module), name)


def test_form():
    """Each field of the form is one that the hook reads, whichever of Airflow's two ways it is described in."""
    import inspect

    from sparkk8s.airflow import hook

    read = inspect.getsource(hook.Settings)
    assert all(f'"{name}"' in read or name.endswith("_url") for name in provider.FIELDS)
    fields = provider.get_provider_info()["connection-types"][0]["conn-fields"]
    assert set(fields) == set(provider.FIELDS)
    if AIRFLOW < (3, 0):
        assert set(SparkK8sHook.get_connection_form_widgets()) == set(provider.FIELDS)


def test_no_airflow_for_the_info():
    """Airflow calls it in each of its processes."""
    import subprocess
    import sys

    code = "import sys; from sparkk8s.airflow.provider import get_provider_info as f; f(); print([m for m in sys.modules if m == 'airflow'])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=os.environ)
    assert done.stdout.strip() == "[]", done
