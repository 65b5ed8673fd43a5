# SPDX-License-Identifier: Apache-2.0
"""What Airflow asks first, in each of its processes (entry point apache_airflow_provider). Imports nothing of Airflow."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_TEXT = {"type": ["string", "null"]}
_FLAG = {"type": ["boolean", "null"]}
_SECRET = {**_TEXT, "format": "password"}

# name: (label, JSON schema, description). The first six are those of Airflow's own connection type "kubernetes", which serves, too.
FIELDS: dict[str, tuple[str, dict[str, Any], str]] = {
    "in_cluster": ("In cluster configuration", _FLAG, "Use the service account of the pod that Airflow runs in."),
    "kube_config_path": ("Kube config path", _TEXT, "A file on the workers and triggerers."),
    "kube_config": ("Kube config (YAML or JSON)", _SECRET, "The kubeconfig itself."),
    "namespace": ("Namespace", _TEXT, "Where drivers run, unless the task says otherwise."),
    "cluster_context": ("Cluster context", _TEXT, "A context of the kubeconfig."),
    "disable_verify_ssl": ("Disable SSL verification", _FLAG, "Never outside a test."),
    "ca_file": ("CA file", _TEXT, "Certificate authorities of the API server; a file on the workers and triggerers."),
    "impersonate_user": ("Impersonate user", _TEXT, "As kubectl --as."),
    "conf": ("Spark properties (JSON)", {**_TEXT, "format": "json"}, "Defaults of all tasks, as spark-defaults.conf: image, service account."),
    "ui_url": ("Spark UI link", _TEXT, "With {namespace}, {driver_pod}, {app_id}, {app_name}, {run_id}."),
    "history_url": ("History server link", _TEXT, "As https://history.example.com/history/{app_id}/jobs/"),
    "pod_url": ("Driver pod link", _TEXT, "Of a dashboard: https://dash.example.com/{namespace}/pods/{driver_pod}"),
}

UI_BEHAVIOUR: dict[str, Any] = {
    "hidden_fields": ["schema", "login", "port", "extra"],
    "relabeling": {"host": "API server URL", "password": "Bearer token"},
    "placeholders": {"host": "empty: as the kubeconfig has it"},
}


def get_provider_info() -> dict[str, Any]:
    """The provider as Airflow's schema describes it, for 2.x and 3.x."""
    package = "sparkk8s.airflow"
    name = "Spark on Kubernetes (sparkk8s)"
    return {
        "package-name": "sparkk8s",
        "name": name,
        "description": "Spark applications on Kubernetes, without a JVM and without an operator.",
        "integrations": [{"integration-name": name, "external-doc-url": "https://spark.apache.org/docs/latest/running-on-kubernetes.html",
                          "tags": ["software"]}],
        "operators": [{"integration-name": name, "python-modules": [f"{package}.operator"]}],
        "sensors": [{"integration-name": name, "python-modules": [f"{package}.sensor"]}],
        "hooks": [{"integration-name": name, "python-modules": [f"{package}.hook"]}],
        "triggers": [{"integration-name": name, "python-modules": [f"{package}.trigger"]}],
        "extra-links": [f"{package}.links.{link}" for link in ("SparkUiLink", "HistoryServerLink", "DriverPodLink")],
        "connection-types": [{
            "connection-type": "sparkk8s",
            "hook-class-name": f"{package}.hook.SparkK8sHook",
            "hook-name": name,
            "conn-fields": {field: {"label": label, "schema": schema, "description": description}
                            for field, (label, schema, description) in FIELDS.items()},
            "ui-field-behaviour": {key.replace("_", "-"): value for key, value in UI_BEHAVIOUR.items()},
        }],
    }
