# SPDX-License-Identifier: Apache-2.0
"""Who comes from another operator: each of its arguments is one here, or is told what to do instead, and is in doc/airflow.md."""
import inspect
import re
from pathlib import Path

import pytest

from sparkk8s.airflow.arguments import ELSEWHERE
from sparkk8s.airflow.compat import BaseOperator
from sparkk8s.airflow.operator import SparkKubernetesRunOperator

MANUAL = (Path(__file__).resolve().parents[2] / "doc/airflow.md").read_text()
# The arguments of their __init__, by version. Those of apache-spark 5.3.4, of Airflow 2.10, are among those of 6.3.4.
PEERS = {
    "SparkSubmitOperator": ("apache-airflow-providers-apache-spark 6.3.4", """
        application conf conn_id files py_files archives driver_class_path jars java_class packages exclude_packages repositories
        total_executor_cores executor_cores executor_memory driver_memory keytab principal proxy_user name num_executors status_poll_interval
        application_args env_vars verbose spark_binary properties_file yarn_queue deploy_mode use_krb5ccache post_submit_commands
        track_driver_via_k8s_api yarn_track_via_rm_api yarn_rm_auth openlineage_inject_parent_job_info openlineage_inject_transport_info
        reconnect_on_retry durable"""),
    # With what it has from KubernetesPodOperator and is of use for a SparkApplication.
    "SparkKubernetesOperator": ("apache-airflow-providers-cncf-kubernetes 10.25.0", """
        image code_path namespace name application_file template_spec get_logs do_xcom_push success_run_history_limit startup_timeout_seconds
        log_events_on_failure reattach_on_restart delete_on_termination kubernetes_conn_id random_name_suffix
        deferrable poll_interval on_finish_action on_kill_action callbacks logging_interval skip_on_exit_code"""),
    "SparkOnK8SOperator": ("spark-on-k8s 0.12.1", """
        image app_path namespace service_account app_name app_id_suffix spark_conf class_name packages app_arguments app_waiter
        image_pull_policy ui_reverse_proxy driver_resources executor_resources executor_instances secret_values volumes driver_volume_mounts
        executor_volume_mounts driver_node_selector executor_node_selector driver_labels executor_labels driver_annotations
        executor_annotations driver_tolerations executor_pod_template_path driver_ephemeral_configmaps_volumes driver_init_containers
        driver_host_aliases spark_on_k8s_service_url kubernetes_conn_id poll_interval deferrable on_finish_action on_kill_action
        startup_timeout"""),
}


def parameters(cls):
    return set(inspect.signature(cls.__init__).parameters)


@pytest.mark.parametrize("peer", PEERS)
def test_arguments(peer):
    ours = parameters(SparkKubernetesRunOperator) | parameters(BaseOperator)
    [table] = re.findall(rf"^\| {peer}.*\n((?:\|.*\n)+)", MANUAL, re.M)
    documented = {name for row in table.splitlines() for name in re.findall(r"`(\w+)`", row.split(" | ")[0])}
    theirs = set(PEERS[peer][1].split())
    assert not theirs - ours - set(ELSEWHERE)
    assert not theirs - documented


def test_the_table_of_the_library():
    """Nothing in it is of nobody."""
    assert not set(ELSEWHERE) - {name for _, names in PEERS.values() for name in names.split()}


def test_the_arguments_of_the_manual():
    """Its overview has every argument of the operator that is templated."""
    [table] = re.findall(r"^## Arguments\n\n((?:\|.*\n)+)", MANUAL, re.M)
    assert not set(SparkKubernetesRunOperator.template_fields) - set(re.findall(r"`(\w+)`", table)) - {"sparkk8s_conn_id"}
