# SPDX-License-Identifier: Apache-2.0
"""From the operator's arguments to spark-submit's and to the manifest; templates; arguments that are refused."""
from datetime import datetime
from types import SimpleNamespace

import pytest
from airflow import DAG

from sparkk8s import Role, Volume
from sparkk8s.airflow import arguments
from sparkk8s.airflow.compat import BaseOperator
from sparkk8s.airflow.operator import SparkKubernetesRunOperator

POD = {"apiVersion": "v1", "kind": "Pod", "metadata": {"annotations": {"of": "{{ who }}"}},
       "spec": {"containers": [{"name": "spark-kubernetes-driver"}]}}


def operator(**more):
    return SparkKubernetesRunOperator(task_id="a_task", **{"application": "local:///a.py", "image": "example/spark:4.1.4", **more})


def rendered(tmp_path=None, native=False, **more):
    """A task whose templates were rendered as Airflow does it."""
    with DAG("d", schedule=None, start_date=datetime(2026, 1, 1), render_template_as_native_obj=native,
             template_searchpath=[str(tmp_path)] if tmp_path else None) as dag:
        task = operator(**more)
    task.render_template_fields({"who": "me", "n": 3, "items": ["a", 1], "dag": dag}, dag.get_template_env())
    return task


def options(task):
    """spark-submit's options, --conf among them, and the application with its arguments."""
    argv, found, conf = arguments.arguments(task), {}, {}
    while argv[0].startswith("--"):
        option, value, *argv = argv
        if option == "--conf":
            key, _, value = value.partition("=")
            conf[key] = value
        else:
            found[option] = value
    return found, conf, argv


def pod(task, role=Role.DRIVER):
    manifest = arguments.app(task, {}).render(key="k")
    return (manifest.objects if role is Role.DRIVER else manifest.executor())[0]


# ---- what they become

def test_every_option():
    given = {name: f"v-{name}" for name in (*arguments.OPTIONS, *arguments.PROPERTIES)}
    found, conf, rest = options(operator(application_args=["x", 2, True], name="n", **given))
    assert found == {"--name": "n", **{option: f"v-{name}" for name, option in arguments.OPTIONS.items()}}
    assert conf == {key: f"v-{name}" for name, key in arguments.PROPERTIES.items()}
    assert rest == ["local:///a.py", "x", "2", "True"]


def test_nothing_given():
    found, conf, rest = options(operator(jars="", packages=[], conf={"spark.a": None}, env_vars={}))
    assert (found, rest) == ({"--name": "a-task"}, ["local:///a.py"])
    assert conf == {"spark.kubernetes.container.image": "example/spark:4.1.4"}


def test_values():
    found, conf, _ = options(operator(
        packages=["g:a:1", "g:b:2"], num_executors=3, namespace="there", env_vars={"A": 1, "B": True},
        conf={"spark.b": True, "spark.i": 7, "spark.f": 0.5, "spark.l": ["x", 2], "spark.n": None, "spark.kubernetes.namespace": "here"}))
    assert found["--packages"] == "g:a:1,g:b:2" and found["--num-executors"] == "3"
    assert {key: conf[key] for key in conf if len(key) == len("spark.b")} == {"spark.b": "true", "spark.i": "7", "spark.f": "0.5", "spark.l": "x,2"}
    assert conf["spark.kubernetes.namespace"] == "there" and conf["spark.kubernetes.driverEnv.A"] == "1"


def test_environments():
    """env_vars is the driver's, submit_env what is read of the submitter's."""
    made = pod(operator(env_vars={"MODE": "test"}, submit_env={"SPARK_USER": "somebody"}))
    env = {each["name"]: each.get("value") for each in made["spec"]["containers"][0]["env"]}
    assert env["MODE"] == "test" and env["SPARK_USER"] == "somebody"


def test_volumes():
    """Objects, and dictionaries in which roles are names: as JSON has them."""
    task = operator(volumes=[Volume("emptyDir", "a", "/a", sizeLimit="1Gi"),
                             {"type": "emptyDir", "name": "b", "mount_path": "/b", "roles": ["executor"]}])
    paths = [{mount["mountPath"] for mount in pod(task, role)["spec"]["containers"][0].get("volumeMounts", [])} & {"/a", "/b"}
             for role in (Role.DRIVER, Role.EXECUTOR)]
    assert paths == [{"/a"}, {"/a", "/b"}]


# ---- templates

def test_each_is_templated():
    task = rendered(**{name: "{{ who }}" for name in (*arguments.OPTIONS, *arguments.PROPERTIES)}, name="{{ who }}", application="{{ who }}")
    assert {getattr(task, name) for name in (*arguments.OPTIONS, *arguments.PROPERTIES, "name", "application")} == {"me"}


