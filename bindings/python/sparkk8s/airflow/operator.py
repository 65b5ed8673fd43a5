# SPDX-License-Identifier: Apache-2.0
"""The operator: one task, one Spark application on Kubernetes.

Which driver is a try's own? The submission key is derived from the try, so that a try that is executed again finds what it has
submitted. A retry goes on with the driver of the try before it if that runs still, or has succeeded unnoticed; the first try after a
clear replaces it. Either claims its driver, whereupon the kill of a try before it, however late it comes, is refused.
"""

from __future__ import annotations

import contextlib
import time
from datetime import timedelta
from typing import Any, Collection, Iterable, Mapping, Sequence, Union

from sparkk8s import AlreadyExists, App, Cause, Client, Diagnosis, NotFound, Run, SparkK8sError, State, Status, Volume

from .arguments import ARGUMENTS, PROPERTIES, TEMPLATES, app, is_file, plain, properties, refuse_foreign
from .compat import AirflowException, AirflowSkipException, AirflowTaskTimeout, BaseOperator, is_tested
from .driverlog import DriverLog, Place, rest_of_log
from .hook import DEFAULT, Settings, SparkK8sHook
from .identity import LABEL, Identity
from .lineage import PARENT_JOB, TRANSPORT, lineage
from .links import PREFIX, DriverPodLink, HistoryServerLink, SparkUiLink
from .trigger import SparkRunTrigger
from .verdict import causes, failure, refusal, value

MARGIN_SECONDS = 300.0          # the trigger keeps the time limit; Airflow's own, which would leave the driver alone, comes so much later
Names = Union[str, Sequence[str], None]     # with commas, or a list


