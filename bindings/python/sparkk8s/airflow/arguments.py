# SPDX-License-Identifier: Apache-2.0
"""From an operator's arguments to spark-submit's, and to the library's App. The names are those of SparkSubmitOperator where it has them.

What is meant, and whether it can be, is the library's business; here Python's values become spark-submit's text.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Iterable, Mapping

from sparkk8s import App, Conf, Role, Volume

# argument: spark-submit's option
OPTIONS = {
    "java_class": "--class", "properties_file": "--properties-file", "py_files": "--py-files", "files": "--files", "jars": "--jars",
    "archives": "--archives", "packages": "--packages", "exclude_packages": "--exclude-packages", "repositories": "--repositories",
    "proxy_user": "--proxy-user", "keytab": "--keytab", "principal": "--principal", "driver_cores": "--driver-cores",
    "driver_memory": "--driver-memory", "driver_class_path": "--driver-class-path", "driver_java_options": "--driver-java-options",
    "driver_library_path": "--driver-library-path", "executor_cores": "--executor-cores", "executor_memory": "--executor-memory",
    "num_executors": "--num-executors", "spark_version": "--spark-version",
}
# argument: a property for which spark-submit has no option
PROPERTIES = {
    "namespace": "spark.kubernetes.namespace", "image": "spark.kubernetes.container.image",
    "service_account": "spark.kubernetes.authenticate.driver.serviceAccountName",
}
TEMPLATES = {"driver_template": Role.DRIVER, "executor_template": Role.EXECUTOR}
DRIVER_ENV = "spark.kubernetes.driverEnv."
ARGUMENTS = ("application", "application_args", "name", "conf", *OPTIONS, *PROPERTIES, "env_vars", "submit_env", *TEMPLATES, "volumes")

# What other operators have: what to do here.
ELSEWHERE = {
    "application_file": "its fields are arguments here; a pod template in a file is driver_template or executor_template",
    "app_arguments": "application_args",
    "app_id_suffix": "ids are made from the task and its try",
    "app_name": "name",
    "app_path": "application",
    "app_waiter": "get_logs; a task always waits for its application",
    "callbacks": "Airflow's own: on_execute_callback, on_success_callback, on_failure_callback",
    "class_name": "java_class",
    "code_path": "application",
    "conn_id": "sparkk8s_conn_id, which takes connections of type spark, too",
    "delete_on_termination": 'on_finish_action="delete_pod"',
    "deploy_mode": "it is always cluster mode",
    "driver_annotations": 'conf={"spark.kubernetes.driver.annotation.NAME": ...}',
    "driver_ephemeral_configmaps_volumes": "volumes of a driver_template, with a ConfigMap that exists",
    "driver_host_aliases": "driver_template",
    "driver_init_containers": "driver_template",
    "driver_labels": 'conf={"spark.kubernetes.driver.label.NAME": ...}',
    "driver_node_selector": 'conf={"spark.kubernetes.driver.node.selector.NAME": ...}',
    "driver_resources": "driver_cores, driver_memory",
    "driver_tolerations": "driver_template",
    "driver_volume_mounts": "volumes, with roles=Role.DRIVER",
    "durable": "always so: a submission key finds the driver of a try again",
    "executor_annotations": 'conf={"spark.kubernetes.executor.annotation.NAME": ...}',
    "executor_instances": 'num_executors, or conf={"spark.dynamicAllocation.enabled": True, ...}',
    "executor_labels": 'conf={"spark.kubernetes.executor.label.NAME": ...}',
    "executor_node_selector": 'conf={"spark.kubernetes.executor.node.selector.NAME": ...}',
    "executor_pod_template_path": "executor_template",
    "executor_resources": "executor_cores, executor_memory",
    "executor_volume_mounts": "volumes, with roles=Role.EXECUTOR",
    "image_pull_policy": 'conf={"spark.kubernetes.container.image.pullPolicy": ...}',
    "kubernetes_conn_id": "sparkk8s_conn_id, which takes connections of type kubernetes, too",
    "log_events_on_failure": "always so: why a run has failed is told with its evidence",
    "logging_interval": "the log is copied while it is written",
    "on_kill_action": "a task that is killed deletes its driver",
    "poll_interval": "nothing is polled",
    "post_submit_commands": "on_success_callback, on_failure_callback, or a task behind this one",
    "random_name_suffix": "names are made from the task and its try",
    "reattach_on_restart": "reattach",
    "reconnect_on_retry": "reattach",
    "secret_values": 'conf={"spark.kubernetes.driver.secretKeyRef.NAME": "secret:key"}, with a Secret that exists',
    "spark_binary": "there is no spark-submit in it",
    "spark_conf": "conf",
    "spark_on_k8s_service_url": "ui_url and history_url of the connection",
    "startup_timeout_seconds": "startup_timeout",
    "status_poll_interval": "nothing is polled",
    "success_run_history_limit": "on_finish_action",
    "template_spec": "its fields are arguments here; a pod template is driver_template or executor_template",
    "total_executor_cores": "num_executors and executor_cores: on Kubernetes there is no such limit",
    "track_driver_via_k8s_api": "always so",
    "ui_reverse_proxy": 'conf={"spark.ui.proxyBase": ..., "spark.ui.proxyRedirectUri": "/"}',
    "use_krb5ccache": "keytab and principal: there is no ticket cache in the cluster",
    "verbose": "`sparkk8s conf` shows what becomes of arguments",
    "yarn_queue": 'there are no queues of YARN on Kubernetes; of Volcano: conf={"spark.kubernetes.scheduler.volcano.podGroupTemplateFile": ...}',
    "yarn_rm_auth": "YARN's",
    "yarn_track_via_rm_api": "YARN's",
}


def refuse_foreign(operator: str, given: Iterable[str]) -> None:
    """Arguments of other operators are told from misspelt ones, of which Airflow tells."""
    foreign = [f"{name}: {ELSEWHERE[name]}" for name in given if name in ELSEWHERE]
    if foreign:
        raise TypeError(f"{operator} has no " + "; no ".join(foreign))


def text(value: Any) -> str:
    """Of a value that spark-submit takes as text: a list by commas, as it writes its own."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return ",".join(text(each) for each in value)
    if not isinstance(value, (str, int, float)):
        raise TypeError(f"a {type(value).__name__} is neither text, nor a number, nor a list of these")
    return str(value)