def test_nested():
    task = rendered(conf={"spark.a": "{{ n }}", "spark.b": True, "spark.c": None, "spark.d": 1.5}, application_args=["{{ who }}", 5],
                    volumes=[Volume("persistentVolumeClaim", "{{ who }}", "/a", claimName="{{ who }}-data"),
                             {"type": "emptyDir", "name": "b", "mount_path": "/{{ who }}"}], driver_template=POD)
    assert task.conf == {"spark.a": "3", "spark.b": True, "spark.c": None, "spark.d": 1.5} and task.application_args == ["me", 5]
    assert task.volumes == [Volume("persistentVolumeClaim", "me", "/a", claimName="me-data"), {"type": "emptyDir", "name": "b", "mount_path": "/me"}]
    assert pod(task)["metadata"]["annotations"]["of"] == "me"


def test_native():
    task = rendered(native=True, application_args="{{ items }}", conf="{{ {'spark.x': n} }}", num_executors="{{ n }}", packages="{{ ['a', 'b'] }}")
    found, conf, rest = options(task)
    assert rest == ["local:///a.py", "a", "1"] and conf["spark.x"] == "3"
    assert (found["--num-executors"], found["--packages"]) == ("3", "a,b")


@pytest.mark.parametrize("given", [
    {"application_args": "{{ items }}"}, {"conf": "{{ items }}"}, {"volumes": "{{ items }}"}, {"env_vars": "{{ items }}"},
    {"conf": {"spark.a": {"b": 1}}}, {"application_args": {"a": 1}}, {"volumes": [{"type": "emptyDir"}]}])
def test_of_another_type(given):
    """A template gives text; a list of its characters is nobody's meaning."""
    with pytest.raises(TypeError, match=next(iter(given)) if "type" not in str(given) else "mount_path"):
        arguments.app(rendered(**given), {})


def test_a_template_in_a_file(tmp_path):
    """It is sought as Airflow seeks templates, and rendered. Arguments that look alike are none."""
    (tmp_path / "driver-me.yaml").write_text("apiVersion: v1\nkind: Pod\nmetadata: {annotations: {of: '{{ who }}'}}\n"
                                            "spec: {containers: [{name: c}]}\n")
    task = rendered(tmp_path, driver_template="driver-{{ who }}.yaml", application_args=["driver-me.yaml"], files="local:///driver-me.yaml")
    assert pod(task)["metadata"]["annotations"]["of"] == "me"
    assert (task.application_args, task.files) == (["driver-me.yaml"], "local:///driver-me.yaml")


def test_a_template_of_the_worker(tmp_path):
    (tmp_path / "pod.json").write_text('{"kind": "Pod", "metadata": {"annotations": {"of": "{{ file }}"}}, "spec": {"containers": [{"name": "c"}]}}')
    assert pod(rendered(driver_template=str(tmp_path / "pod.json")))["metadata"]["annotations"]["of"] == "{{ file }}"


def test_a_model():
    """Of the kubernetes package, of any of its versions."""
    client = pytest.importorskip("kubernetes.client")
    model = client.V1Pod(metadata=client.V1ObjectMeta(annotations={"of": "{{ who }}"}), spec=client.V1PodSpec(
        containers=[client.V1Container(name="c", image_pull_policy="Always")], node_selector={"pool": "{{ who }}"}))
    made = pod(rendered(driver_template=model))
    assert made["metadata"]["annotations"]["of"] == "me" and made["spec"]["nodeSelector"]["pool"] == "me"
    assert made["spec"]["containers"][0]["imagePullPolicy"]


# ---- what is refused

def test_foreign():
    with pytest.raises(TypeError, match="has no yarn_queue: .*YARN.*; no verbose: "):
        operator(yarn_queue="q", verbose=True)


def test_foreign_are_not_ours():
    import inspect

    ours = {*inspect.signature(SparkKubernetesRunOperator.__init__).parameters, *inspect.signature(BaseOperator.__init__).parameters}
    assert not ours & set(arguments.ELSEWHERE)


def test_misspelt():
    with pytest.raises(Exception, match="num_executor"):
        operator(num_executor=1)


def test_template_fields():
    """Each is an argument, and kept as it was given: Airflow renders them afterwards."""
    given = {name: SimpleNamespace() for name in SparkKubernetesRunOperator.template_fields}
    task = SparkKubernetesRunOperator(task_id="t", **given)
    assert all(getattr(task, name) is given[name] for name in given)
