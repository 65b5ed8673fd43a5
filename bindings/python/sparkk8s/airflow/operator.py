# SPDX-License-Identifier: Apache-2.0
"""The operator: one task, one Spark application on Kubernetes.

Which driver is a try's own? The submission key is derived from the try, so that a try that is executed again finds what it has
submitted. A retry goes on with the driver of the try before it if that runs still, or has succeeded unnoticed; the first try after a
clear replaces it. Either claims its driver, whereupon the kill of a try before it, however late it comes, is refused.
"""

from __future__ import annotations

import os
import time
from datetime import timedelta
from pathlib import Path
from typing import Any, Iterable, Mapping, Sequence

from sparkk8s import AlreadyExists, App, Cause, Client, Conf, Diagnosis, NotFound, Role, Run, SparkK8sError, State, Status, Volume

from .compat import AirflowException, AirflowTaskTimeout, BaseOperator
from .driverlog import DriverLog, Place, rest_of_log
from .hook import DEFAULT, Settings, SparkK8sHook
from .identity import LABEL, Identity
from .links import PREFIX, DriverPodLink, HistoryServerLink, SparkUiLink
from .trigger import SparkRunTrigger
from .verdict import causes, failure, value

MARGIN_SECONDS = 300.0          # the trigger keeps the time limit; Airflow's own, which would leave the driver alone, comes so much later


