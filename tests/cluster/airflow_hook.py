# SPDX-License-Identifier: Apache-2.0
"""Run by Airflow's Python: submits through SparkSubmitHook and prints what became of it as one line of JSON.

    airflow_hook.py WHAT JSON     WHAT: submit, operator, kill, track; JSON: the hook's arguments, and "application"
"""
import json
import logging
import sys
import threading
import time

from airflow.providers.apache.spark.hooks.spark_submit import SparkSubmitHook
from airflow.providers.apache.spark.operators.spark_submit import SparkSubmitOperator
from airflow.providers.cncf.kubernetes import kube_client


def attempt(result, call):
    try:
        result["answer"] = call()
    except Exception as problem:
        result["error"] = f"{type(problem).__name__}: {problem}"


def kill(hook, application, result):
    """As a task that is cleared: the hook waits in one thread, on_kill comes from another."""
    thread = threading.Thread(target=attempt, args=(result, lambda: hook.submit(application)))
    thread.start()
    deadline, client = time.monotonic() + 120, kube_client.get_kube_client()
    while time.monotonic() < deadline and not result.get("ran"):
        time.sleep(0.3)
        if hook._kubernetes_driver_pod:
            pod = client.read_namespaced_pod(hook._kubernetes_driver_pod, hook._connection["namespace"])
            result["ran"] = pod.status.phase == "Running"
    hook.on_kill()
    thread.join(60)
    result["ended"] = not thread.is_alive()


def main(what, arguments):
    arguments = json.loads(arguments)
    application, result = arguments.pop("application"), {}
    logging.basicConfig(stream=sys.stderr, level=logging.INFO)
    if what == "operator":
        operator = SparkSubmitOperator(task_id="t", application=application, **arguments)
        attempt(result, lambda: operator.execute({}))
        hook = operator._hook
    else:
        hook = SparkSubmitHook(**arguments)
        if what == "kill":
            kill(hook, application, result)
        else:
            attempt(result, lambda: hook.submit(application))
        if what == "track":
            attempt(result, hook._poll_k8s_driver_via_api)
    result.update(exit_code=hook._spark_exit_code, pod=hook._kubernetes_driver_pod, app_id=hook._kubernetes_application_id)
    print(json.dumps(result))


main(*sys.argv[1:])
