# SPDX-License-Identifier: Apache-2.0
"""The DAGs of the tests: one task each, by what is special about it."""
from datetime import datetime, timedelta

from airflow import DAG
from airflow.decorators import task

from sparkk8s import Volume
from sparkk8s.airflow.operator import SparkKubernetesRunOperator
from sparkk8s.airflow.sensor import SparkKubernetesRunSensor

COMMON = {"application": "local:///opt/spark/examples/src/main/python/pi.py", "image": "example/spark:4.1.4"}
CASES = {
    "deferred": {"application_args": ["{{ ds }}", 7], "conf": {"spark.app.dag": "{{ dag.dag_id }}", "spark.executor.instances": 3},
                 "driver_template": {"apiVersion": "v1", "kind": "Pod", "metadata": {"annotations": {"of": "{{ task.task_id }}"}},
                                     "spec": {"containers": [{"name": "spark-kubernetes-driver"}]}},
                 "volumes": [Volume("emptyDir", "scratch", "/scratch", sizeLimit="1Gi")]},
    "waiting": {"deferrable": False},
    "limited": {"execution_timeout": timedelta(seconds=1)},
    "infrastructure": {"retry_on": "infrastructure", "retries": 2},
    "wrong": {"conf": {"spark.driver.memory": "1gg"}, "retries": 2},
    "wrong_type": {"application_args": "{{ ds }}", "retries": 2},
    "outputs": {"multiple_outputs": True},
    "no_xcom": {"do_xcom_push": False},
    "skipped": {"skip_on_exit_code": [41, 42]},
}


def make(case, given):
    with DAG(case, schedule=None, start_date=datetime(2026, 1, 1)) as dag:
        SparkKubernetesRunOperator(task_id="spark", **{**COMMON, **given})
    return dag


for name, arguments in CASES.items():
    globals()[name] = make(name, arguments)

with DAG("mapped", schedule=None, start_date=datetime(2026, 1, 1)) as mapped:
    SparkKubernetesRunOperator.partial(task_id="spark", **COMMON).expand(application_args=[["1"], ["2"]])

with DAG("mapped_pairs", schedule=None, start_date=datetime(2026, 1, 1), render_template_as_native_obj=True) as mapped_pairs:
    SparkKubernetesRunOperator.partial(
        task_id="spark", **COMMON, application_args="{{ [ti.map_index, 'x'] }}",
        volumes=[Volume("emptyDir", "scratch", "/scratch/{{ ti.map_index }}", sizeLimit="1Gi")],
    ).expand_kwargs([{"name": "one", "num_executors": 1}, {"name": "two", "conf": {"spark.of": "{{ task.task_id }}"}}])


@task(multiple_outputs=True)
def numbers():
    return {"arguments": ["1", 2], "conf": {"spark.executor.instances": 5}}


with DAG("after_another", schedule=None, start_date=datetime(2026, 1, 1)) as after_another:
    found = numbers()
    SparkKubernetesRunOperator(task_id="spark", **COMMON, application_args=found["arguments"], conf=found["conf"])

with DAG("sensing", schedule=None, start_date=datetime(2026, 1, 1)) as sensing:
    SparkKubernetesRunSensor(task_id="spark", run_id="default:pi-driver")