def _mapping(argument: str, given: Any) -> dict[str, str]:
    """None, whether the whole or a value, is as not given."""
    if given is not None and not isinstance(given, Mapping):
        raise TypeError(f"{argument} is a {type(given).__name__} and no dictionary{_NATIVE if isinstance(given, str) else ''}")
    found = {}
    for key, value in (given or {}).items():
        if value is not None:
            try:
                found[str(key)] = text(value)
            except TypeError as error:
                raise TypeError(f"{argument}: {key}: {error}") from None
    return found


_NATIVE = ": a template becomes one with render_template_as_native_obj=True of the DAG"


def _list(argument: str, given: Any) -> list[Any]:
    if isinstance(given, (str, bytes, Mapping)):
        raise TypeError(f"{argument} is a {type(given).__name__} and no list{_NATIVE if isinstance(given, str) else ''}")
    return list(given if given is not None else ())


def properties(task: Any) -> dict[str, str]:
    """The Spark properties of a task."""
    found = {key: text(value) for name, key in PROPERTIES.items() if (value := getattr(task, name)) not in (None, "")}
    environment = {DRIVER_ENV + name: value for name, value in _mapping("env_vars", task.env_vars).items()}
    return {**environment, **_mapping("conf", task.conf), **found}


def arguments(task: Any, more: Mapping[str, Any] | None = None) -> list[str]:
    """spark-submit's arguments for a task; `more`: properties that go behind its own."""
    name = task.name or task.task_id.replace(".", "-").replace("_", "-")
    options = {"--name": name, **{option: value for name, option in OPTIONS.items() if (value := getattr(task, name)) not in (None, "", [])}}
    found = [part for option, value in options.items() for part in (option, text(value))]
    for key, value in {**_mapping("more", more), **properties(task)}.items():
        found += ["--conf", f"{key}={value}"]
    return [*found, task.application, *(str(argument) for argument in _list("application_args", task.application_args))]


def app(task: Any, defaults: Mapping[str, Any], more: Mapping[str, Any] | None = None) -> App:
    """The application of a task; `defaults` go behind everything else."""
    made = App.from_args(arguments(task, more), env=_mapping("submit_env", task.submit_env),
                         defaults=Conf({"spark.submit.deployMode": "cluster", **_mapping("the connection's conf", defaults)}))
    for name, role in TEMPLATES.items():
        given = getattr(task, name)
        if given is not None:
            made.set_pod_template(role, template(given), name)
    for given in _list("volumes", task.volumes):
        made.add_volume(volume(given))
    return made


def volume(given: Any) -> Volume:
    """A Volume, or a dictionary of its arguments, in which roles may be names."""
    if isinstance(given, Volume):
        return given
    made = dict(given)
    roles = made.pop("roles", None)
    if roles is not None:
        names = roles if isinstance(roles, (list, tuple)) else [roles]
        made["roles"] = Role(sum({int(Role[name.upper()] if isinstance(name, str) else name) for name in names}))
    try:
        return Volume(**made)
    except TypeError as error:
        raise TypeError(f"volumes: {str(error).replace('Volume.__init__() ', '')}") from None


def is_file(template: Any) -> bool:
    """Whether the text of a pod template is the name of a file, by its looks."""
    return isinstance(template, str) and "\n" not in template and not template.lstrip().startswith("{")


def plain(template: Any) -> Any:
    """A model of the kubernetes package writes itself as a dictionary."""
    if not hasattr(template, "openapi_types"):
        return template
    from kubernetes.client import ApiClient  # type: ignore[import-untyped]

    return ApiClient().sanitize_for_serialization(template)


def template(given: Any) -> Any:
    """As App.set_pod_template wants it."""
    return Path(os.path.expanduser(given)) if is_file(given) else plain(given)
