# SPDX-License-Identifier: Apache-2.0
"""What needs no cluster: properties, applications, manifests, errors, results."""
import copy
import json
import pickle

import pytest

import sparkk8s
from sparkk8s import App, Conf, Role, State, Volume


def test_conf_is_a_mapping():
    conf = Conf({"spark.b": True, "spark.a": 1}, )
    assert dict(conf) == {"spark.a": "1", "spark.b": "true"} and len(conf) == 2 and "spark.a" in conf and "c" not in conf
    conf["spark.c"] = "ü"
    assert conf["spark.c"] == "ü" and conf.pop("spark.c") == "ü" and conf.get("spark.c") is None
    with pytest.raises(KeyError):
        del conf["spark.c"]
    with pytest.raises(KeyError):
        conf["spark.c"]
    with pytest.raises(TypeError):
        conf["spark.c"] = ["1"]
    with pytest.raises(ValueError):
        conf["spark.c"] = "a\0b"
    assert "spark" not in repr(conf)[5:] and conf.setdefault("spark.a", "2") == "1"


def test_conf_origins_and_files(tmp_path):
    file = tmp_path / "spark-defaults.conf"
    file.write_text("# comment\nspark.a  1\nspark.b  2\n")
    conf = Conf({"spark.a": "mine"})
    conf.load(file)
    assert dict(conf) == {"spark.a": "mine", "spark.b": "2"}
    assert conf.origin("spark.b").endswith("spark-defaults.conf:3") and conf.origin("spark.x") is None
    conf.set("spark.z", 1, origin="the operator")
    assert conf.origin("spark.z") == "the operator"
    conf.parse("spark.y 1", name="here")
    assert conf.origin("spark.y") == "here:1"
    with pytest.raises(sparkk8s.LocalIOError) as caught:
        conf.load(tmp_path / "nothing")
    assert isinstance(caught.value, OSError) and "nothing" in str(caught.value)


def test_app_fields_and_render(app):
    assert (app.name, app.main_class, app.resource) == ("pi", "org.example.Main", "local:///opt/app.jar")
    app.namespace = "etl"
    app.conf["spark.executor.instances"] = 3
    manifest = app.render(key="k", app_id="spark-" + "0" * 32, now_ms=1)
    assert len(manifest) == 3 and [o["kind"] for o in manifest] == ["Pod", "Service", "ConfigMap"]
    assert app.namespace == "etl" == app.conf["spark.kubernetes.namespace"] and manifest.key == "k" and repr(manifest).startswith("<Manifest Pod/pi-")
    assert manifest.to_yaml().count("apiVersion: ") >= 3 and manifest.executor()[0]["kind"] == "Pod"
    assert "kind: " in manifest.executor_to_yaml() and manifest.uploads == []
    again = app.render(key="k", app_id="spark-" + "0" * 32, now_ms=1)
    assert again.to_yaml() == manifest.to_yaml() and manifest.diff(again) == []
    app.conf["spark.executor.instances"] = 4
    [difference] = manifest.diff(app.render(key="k"))
    assert (difference.path, difference.left, difference.right) == ("spark.properties: spark.executor.instances", "3", "4")


def test_app_from_args(monkeypatch):
    app = App.from_args(["--name", "n", "--class", "C", "--conf", "spark.a=1", "local:///a.jar", "x"], env={"SPARK_USER": "me"},
                        defaults=Conf({"spark.b": "2"}))
    assert app.name == "n" and app.conf["spark.a"] == "1" and app.conf.origin("spark.a") == "--conf"
    with pytest.raises(sparkk8s.ParseError) as caught:
        App.from_args(["--nonsense"])
    assert caught.value.code is sparkk8s.ErrorCode.EPARSE and isinstance(caught.value, ValueError)


def test_conf_outlives_its_app(app):
    conf = app.conf
    del app
    assert conf["spark.kubernetes.container.image"] == "example/spark:4.1.4"


def test_templates(app, tmp_path):
    pod = {"spec": {"containers": [{"name": "sidecar", "image": "s"}]}}
    file = tmp_path / "pod.json"
    file.write_text(json.dumps(pod))
    for template in (pod, json.dumps(pod), json.dumps(pod).encode(), file):
        app.set_pod_template(Role.DRIVER, template)
        assert "sidecar" in [c["name"] for c in app.render().objects[0]["spec"]["containers"]]
        app.set_pod_template(Role.DRIVER, None)
        assert "sidecar" not in [c["name"] for c in app.render().objects[0]["spec"]["containers"]]
    with pytest.raises(sparkk8s.ParseError) as caught:
        app.set_pod_template(Role.EXECUTOR, "spec: [", name="mine.yaml")
    assert caught.value.where.startswith("mine.yaml:")


