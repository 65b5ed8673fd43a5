# SPDX-License-Identifier: Apache-2.0
"""Waits for a run that something else has submitted. It never kills it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Mapping, Sequence

from sparkk8s import State

from .compat import AirflowException, BaseSensorOperator
from .driverlog import rest_of_log
from .hook import DEFAULT, SparkK8sHook
from .trigger import SparkRunTrigger
from .verdict import failure


class SparkKubernetesRunSensor(BaseSensorOperator):
    """Succeeds when a run has succeeded, and fails if it has failed.

    :param run_id: "<namespace>:<driver pod>", a driver pod, an application id or a submission key (templated)
    :param namespace: where it is sought, unless run_id says; None: the connection's
    :param get_logs: copy the driver's log into the sensor's, if deferrable
    :param deferrable: wait in the triggerer; else it is asked for every ``poke_interval``
    """

    template_fields: Sequence[str] = ("run_id", "namespace", "sparkk8s_conn_id")
    ui_color = "#ffe2c9"

    def __init__(self, *, run_id: str, namespace: str | None = None, sparkk8s_conn_id: str | None = DEFAULT, deferrable: bool = True,
                 get_logs: bool = False, **more: Any) -> None:
        super().__init__(**more)
        self.run_id = run_id
        self.namespace = namespace
        self.sparkk8s_conn_id = sparkk8s_conn_id
        self.deferrable = deferrable
        self.get_logs = get_logs

    def _status(self) -> dict[str, Any]:
        with SparkK8sHook(self.sparkk8s_conn_id).client() as client, client.open(self.run_id, namespace=self.namespace) as run:
            return run.status().to_dict()

    def poke(self, context: Any) -> bool:
        """Whether it has succeeded."""
        return self._judge(self._status())

    def execute(self, context: Any) -> None:
        """Waits."""
        if not self.deferrable:
            super().execute(context)
            return
        status = self._status()
        if not self._judge(status):
            self.defer(timeout=timedelta(seconds=self.timeout), method_name="execute_complete", trigger=SparkRunTrigger(
                run_id=status["run_id"], sparkk8s_conn_id=self.sparkk8s_conn_id, get_logs=self.get_logs))

    def execute_complete(self, context: Any, event: Mapping[str, Any]) -> None:
        """What the trigger has seen."""
        if event["status"] != "ended":
            raise AirflowException(f"{event['run_id']} could not be watched: {event['message']}")
        if self.get_logs and not event.get("whole"):
            with SparkK8sHook(self.sparkk8s_conn_id).client() as client:
                rest_of_log(self.log, client, context["ti"], event)
        self._judge(event)

    def _judge(self, status: Mapping[str, Any]) -> bool:
        state = State[str(status["state"])]
        if not state.is_final or state is State.SUCCEEDED:
            return state is State.SUCCEEDED
        with SparkK8sHook(self.sparkk8s_conn_id).client() as client:
            namespace, _, pod = str(status["run_id"]).partition(":")
            diagnosis = client.explain(pod, namespace=namespace)
        raise failure(str(status["run_id"]), state, diagnosis.cause, status.get("exit_code"), diagnosis, True)
