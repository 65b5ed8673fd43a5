# SPDX-License-Identifier: Apache-2.0
"""From an Airflow connection to a client. Of type "sparkk8s", or of Airflow's types "kubernetes" and "spark"."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import tempfile
from typing import Any, Iterator

from sparkk8s import Client, SparkK8sError

from .compat import BaseHook
from .provider import FIELDS, UI_BEHAVIOUR

DEFAULT = "sparkk8s_default"
USER_AGENT = "airflow"


class Settings:
    """What a connection says. The fields are those of Airflow's "kubernetes", by its names of old and of today; of its "spark" the master,
    the namespace, and what Kerberos wants."""

    def __init__(self, connection: Any = None) -> None:
        extras = connection.extra_dejson if connection is not None else {}

        def field(name: str) -> Any:
            named = (extras.get(key) for key in (name, f"extra__sparkk8s__{name}", f"extra__kubernetes__{name}"))
            return next((value for value in named if value not in (None, "")), None)

        self.conf: dict[str, Any] = _json("conf", field("conf")) or {}
        config = field("kube_config")
        self.kubeconfig: str | None = json.dumps(config) if isinstance(config, dict) else config
        self.namespace: str | None = field("namespace")
        self.urls = {kind: str(field(f"{kind}_url") or "") for kind in ("ui", "history", "pod")}
        if field("principal"):
            self.conf.setdefault("spark.kerberos.principal", field("principal"))
        self.keytab: bytes | None = base64.b64decode(field("keytab")) if field("keytab") else None
        self.client: dict[str, Any] = {
            "in_cluster": _flag(field("in_cluster")), "kubeconfig": field("kube_config_path"), "namespace": self.namespace,
            "context": field("cluster_context"), "insecure_skip_tls_verify": _flag(field("disable_verify_ssl")),
            "ca_file": field("ca_file"), "impersonate_user": field("impersonate_user"),
            "server": _server(connection) if connection is not None else None,
            "token": (connection.password or None) if connection is not None else None,
        }

    @contextlib.contextmanager
    def open(self, **more: Any) -> Iterator[Client]:
        """A client for as long as the block lasts. What the connection has of files is in some as long."""
        with contextlib.ExitStack() as stack:
            given = {**self.client, **more, "user_agent": USER_AGENT}
            if self.kubeconfig or self.keytab:
                folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="sparkk8s-"))
                if self.kubeconfig:
                    given["kubeconfig"] = _file(folder, "kubeconfig", self.kubeconfig.encode())
                if self.keytab:
                    self.conf["spark.kerberos.keytab"] = _file(folder, "keytab", self.keytab)
            yield stack.enter_context(Client(**given))

    def links(self, run_id: str, app_id: str, app_name: str) -> dict[str, str]:
        """The URLs of a run, "" for those of which the connection has no template."""
        namespace, _, pod = run_id.partition(":")
        return {kind: url.format(namespace=namespace, driver_pod=pod, app_id=app_id, app_name=app_name, run_id=run_id)
                for kind, url in self.urls.items()}


def _flag(value: Any) -> bool:
    """In a URI all is text."""
    return value.strip().lower() in ("true", "t", "yes", "y", "1", "on") if isinstance(value, str) else bool(value)


def _json(what: str, value: Any) -> dict[str, Any]:
    try:
        found = json.loads(value) if isinstance(value, str) else value
    except ValueError as error:
        raise ValueError(f"{what} of the connection is not JSON: {error}") from None
    if found is not None and not isinstance(found, dict):
        raise ValueError(f"{what} of the connection is no JSON object")
    return dict(found or {})


def _server(connection: Any) -> str | None:
    """A URL, Spark's master k8s://..., or host and port, as a connection that is written as a URI has them."""
    host = str(connection.host or "")
    if connection.conn_type == "spark" and not host.startswith("k8s://"):
        raise ValueError(f"the master of connection {connection.conn_id} is {host or 'none'}, not k8s://...: it is no Kubernetes cluster")
    host = host[len("k8s://"):] if host.startswith("k8s://") else host
    if not host:
        return None
    host = (host if "://" in host else f"https://{host}").rstrip("/")
    return f"{host}:{connection.port}" if connection.port else host


def _file(folder: str, name: str, content: bytes) -> str:
    path = os.path.join(folder, name)       # of a folder that is its owner's alone
    with open(path, "wb") as file:
        file.write(content)
    return path


class SparkK8sHook(BaseHook):
    """A Kubernetes cluster that runs Spark applications.

    :param sparkk8s_conn_id: a connection of type "sparkk8s", "kubernetes" or "spark"; None: as kubectl would, $KUBECONFIG,
        ~/.kube/config, or the service account of the pod that Airflow runs in.
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