class SparkKubernetesRunOperator(BaseOperator):
    """Runs a Spark application on Kubernetes and waits for its end; the task succeeds exactly if the application does.

    The arguments are those of spark-submit, by the names that SparkSubmitOperator has for them. They are all templated, and so is what is
    in dictionaries, lists, volumes and pods. None is as not given; where spark-submit takes a list by commas, a list will do.

    :param application: the jar, .py or .R file: ``local://`` in the image, or anything that spark-submit takes
    :param application_args: the application's own arguments
    :param conf: Spark properties; they go before those of the connection
    :param namespace: where the driver runs; None: the connection's, or the kubeconfig's
    :param image: spark.kubernetes.container.image
    :param service_account: spark.kubernetes.authenticate.driver.serviceAccountName
    :param spark_version: of the image, such as "4.1"; None: as the library finds out
    :param keytab: a file of the worker, for Kerberos
    :param env_vars: the driver's environment
    :param submit_env: the environment that spark-submit's own variables are read from (HADOOP_CONF_DIR, SPARK_CONF_DIR, SPARK_USER ...)
    :param driver_template: the pod that the driver starts from: a dictionary, YAML or JSON text, a V1Pod, or the name of a file, which is
        sought where Airflow seeks templates if it is relative
    :param executor_template: likewise
    :param volumes: ``sparkk8s.Volume`` objects, or dictionaries of their arguments
    :param sparkk8s_conn_id: as of the hook
    :param deferrable: wait in the triggerer; else in the worker
    :param get_logs: copy the driver's log into the task's log, while it is written
    :param reattach: a retry takes over the driver of the try before it if that runs still; else it replaces it
    :param retry_on: after which causes Airflow may retry: "infrastructure", "all", "none", names of ``sparkk8s.Cause``, or several;
        None: after all but those of which the next try would end alike, or as the task's retry_policy says
    :param skip_on_exit_code: exit codes of the application after which the task counts as skipped
    :param startup_timeout: seconds, or a timedelta, after which a driver that has not started is killed; None: it may queue
    :param on_finish_action: "keep_pod", "delete_pod" or "delete_succeeded_pod": what becomes of a driver that has ended
    :param openlineage_inject_parent_job_info: tell Spark's OpenLineage listener of this task; by default as [openlineage] says
    :param openlineage_inject_transport_info: likewise, where it sends its events
    """

    template_fields: Sequence[str] = (*ARGUMENTS, "sparkk8s_conn_id")
    template_fields_renderers = {"conf": "json", "application_args": "py", "env_vars": "json", "submit_env": "json",
                                 "driver_template": "yaml", "executor_template": "yaml"}
    operator_extra_links = (SparkUiLink(), HistoryServerLink(), DriverPodLink())
    ui_color = "#ffe2c9"

    def __init__(self, *, application: str, application_args: Sequence[Any] | None = None, name: str | None = None,
                 conf: Mapping[str, Any] | None = None, java_class: str | None = None, properties_file: str | None = None,
                 py_files: Names = None, files: Names = None, jars: Names = None, archives: Names = None, packages: Names = None,
                 exclude_packages: Names = None, repositories: Names = None, proxy_user: str | None = None, keytab: str | None = None,
                 principal: str | None = None, driver_cores: int | str | None = None, driver_memory: str | None = None,
                 driver_class_path: str | None = None, driver_java_options: str | None = None, driver_library_path: str | None = None,
                 executor_cores: int | str | None = None, executor_memory: str | None = None, num_executors: int | str | None = None,
                 spark_version: str | None = None, namespace: str | None = None, image: str | None = None,
                 service_account: str | None = None, env_vars: Mapping[str, Any] | None = None,
                 submit_env: Mapping[str, str] | None = None, driver_template: Any = None, executor_template: Any = None,
                 volumes: Iterable[Any] = (), sparkk8s_conn_id: str | None = DEFAULT, deferrable: bool = True, get_logs: bool = True,
                 reattach: bool = True, retry_on: Iterable[str | Cause] | str | None = None,
                 skip_on_exit_code: int | Collection[int] | None = None, startup_timeout: float | timedelta | None = None,
                 on_finish_action: str = "keep_pod", openlineage_inject_parent_job_info: bool = PARENT_JOB,
                 openlineage_inject_transport_info: bool = TRANSPORT, **more: Any) -> None:
        refuse_foreign(type(self).__name__, more)
        super().__init__(**more)
        self.application = application
        self.application_args = application_args
        self.name = name
        self.conf = conf
        self.java_class = java_class
        self.properties_file = properties_file
        self.py_files = py_files
        self.files = files
        self.jars = jars
        self.archives = archives
        self.packages = packages
        self.exclude_packages = exclude_packages
        self.repositories = repositories
        self.proxy_user = proxy_user
        self.keytab = keytab
        self.principal = principal
        self.driver_cores = driver_cores
        self.driver_memory = driver_memory
        self.driver_class_path = driver_class_path
        self.driver_java_options = driver_java_options
        self.driver_library_path = driver_library_path
        self.executor_cores = executor_cores
        self.executor_memory = executor_memory
        self.num_executors = num_executors
        self.spark_version = spark_version
        self.namespace = namespace
        self.image = image
        self.service_account = service_account
        self.env_vars = env_vars
        self.submit_env = submit_env
        self.driver_template = driver_template
        self.executor_template = executor_template
        self.volumes = volumes
        self.sparkk8s_conn_id = sparkk8s_conn_id
        self.deferrable = deferrable
        self.get_logs = get_logs
        self.reattach = reattach
        causes(retry_on)            # a misspelt one is told when the DAG is read
        self.retry_on = retry_on
        self.skip_on_exit_code = skip_on_exit_code
        self.startup_timeout = startup_timeout
        if on_finish_action not in ("keep_pod", "delete_pod", "delete_succeeded_pod"):
            raise ValueError(f"on_finish_action cannot be {on_finish_action!r}")
        self.on_finish_action = on_finish_action
        self.openlineage_inject_parent_job_info = openlineage_inject_parent_job_info
        self.openlineage_inject_transport_info = openlineage_inject_transport_info
        self._mine: Identity | None = None
        self._space: str | None = None                  # the namespace of what is being submitted
        self._run_id: str | None = None
        self._over = False
        self.links: dict[str, str] | None = {}         # None: as in XCom

    # ---- templates

    def render_template(self, content: Any, context: Any, jinja_env: Any = None, seen_oids: Any = None) -> Any:
        """Also in volumes, and in pods of the kubernetes package."""
        render = super().render_template
        if isinstance(content, Volume):
            return Volume._make(*(render(field, context, jinja_env, seen_oids) for field in content._values()))
        return render(plain(content), context, jinja_env, seen_oids)

    def _do_render_template_fields(self, parent: Any, template_fields: Iterable[str], context: Any, jinja_env: Any, seen_oids: Any) -> None:
        """Pod templates may be files. No template_ext, which would take an application's arguments for such, too."""
        super()._do_render_template_fields(parent, template_fields, context, jinja_env, seen_oids)
        for name in TEMPLATES if parent is self else ():
            given = getattr(self, name)
            if is_file(given) and not given.startswith(("/", "~")):
                setattr(self, name, self.render_template(jinja_env.loader.get_source(jinja_env, given)[0], context, jinja_env, seen_oids))

    # ---- the first half

    @property
    def hook(self) -> SparkK8sHook:
        """The connection."""
        return SparkK8sHook(self.sparkk8s_conn_id)

    def execute(self, context: Any) -> Any:
        """Submits or reattaches, and defers or waits."""
        self._mine = mine = Identity(context)
        with contextlib.ExitStack() as stack:
            try:
                settings = self.hook.settings
                client = stack.enter_context(settings.open(**({"namespace": self.namespace} if self.namespace else {})))
                made = self._app(settings, client.namespace, context)
                self._space = made.namespace
                run = self._own_run(client, made, mine)
                self._run_id = run.id
                run.claim(mine.claim)
            except (SparkK8sError, TypeError, ValueError, OSError) as error:
                self.log.debug("not submitted", exc_info=True)
                raise refusal(error, causes(self.retry_on)) from None
            self._announce(context, settings, run)
            if self._over:
                self._kill(client)
                raise AirflowException("the task was killed")
            if not self.deferrable:
                return self._wait(context, client, run)
        self._defer(context, run.id)
        return None

    def _app(self, settings: Settings, namespace: str, context: Any) -> App:
        defaults = {PROPERTIES["namespace"]: namespace, **settings.conf}
        more = lineage({**defaults, **properties(self)}, context, self.openlineage_inject_parent_job_info, self.openlineage_inject_transport_info)
        return app(self, defaults, {**Identity(context).properties(), **more})

    def _own_run(self, client: Client, app: App, mine: Identity) -> Run:
        others = self._others(client, app, mine) if mine.try_number > 1 else []
        adopted = None
        if mine.is_retry and self.reattach and others and others[-1].state in (State.PENDING, State.RUNNING, State.SUCCEEDED):
            adopted = others.pop()
        for other in others:
            self._replace(client, mine, other)
        if adopted is not None:
            self.log.info("going on with %s, which the try before has left %s", adopted.run_id, adopted.state.name)
            return client.open(adopted.run_id)
        if self._over:
            raise AirflowException("the task was killed")
        run = self._submit(client, app, mine)
        self.log.info("submitted %s, application %s", run.id, run.app_id)
        return run

    def _submit(self, client: Client, app: App, mine: Identity) -> Run:
        manifest = app.render(key=mine.key)
        for warning in manifest.warnings:
            self.log.warning("%s", warning)
        try:
            return client.submit(manifest)
        except AlreadyExists as error:
            try:
                run = client.open(mine.key, namespace=app.namespace)
            except NotFound:
                raise error from None
            if error.retriable:         # it is being deleted
                raise
            self.log.warning("going on with what this try has submitted when it was executed before: %s", error)
            return run

    def _others(self, client: Client, app: App, mine: Identity) -> list[Status]:
        """The runs of other tries, oldest first; none if this try has one already."""
        namespace = app.namespace
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
            self.log.info("killed %s, which a try before had left %s", other.run_id, other.state.name)
        except (NotFound, AlreadyExists):
            pass

    def _announce(self, context: Any, settings: Settings, run: Run) -> None:
        """What users want to know as soon as there is a run."""
        ti = context["ti"]
        ti.xcom_push(key="run_id", value=run.id)            # even without do_xcom_push: a kill wants to know it
        if self.do_xcom_push:
            ti.xcom_push(key="app_id", value=run.app_id)
        self.links = settings.links(run.id, run.app_id, self.name or self.task_id)
        for kind, url in self.links.items():
            ti.xcom_push(key=f"{PREFIX}{kind}_url", value=url)
            if url:
                self.log.info("%s: %s", kind, url)

    def _defer(self, context: Any, run_id: str) -> None:
        deadline = self._deadline(context)
        startup = _seconds(self.startup_timeout)
        mine = self._mine or Identity(context)
        limit = None if deadline is None else timedelta(seconds=max(1.0, deadline - time.time()) + MARGIN_SECONDS)
        self.defer(timeout=limit, method_name="execute_complete", trigger=SparkRunTrigger(
            run_id=run_id, claim=mine.claim, sparkk8s_conn_id=self.sparkk8s_conn_id, get_logs=self.get_logs,
            deadline=deadline, startup_deadline=None if startup is None else time.time() + startup, tested=is_tested()))

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
        self.links = None
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
        if self.do_xcom_push:
            context["ti"].xcom_push(key="verdict", value=verdict)
        if self.on_finish_action == "delete_pod" or (self.on_finish_action == "delete_succeeded_pod" and state is State.SUCCEEDED):
            self._kill(client)
        if state is State.SUCCEEDED:
            return value(str(event.get("message") or ""))
        if self._over:
            raise AirflowException(f"{run_id}: killed with its task")
        exit_code = event.get("exit_code")
        if exit_code in ([self.skip_on_exit_code] if isinstance(self.skip_on_exit_code, int) else self.skip_on_exit_code or ()):
            raise AirflowSkipException(f"{run_id}: exit code {exit_code}")
        raise failure(run_id, state, cause, exit_code, diagnosis, self._may_retry(cause, diagnosis))

    def _may_retry(self, cause: Cause, diagnosis: Diagnosis | None) -> bool:
        if self.retry_on is not None:
            return cause in causes(self.retry_on)
        return cause in causes(None) or getattr(self, "retry_policy", None) is not None or (diagnosis is not None and diagnosis.retriable)

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
                self.links = None
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
            with client.open(self._run_id or self._mine.key, namespace=None if self._run_id else self._space) as run:
                if self._run_id is None:
                    run.claim(self._mine.claim)         # in the midst of its submission
                run.kill(only_claim=self._mine.claim)
                self.log.info("%s: killed", run.id)
        except NotFound:
            pass
        except AlreadyExists:
            self.log.info("%s: not killed, for somebody else has claimed it", self._run_id)


def _seconds(given: float | timedelta | None) -> float | None:
    return given.total_seconds() if isinstance(given, timedelta) else given
