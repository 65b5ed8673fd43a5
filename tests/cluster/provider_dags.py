# SPDX-License-Identifier: Apache-2.0
"""The DAGs of provider_cases.py, read by a real Airflow: one task each, by what its driver does."""
from datetime import datetime

from airflow import DAG

from sparkk8s.airflow.operator import SparkKubernetesRunOperator

EXAMPLES = "local:///opt/spark/examples"
COMMON = {
    "application": f"{EXAMPLES}/jars/spark-examples.jar", "image": "localhost/spark:4.1.4", "service_account": "spark", "namespace": "spark",
    "num_executors": 1, "executor_memory": "512m",
    "conf": {"spark.kubernetes.driver.request.cores": "0.2", "spark.kubernetes.executor.request.cores": "0.2"}}
CASES = {
    "pi": {"java_class": "org.apache.spark.examples.SparkPi", "application_args": ["4"]},
    "py_pi": {"application": f"{EXAMPLES}/src/main/python/pi.py", "application_args": ["4"]},
    "fails": {"java_class": "sparkk8s.examples.Exit", "application_args": ["42"]},
    "ticks": {"java_class": "sparkk8s.examples.Ticks", "application_args": ["40"]},
    "long": {"java_class": "sparkk8s.examples.Ticks", "application_args": ["600"]},
    "waits": {"java_class": "sparkk8s.examples.Ticks", "application_args": ["60"], "deferrable": False, "retries": 1, "retry_delay": 1},
}

for name, given in CASES.items():
    with DAG(name, schedule=None, start_date=datetime(2026, 1, 1)) as dag:
        SparkKubernetesRunOperator(task_id="spark", **{**COMMON, **given})
    globals()[name] = dag
