# SPDX-License-Identifier: Apache-2.0
"""The DAGs of provider_cases.py, read by a real Airflow: one task each, by what its driver does."""
import os
import signal
from datetime import datetime, timedelta

from airflow import DAG

from sparkk8s.airflow.operator import SparkKubernetesRunOperator
from sparkk8s.airflow.sensor import SparkKubernetesRunSensor

EXAMPLES = "local:///opt/spark/examples"
COMMON = {
    "application": f"{EXAMPLES}/jars/spark-examples.jar", "image": "localhost/spark:4.1.4", "service_account": "spark",
    "num_executors": 1, "executor_memory": "512m",
    "conf": {"spark.kubernetes.driver.request.cores": "0.2", "spark.kubernetes.executor.request.cores": "0.2"}}
# Drivers that end when they are told to (scene.end_talker).
TALKS = {"java_class": "A", "driver_template": {"spec": {"containers": [
    {"name": "spark-kubernetes-driver", "command": ["sh", "-c", "trap 'exit 143' TERM; while [ ! -e /tmp/end ]; do sleep 0.1; done; exit $(cat /tmp/end)"]}]}}}
CASES = {
    "pi": {"java_class": "org.apache.spark.examples.SparkPi", "application_args": ["4"]},
    "py_pi": {"application": f"{EXAMPLES}/src/main/python/pi.py", "application_args": ["4"]},
    "fails": {"java_class": "sparkk8s.examples.Exit", "application_args": ["42"]},
    "waits": {**TALKS, "deferrable": False, "retries": 1, "retry_delay": 1},
    "told": TALKS,
    "endless": {"java_class": "sparkk8s.examples.Ticks", "application_args": ["3600"]},
    "brief": {"java_class": "sparkk8s.examples.Ticks", "application_args": ["15"]},
    "retried": {"java_class": "sparkk8s.examples.Exit", "application_args": ["{{ 0 if ti.try_number > 1 else 3 }}"], "retries": 1, "retry_delay": 1,
                "retry_on": "APP"},
    "timed": {"java_class": "sparkk8s.examples.Ticks", "application_args": ["3600"], "execution_timeout": timedelta(seconds=40)},
    "timed_waiting": {"java_class": "sparkk8s.examples.Ticks", "application_args": ["3600"], "execution_timeout": timedelta(seconds=40),
                      "deferrable": False},
    "unschedulable": {"java_class": "A", "startup_timeout": 5, "driver_template": {
        "spec": {"nodeSelector": {"no": "such"}, "containers": [{"name": "spark-kubernetes-driver"}]}}},
    "given_up": {"java_class": "sparkk8s.examples.Ticks", "application_args": ["3600"]},
    "dies_early": {"java_class": "sparkk8s.examples.Ticks", "application_args": ["15"], "retries": 1, "retry_delay": 1},
    "dies": {"java_class": "sparkk8s.examples.Ticks", "application_args": ["3600"]},
}


class GivenUp(SparkKubernetesRunOperator):
    """Airflow's own limit comes first, as if no triggerer kept that of the trigger."""

    def defer(self, **given):
        super().defer(**{**given, "timeout": timedelta(seconds=5)})


class DiesEarly(SparkKubernetesRunOperator):
    """The worker of the first try dies when there is a driver, and nobody knows yet."""

    def _own_run(self, client, settings, mine):
        run = super()._own_run(client, settings, mine)
        if mine.try_number == 1:
            os.kill(os.getpid(), signal.SIGKILL)
        return run


class Dies(SparkKubernetesRunOperator):
    """The worker dies when it is about to defer."""

    def _defer(self, *_):
        os.kill(os.getpid(), signal.SIGKILL)


KINDS = {"given_up": GivenUp, "dies_early": DiesEarly, "dies": Dies}

for name, given in CASES.items():
    with DAG(name, schedule=None, start_date=datetime(2026, 1, 1)) as dag:
        KINDS.get(name, SparkKubernetesRunOperator)(task_id="spark", **{**COMMON, **given})
    globals()[name] = dag

with DAG("mapped", schedule=None, start_date=datetime(2026, 1, 1)) as mapped:
    SparkKubernetesRunOperator.partial(task_id="spark", java_class="sparkk8s.examples.Ticks", **COMMON).expand(
        application_args=[["5"], ["6"], ["7"]])

with DAG("sensing", schedule=None, start_date=datetime(2026, 1, 1)) as sensing:
    SparkKubernetesRunSensor(task_id="spark", run_id="{{ dag_run.conf['run'] }}", get_logs=True)