class SparkKubernetesRunOperator(BaseOperator):
    """Runs a Spark application on Kubernetes and waits for its end; the task succeeds exactly if the application does.

    The arguments are those of spark-submit, by the names that SparkSubmitOperator has for them.

    :param application: the jar, .py or .R file: ``local://`` in the image, or anything that spark-submit takes (templated)
    :param application_args: the application's own arguments (templated)
    :param conf: Spark properties (templated); they go before those of the connection
    :param namespace: where the driver runs; None: the connection's, or the kubeconfig's
    :param image: spark.kubernetes.container.image
    :param service_account: spark.kubernetes.authenticate.driver.serviceAccountName
    :param spark_version: of the image, such as "4.1"; None: as the library finds out
    :param env_vars: the submitter's environment for spark-submit's own variables (HADOOP_CONF_DIR, SPARK_USER ...)
    :param driver_template: the pod that the driver starts from: a dictionary, YAML or JSON text, a path, or a V1Pod
    :param executor_template: likewise
    :param volumes: ``sparkk8s.Volume`` objects, or dictionaries of their arguments
    :param sparkk8s_conn_id: as of the hook
    :param deferrable: wait in the triggerer; else in the worker
    :param get_logs: copy the driver's log into the task's log, while it is written
    :param reattach: a retry takes over the driver of the try before it if that runs still; else it replaces it
    :param retry_on: after which causes Airflow may retry: "infrastructure", "all", "none", names of ``sparkk8s.Cause``, or several;
        None: after all but those of which the next try would end alike
    :param startup_timeout: seconds, or a timedelta, after which a driver that has not started is killed; None: it may queue
    :param on_finish_action: "keep_pod", "delete_pod" or "delete_succeeded_pod": what becomes of a driver that has ended
    """

    template_fields: Sequence[str] = (
        "application", "application_args", "conf", "name", "java_class", "namespace", "image", "service_account", "py_files", "files", "jars",
        "archives", "packages", "exclude_packages", "repositories", "properties_file", "proxy_user", "env_vars", "driver_cores", "driver_memory",
        "executor_cores", "executor_memory", "num_executors", "driver_template", "executor_template", "volumes", "sparkk8s_conn_id")
    template_fields_renderers = {"conf": "json", "application_args": "py", "env_vars": "json", "driver_template": "yaml",
                                 "executor_template": "yaml"}
    operator_extra_links = (SparkUiLink(), HistoryServerLink(), DriverPodLink())
    ui_color = "#ffe2c9"

    def __init__(self, *, application: str, application_args: Sequence[Any] | None = None, conf: Mapping[str, Any] | None = None,
                 name: str | None = None, java_class: str | None = None, namespace: str | None = None, image: str | None = None,
                 service_account: str | None = None, py_files: str | None = None, files: str | None = None, jars: str | None = None,
                 archives: str | None = None, packages: str | None = None, exclude_packages: str | None = None,
                 repositories: str | None = None, properties_file: str | None = None, proxy_user: str | None = None,
                 env_vars: Mapping[str, str] | None = None, driver_cores: int | str | None = None, driver_memory: str | None = None,
                 executor_cores: int | str | None = None, executor_memory: str | None = None, num_executors: int | str | None = None,
                 spark_version: str | None = None, driver_template: Any = None, executor_template: Any = None,
                 volumes: Iterable[Any] = (), sparkk8s_conn_id: str | None = DEFAULT, deferrable: bool = True, get_logs: bool = True,
                 reattach: bool = True, retry_on: Iterable[str | Cause] | str | None = None,
                 startup_timeout: float | timedelta | None = None, on_finish_action: str = "keep_pod", **more: Any) -> None:
        super().__init__(**more)
        self.application = application
        self.application_args = application_args
        self.conf = conf
        self.name = name
        self.java_class = java_class
        self.namespace = namespace
        self.image = image
        self.service_account = service_account
        self.py_files = py_files
        self.files = files
        self.jars = jars
        self.archives = archives
        self.packages = packages
        self.exclude_packages = exclude_packages
        self.repositories = repositories
        self.properties_file = properties_file
        self.proxy_user = proxy_user
        self.env_vars = env_vars
        self.driver_cores = driver_cores
        self.driver_memory = driver_memory
        self.executor_cores = executor_cores
        self.executor_memory = executor_memory
        self.num_executors = num_executors
        self.spark_version = spark_version
        self.driver_template = driver_template
        self.executor_template = executor_template
        self.volumes = volumes
        self.sparkk8s_conn_id = sparkk8s_conn_id
        self.deferrable = deferrable
        self.get_logs = get_logs
        self.reattach = reattach
        causes(retry_on)            # a misspelt one is told when the DAG is read
        self.retry_on = retry_on
        self.startup_timeout = startup_timeout
        if on_finish_action not in ("keep_pod", "delete_pod", "delete_succeeded_pod"):
            raise ValueError(f"on_finish_action cannot be {on_finish_action!r}")
        self.on_finish_action = on_finish_action
        self._mine: Identity | None = None
        self._run_id: str | None = None
        self._over = False

    # ---- what is submitted

    @property
    def hook(self) -> SparkK8sHook:
        """The connection."""
        return SparkK8sHook(self.sparkk8s_conn_id)

    def arguments(self, marks: Mapping[str, str] | None = None) -> list[str]:
        """spark-submit's arguments."""
        options = {
            "--name": self.name or self.task_id.replace(".", "-").replace("_", "-"), "--class": self.java_class, "--py-files": self.py_files,
            "--files": self.files, "--jars": self.jars, "--archives": self.archives, "--packages": self.packages,
            "--exclude-packages": self.exclude_packages, "--repositories": self.repositories, "--properties-file": self.properties_file,
            "--proxy-user": self.proxy_user, "--driver-cores": self.driver_cores, "--driver-memory": self.driver_memory,
            "--executor-cores": self.executor_cores, "--executor-memory": self.executor_memory, "--num-executors": self.num_executors}
        properties = {
            **(marks or {}), **(self.conf or {}),
            **{key: given for key, given in (("spark.kubernetes.namespace", self.namespace),
                                             ("spark.kubernetes.container.image", self.image),
                                             ("spark.kubernetes.authenticate.driver.serviceAccountName", self.service_account)) if given}}
        arguments = [text for option, given in options.items() if given is not None for text in (option, str(given))]
        for key, given in properties.items():
            arguments += ["--conf", f"{key}={_text(given)}"]
        return [*arguments, self.application, *(str(argument) for argument in self.application_args or ())]

    def app(self, settings: Settings, marks: Mapping[str, str] | None = None) -> App:
        """The application."""
        defaults = Conf({"spark.submit.deployMode": "cluster", **settings.conf})
        app = App.from_args(self.arguments(marks), env=dict(self.env_vars or {}), defaults=defaults)
        if self.spark_version:
            app.spark_version = self.spark_version
        for role, template in ((Role.DRIVER, self.driver_template), (Role.EXECUTOR, self.executor_template)):
            if template is not None:
                app.set_pod_template(role, _template(template))
        for volume in self.volumes or ():
            app.add_volume(Volume(**volume) if isinstance(volume, Mapping) else volume)
        return app

    # ---- the first half

    def execute(self, context: Any) -> Any:
        """Submits or reattaches, and defers or waits."""
        self._mine = mine = Identity(context)
        hook = self.hook
        with hook.client(**({"namespace": self.namespace} if self.namespace else {})) as client:
            run = self._own_run(client, hook.settings, mine)
            self._run_id = run.id
            run.claim(mine.claim)
            self._announce(context, hook.settings, run)
            if self._over:
                self._kill(client)
                raise AirflowException("the task was killed")
            if not self.deferrable:
                return self._wait(context, client, run)
        self._defer(context, run.id)
        return None

    def _own_run(self, client: Client, settings: Settings, mine: Identity) -> Run:
        app = self.app(settings, mine.properties())
        others = self._others(client, app, mine) if mine.try_number > 1 else []
        adopted = None
        if mine.is_retry and self.reattach and others and others[-1].state in (State.PENDING, State.RUNNING, State.SUCCEEDED):
            adopted = others.pop()
        for other in others:
            self._replace(client, mine, other)
        if adopted is not None:
            self.log.info("going on with %s, which the try before has left %s", adopted.run_id, adopted.state)
            return client.open(adopted.run_id)
        if self._over:
            raise AirflowException("the task was killed")
        run = client.submit(app, key=mine.key)
        self.log.info("submitted %s, application %s", run.id, run.app_id)
        return run

    def _others(self, client: Client, app: App, mine: Identity) -> list[Status]:
        """The runs of other tries, oldest first; none if this try has one already."""
        namespace = app.namespace or client.namespace
        found = list(client.list(namespace=namespace, selector=f"{LABEL}={mine.label}"))
        try:
            own = client.open(mine.key, namespace=namespace).id
        except NotFound:
            return found
        return [status for status in found if status.run_id != own]

    def _replace(self, client: Client, mine: Identity, other: Status) -> None:
        """Ends the driver of another try, and waits until it is gone."""
        if other.is_final:
            return
        try:
            with client.open(other.run_id) as run:
                claim = f"{mine.claim} replaces it"
                run.claim(claim)
                run.kill(only_claim=claim, wait=True)
            self.log.info("killed %s, which a try before had left %s", other.run_id, other.state)
        except (NotFound, AlreadyExists):
            pass

    def _announce(self, context: Any, settings: Settings, run: Run) -> None:
        """What users want to know as soon as there is a run."""
        ti = context["ti"]
        ti.xcom_push(key="run_id", value=run.id)
        ti.xcom_push(key="app_id", value=run.app_id)
        for kind, url in settings.links(run.id, run.app_id, self.name or self.task_id).items():
            ti.xcom_push(key=f"{PREFIX}{kind}_url", value=url)
            self.log.info("%s: %s", kind, url)

    def _defer(self, context: Any, run_id: str) -> None:
        deadline = self._deadline(context)
        startup = _seconds(self.startup_timeout)
        mine = self._mine or Identity(context)
        limit = None if deadline is None else timedelta(seconds=max(1.0, deadline - time.time()) + MARGIN_SECONDS)
        self.defer(timeout=limit, method_name="execute_complete", trigger=SparkRunTrigger(
            run_id=run_id, claim=mine.claim, sparkk8s_conn_id=self.sparkk8s_conn_id, get_logs=self.get_logs,
            deadline=deadline, startup_deadline=None if startup is None else time.time() + startup))

    def _deadline(self, context: Any) -> float | None:
        limit = _seconds(self.execution_timeout)
        start = getattr(context["ti"], "start_date", None)
        return None if limit is None else (start.timestamp() if start is not None else time.time()) + limit

    def _wait(self, context: Any, client: Client, run: Run) -> Any:
        """In the worker. Airflow keeps the time limit there, and calls on_kill."""
        if self.get_logs:
            driver = DriverLog(self.log, run.id, context["ti"])
            driver.start_at(Place())
            driver.copy(run, follow=True)
        status = run.wait()
        return self._finish(context, client, {"status": "ended", "run_id": run.id, "whole": True, **status.to_dict()})

    # ---- the second half

    def execute_complete(self, context: Any, event: Mapping[str, Any]) -> Any:
        """What the trigger has seen."""
        self._mine = Identity(context)
        self._run_id = run_id = str(event["run_id"])
        if event["status"] == "timeout":
            raise AirflowTaskTimeout(f"{run_id}: {event['message']}; its driver was killed")
        if event["status"] == "error":
            self._leave(context)
            raise AirflowException(f"{run_id} could not be watched: {event['message']} {event.get('hint') or ''}".rstrip())
        with self.hook.client() as client:
            if self.get_logs and not event.get("whole"):
                rest_of_log(self.log, client, context["ti"], event)
            return self._finish(context, client, event)

    def _finish(self, context: Any, client: Client, event: Mapping[str, Any]) -> Any:
        run_id, state = str(event["run_id"]), State[str(event["state"])]
        diagnosis = None if state is State.SUCCEEDED else self._explain(client, run_id)
        cause = diagnosis.cause if diagnosis is not None and diagnosis.cause is not Cause.NONE else Cause[str(event["cause"])]
        verdict = {"state": state.name, "cause": cause.name, "exit_code": event.get("exit_code"), "reason": event.get("reason"),
                   "summary": diagnosis.summary if diagnosis is not None else ""}
        context["ti"].xcom_push(key="verdict", value=verdict)
        if self.on_finish_action == "delete_pod" or (self.on_finish_action == "delete_succeeded_pod" and state is State.SUCCEEDED):
            self._kill(client)
        if state is State.SUCCEEDED:
            return value(str(event.get("message") or ""))
        if self._over:
            raise AirflowException(f"{run_id}: killed with its task")
        code = "" if event.get("exit_code") is None else f", exit code {event['exit_code']}"
        raise failure(f"{run_id}: {state}, {cause}{code}", cause, causes(self.retry_on), self.retry_on is None, diagnosis)

    def _explain(self, client: Client, run_id: str) -> Diagnosis | None:
        namespace, _, pod = run_id.partition(":")
        try:
            diagnosis = client.explain(pod, namespace=namespace)
        except SparkK8sError as error:
            self.log.warning("why it failed cannot be found out: %s", error)
            return None
        self.log.error("::group::Why %s failed\n%s\n::endgroup::", run_id, diagnosis)
        return diagnosis

    def resume_execution(self, next_method: str, next_kwargs: dict[str, Any] | None, context: Any) -> Any:
        """If Airflow itself gives up waiting, there is no event, and the driver would go on."""
        try:
            return super().resume_execution(next_method, next_kwargs, context)
        except BaseException:
            if next_method == "__fail__":
                self._mine = Identity(context)
                self._run_id = context["ti"].xcom_pull(task_ids=self.task_id, key="run_id", map_indexes=context["ti"].map_index)
                if "timeout" in str((next_kwargs or {}).get("error")).lower():
                    self.on_kill()
                else:
                    self._leave(context)
            raise

    def _leave(self, context: Any) -> None:
        """A run that cannot be waited for: the next try goes on with it; behind the last one it would go on for nobody."""
        ti = context["ti"]
        if not self.retries or ti.try_number > ti.max_tries:
            self.on_kill()

    # ---- the kill

    def on_kill(self) -> None:
        """Of a task in its worker: kills the driver, if it is this try's still. With a client of its own, for it interrupts another."""
        self._over = True
        if self._mine is None:
            return
        try:
            with self.hook.client(**({"namespace": self.namespace} if self.namespace else {})) as client:
                self._kill(client)
        except SparkK8sError as error:
            self.log.warning("%s: not killed: %s", self._run_id, error)

    def _kill(self, client: Client) -> None:
        assert self._mine is not None
        try:
            with client.open(self._run_id or self._mine.key) as run:
                if self._run_id is None:
                    run.claim(self._mine.claim)         # in the midst of its submission
                run.kill(only_claim=self._mine.claim)
                self.log.info("%s: killed", run.id)
        except NotFound:
            pass
        except AlreadyExists:
            self.log.info("%s: not killed, for somebody else has claimed it", self._run_id)


def _text(given: Any) -> str:
    return ("true" if given else "false") if isinstance(given, bool) else str(given)


def _seconds(given: float | timedelta | None) -> float | None:
    return given.total_seconds() if isinstance(given, timedelta) else given


def _template(template: Any) -> Any:
    """Text is told from a path by its looks; a model of the kubernetes package writes itself as JSON."""
    if isinstance(template, str) and "\n" not in template and not template.lstrip().startswith("{"):
        return Path(os.path.expanduser(template))
    if hasattr(template, "openapi_types"):
        from kubernetes.client import ApiClient  # type: ignore[import-not-found]

        return ApiClient().sanitize_for_serialization(template)
    return template