def test_volumes(app):
    app.add_volume(Volume("persistentVolumeClaim", "scratch", "/scratch", claimName="OnDemand", storageClass="ssd", sizeLimit="1Gi"))
    app.add_volume(Volume("emptyDir", "tmp", "/tmp", roles=Role.DRIVER, options={"medium": "Memory"}))
    assert app.conf["spark.kubernetes.driver.volumes.persistentVolumeClaim.scratch.options.claimName"] == "OnDemand"
    assert "spark.kubernetes.executor.volumes.emptyDir.tmp.mount.path" not in app.conf
    before = dict(app.conf)
    with pytest.raises(sparkk8s.SparkK8sError):
        app.add_volume(Volume("emptyDir", "other", "/other", claimName="x"))
    assert dict(app.conf) == before


def test_what_is_wrong_is_told_before_anything_is_sent(app):
    app.conf["spark.driver.memory"] = "1gg"
    with pytest.raises(sparkk8s.ConfError) as caught:
        app.render()
    error = caught.value
    assert "spark.driver.memory" in error.where and error.hint is not None and error.http_status == 0 and not error.retriable
    copied = pickle.loads(pickle.dumps(error))
    assert type(copied) is sparkk8s.ConfError and str(copied) == str(error) and copied.where == error.where and copied.code == error.code


def test_every_class_of_errors():
    for code in sparkk8s.ErrorCode:
        from sparkk8s._errors import _CLASSES
        cls = _CLASSES[code]
        assert issubclass(cls, sparkk8s.SparkK8sError) and cls.code is code and getattr(sparkk8s, cls.__name__) is cls
        assert str(cls("a", where="b")) == "a (b)" and cls("a", code=code).code is code
        assert pickle.loads(pickle.dumps(cls("a", hint="h"))).hint == "h"
    assert issubclass(sparkk8s.Timeout, TimeoutError) and issubclass(sparkk8s.Forbidden, PermissionError)
    assert issubclass(sparkk8s.LibraryError, ImportError) and issubclass(sparkk8s.OutOfMemory, MemoryError)


def test_explanations_of_configuration(app):
    keys = {row["key"] for row in sparkk8s.known_keys("spark.kubernetes.driver.")}
    assert "spark.kubernetes.driver.podTemplateFile" in keys
    found = {row["key"]: row for row in app.effective_conf()}
    assert found["spark.kubernetes.container.image"]["value"] == "example/spark:4.1.4"
    assert len(app.effective_conf(defaults=True)) > len(found)
    app.conf["spark.driver.memory"] = "2g"
    assert app.explain("spark.driver.memory")["effects"] and app.explain("spark.kubernetes.container.image")["without"]
    assert "4.1" in sparkk8s.spark_lines()


def test_results_do_not_change():
    line = sparkk8s.LogLine._make(b"a\xff", sparkk8s.LogKind.LINE, "n", "p", "", 0, 1, True)
    assert str(line) == "a\ufffd" and line.to_dict()["kind"] == "LINE" and hash(line) == hash(copy.copy(line))
    assert pickle.loads(pickle.dumps(line)) == line and line != sparkk8s.LogLine._make(b"b", sparkk8s.LogKind.LINE, "n", "p", "", 0, 1, True)
    for change in (lambda: setattr(line, "pod", "x"), lambda: delattr(line, "pod"), lambda: setattr(line, "other", 1)):
        with pytest.raises(AttributeError):
            change()


def test_values_of_a_newer_library():
    assert State(99) is State.UNKNOWN and str(State.FAILED) == "FAILED"
    assert State.LOST.is_final and not State.TERMINATING.is_final
    for enum in (sparkk8s.Cause, sparkk8s.GcReason, sparkk8s.LogKind):
        new = enum(99)
        assert (new, new.name, str(new)) == (99, "UNKNOWN_99", "UNKNOWN_99") and new is enum(99) and new not in list(enum)
        assert pickle.loads(pickle.dumps(new)) == new == copy.deepcopy(new) and isinstance(new, enum) and "UNKNOWN_99" in repr(new)
    for wrong in ("FAILED", 2.5, None):
        with pytest.raises(ValueError):
            State(wrong)
