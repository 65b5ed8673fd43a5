# SPDX-License-Identifier: Apache-2.0
"""From an Airflow connection to a client. Of type "sparkk8s", or "kubernetes", whose fields have the same names."""

from __future__ import annotations

import contextlib
import json
import tempfile
from typing import Any, Iterator

from sparkk8s import Client, SparkK8sError

from .compat import BaseHook
from .provider import FIELDS, UI_BEHAVIOUR

DEFAULT = "sparkk8s_default"
USER_AGENT = "airflow"


class Settings:
    """What a connection says."""

    def __init__(self, connection: Any = None) -> None:
        extras = connection.extra_dejson if connection is not None else {}

        def field(name: str) -> Any:
            value = extras.get(name)
            return extras.get(f"extra__kubernetes__{name}") if value in (None, "") else value

        conf = field("conf") or {}
        self.conf: dict[str, Any] = json.loads(conf) if isinstance(conf, str) else dict(conf)
        config = field("kube_config")
        self.kubeconfig: str | None = json.dumps(config) if isinstance(config, dict) else config or None
        self.namespace: str | None = field("namespace") or None
        self.urls = {kind: str(field(f"{kind}_url") or "") for kind in ("ui", "history", "pod")}
        self.client: dict[str, Any] = {
            "in_cluster": bool(field("in_cluster")), "kubeconfig": field("kube_config_path") or None, "namespace": self.namespace,
            "context": field("cluster_context") or None, "insecure_skip_tls_verify": bool(field("disable_verify_ssl")),
            "ca_file": field("ca_file") or None, "impersonate_user": field("impersonate_user") or None,
            "server": (connection.host or None) if connection is not None else None,
            "token": (connection.password or None) if connection is not None else None,
        }

    @contextlib.contextmanager
    def open(self, **more: Any) -> Iterator[Client]:
        """A client for as long as the block lasts."""
        with contextlib.ExitStack() as stack:
            given = {**self.client, **more, "user_agent": USER_AGENT}
            if self.kubeconfig:
                file = stack.enter_context(tempfile.NamedTemporaryFile("w", prefix="sparkk8s-", suffix=".kubeconfig"))      # 0600
                file.write(self.kubeconfig)
                file.flush()
                given["kubeconfig"] = file.name
            yield stack.enter_context(Client(**given))

    def links(self, run_id: str, app_id: str, app_name: str) -> dict[str, str]:
        """The URLs of a run: those of which the connection has a template."""
        namespace, _, pod = run_id.partition(":")
        return {kind: url.format(namespace=namespace, driver_pod=pod, app_id=app_id, app_name=app_name, run_id=run_id)
                for kind, url in self.urls.items() if url}


class SparkK8sHook(BaseHook):
    """A Kubernetes cluster that runs Spark applications.

    :param sparkk8s_conn_id: a connection of type "sparkk8s" or "kubernetes"; None: as kubectl would, $KUBECONFIG, ~/.kube/config, or
        the service account of the pod that Airflow runs in.
    """

    conn_name_attr = "sparkk8s_conn_id"
    default_conn_name = DEFAULT
    conn_type = "sparkk8s"
    hook_name = "Spark on Kubernetes (sparkk8s)"

    def __init__(self, sparkk8s_conn_id: str | None = DEFAULT, **more: Any) -> None:
        super().__init__(**more)
        self.sparkk8s_conn_id = sparkk8s_conn_id
        self._settings: Settings | None = None

    @classmethod
    def get_connection_form_widgets(cls) -> dict[str, Any]:
        """The form's fields, for Airflow before 3.2."""
        from flask_appbuilder.fieldwidgets import BS3PasswordFieldWidget, BS3TextFieldWidget  # type: ignore[import-not-found]
        from wtforms import BooleanField, PasswordField, StringField  # type: ignore[import-not-found]
        from wtforms.validators import Optional  # type: ignore[import-not-found]

        def widget(label: str, schema: dict[str, Any], description: str) -> Any:
            if "boolean" in schema["type"]:
                return BooleanField(label, description=description)
            kind, look = (PasswordField, BS3PasswordFieldWidget) if schema.get("format") == "password" else (StringField, BS3TextFieldWidget)
            return kind(label, widget=look(), description=description, validators=[Optional()])

        return {name: widget(*field) for name, field in FIELDS.items()}

    @classmethod
    def get_ui_field_behaviour(cls) -> dict[str, Any]:
        """What of the form is hidden or renamed, for Airflow before 3.2."""
        return UI_BEHAVIOUR

    @property
    def settings(self) -> Settings:
        """What the connection says."""
        if self._settings is None:
            connection = self.get_connection(self.sparkk8s_conn_id) if self.sparkk8s_conn_id else None
            self._settings = Settings(connection)
        return self._settings

    @contextlib.contextmanager
    def client(self, **more: Any) -> Iterator[Client]:
        """A client for as long as the block lasts."""
        with self.settings.open(**more) as client:
            yield client

    def test_connection(self) -> tuple[bool, str]:
        """Whether drivers may be listed there."""
        try:
            with self.client(timeout=10) as client:
                next(iter(client.list()), None)
                return True, f"{client.server}, namespace {client.namespace}: drivers can be listed"
        except (SparkK8sError, OSError, ValueError) as error:
            return False, str(error)
