# SPDX-License-Identifier: Apache-2.0
"""Airflow's own SparkSubmitHook, from PyPI, with our program as its spark-submit."""
import json
import os
import subprocess
import tempfile
from pathlib import Path

import harness

HERE = Path(__file__).resolve().parent
IMAGE = "localhost/spark:4.1.4"
JAR = "local:///opt/spark/examples/jars/spark-examples.jar"
CONF = {"spark.kubernetes.container.image": IMAGE, "spark.kubernetes.authenticate.driver.serviceAccountName": "spark",
        "spark.kubernetes.driver.request.cores": "0.2", "spark.kubernetes.executor.request.cores": "0.2",
        "spark.executor.memory": "512m"}


class Airflow:
    def __init__(self, c, folder):
        self.c, self.folder = c, Path(folder)
        self.python = harness.virtual_environment("airflow", HERE / "airflow.txt")
        (self.folder / "bin").mkdir()
        (self.folder / "bin/spark-submit").symlink_to(c.sparkk8s)
        server = json.loads(c.kubectl("config", "view", "--raw", "-o", "json"))["clusters"][0]["cluster"]["server"]
        connection = {"conn_type": "spark", "host": f"k8s://{server}",
                      "extra": {"deploy-mode": "cluster", "namespace": "spark", "spark-binary": "spark-submit"}}
        self.env = {**c.env, "PATH": f"{folder}/bin:{os.environ['PATH']}", "HOME": str(folder), "AIRFLOW_HOME": f"{folder}/airflow",
                    "AIRFLOW__CORE__LOAD_EXAMPLES": "False", "AIRFLOW__KUBERNETES_EXECUTOR__IN_CLUSTER": "False",
                    "AIRFLOW__KUBERNETES_EXECUTOR__CONFIG_FILE": c.kubeconfig, "AIRFLOW_CONN_SPARK_K8S": json.dumps(connection)}

    def run(self, what, name, java_class, *args, conf=None, **more):
        """What airflow_hook.py says in the end, and all of its log."""
        given = {"conn_id": "spark_k8s", "name": name, "java_class": java_class, "application": JAR, "application_args": list(args),
                 "num_executors": 1, "conf": {**CONF, **(conf or {})}, **more}
        done = subprocess.run([self.python, str(HERE / "airflow_hook.py"), what, json.dumps(given)], env=self.env, text=True,
                              capture_output=True, timeout=400)
        last = done.stdout.strip().splitlines()[-1:] or ["{}"]
        return json.loads(last[0]) if last[0].startswith("{") else {}, done.stdout[-3000:] + done.stderr[-6000:]


def succeeds(airflow, check):
    for what in ("submit", "operator"):
        result, log = airflow.run(what, f"hook-{what}", "org.apache.spark.examples.SparkPi", "4")
        check("error" not in result and result.get("exit_code") == 0 and (result.get("pod") or "").startswith(f"hook-{what}-"),
              f"Airflow: {what}: SparkPi succeeds, pod and exit code are read from the log", f"{result}\n{log}")
        check((result.get("app_id") or "").startswith("spark-"), f"Airflow: {what}: the application id is read from the log", f"{result}")


def fails(airflow, check):
    result, log = airflow.run("submit", "hook-exit", "sparkk8s.examples.Exit", "42")
    check(result.get("exit_code") == 42 and result.get("error", "").startswith("AirflowException: ")
          and "Error code is: 0. Kubernetes spark exit code is: 42" in result["error"],
          "Airflow: an application that ends with 42: AirflowException with that code", f"{result}\n{log}")
    result, log = airflow.run("submit", "hook-bad", "A", conf={"spark.driver.memory": "1gg"})
    check(result.get("pod") is None and "Error code is: 1." in result.get("error", "") and "spark.driver.memory" in result["error"],
          "Airflow: a bad property: AirflowException that shows why, nothing submitted", f"{result}\n{log}")


def killed(airflow, check):
    result, log = airflow.run("kill", "hook-kill", "sparkk8s.examples.Ticks", "300")
    check(result.get("ran") and result.get("ended") and "AirflowException" in result.get("error", ""),
          "Airflow: on_kill ends the hook's submit", f"{result}\n{log}")
    check(airflow.c.gone("pods,services,configmaps", "spark-app-selector", seconds=60), "Airflow: on_kill removed the driver and what it owned",
          f"{result}\n{airflow.c.kubectl('get', 'pods', '-n', 'spark')}")


def tracked(airflow, check):
    """The hook does not keep spark-submit: it finds the driver in the one line that there is, and asks the API server itself."""
    result, log = airflow.run("track", "hook-track", "org.apache.spark.examples.SparkPi", "2", track_driver_via_k8s_api=True)
    check("error" not in result and result.get("answer") == "Succeeded" and (result.get("pod") or "").startswith("hook-track-"),
          "Airflow: track_driver_via_k8s_api", f"{result}\n{log}")


def airflow(c):
    with tempfile.TemporaryDirectory() as folder:
        it = Airflow(c, folder)
        for case in (succeeds, fails, tracked):
            case(it, c.count.check)
        c.clear()
        killed(it, c.count.check)
        c.clear()
