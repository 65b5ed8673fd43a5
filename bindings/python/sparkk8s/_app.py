# SPDX-License-Identifier: Apache-2.0
"""What to run, and the Kubernetes objects that it becomes. Nothing here needs a cluster."""

from __future__ import annotations

import os

from ._conf import Conf
from ._enums import Role
from ._errors import LocalIOError, check, make
from ._ffi import address, byref, encode, lib, listed, pointer, strings, struct, take_text, text
from ._record import Record, Unique

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterable, Iterator, Mapping, Optional, Union

    from ._conf import Properties

    Path = Union[str, os.PathLike[str]]
    Template = Union[str, bytes, Mapping[str, Any], os.PathLike[str]]


class Volume(Record):
    """A volume of the driver's and the executors' pods, for :meth:`App.add_volume`.

    >>> Volume("persistentVolumeClaim", "scratch", "/scratch", claimName="OnDemand", storageClass="ssd", sizeLimit="10Gi")
    ... # doctest: +ELLIPSIS
    Volume(type='persistentVolumeClaim', name='scratch', mount_path='/scratch', ...)
    """

    __slots__ = ("type", "name", "mount_path", "mount_subpath", "mount_subpath_expr", "options", "roles", "read_only")

    type: str
    """"persistentVolumeClaim", "hostPath", "emptyDir", "nfs" or "secret"."""
    name: str
    mount_path: str
    mount_subpath: str | None
    mount_subpath_expr: str | None
    """With $(VARIABLES); Spark 4.0 and later."""
    options: dict[str, str]
    """As in Spark's properties, without "options."."""
    roles: Role
    read_only: bool

    def __init__(self, type: str, name: str, mount_path: str, *, mount_subpath: str | None = None,
                 mount_subpath_expr: str | None = None, roles: Role = Role.DRIVER | Role.EXECUTOR, read_only: bool = False,
                 options: Mapping[str, str] | None = None, **more: str) -> None:
        for slot, value in zip(self.__slots__, (type, name, mount_path, mount_subpath, mount_subpath_expr,
                                                {**(options or {}), **more}, Role(roles), bool(read_only))):
            object.__setattr__(self, slot, value)


class Difference(Record):
    """One field in which two manifests, or a manifest and what runs, differ."""

    __slots__ = ("object", "path", "left", "right")

    object: str
    """"Pod/<name>"."""
    path: str
    """"spec.containers[<name>].image", "spark.properties: <key>", or "" where one side has no such object."""
    left: Any
    """None where that side has nothing."""
    right: Any


def differences(document: str) -> list[Difference]:
    """Of the JSON text that the library writes."""
    import json

    return [Difference._make(d["object"], d["path"], d.get("left"), d.get("right")) for d in json.loads(document)]


class Upload(Record):
    """A file of this machine and where the driver will look for it."""

    __slots__ = ("source", "target")

    source: str
    target: str


class Manifest(Unique):
    """The Kubernetes objects of one submission, in order of creation; made by :meth:`App.render`."""

    def __init__(self, handle: Any, key: str | None) -> None:
        self._handle = handle
        self.key = key
        """The submission key that it was rendered for, or None."""

    def __del__(self) -> None:
        lib.manifest_free(self._handle)

    def __len__(self) -> int:
        return int(lib.manifest_count(self._handle))

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self.objects)

    def __repr__(self) -> str:
        names = (f"{text(lib.manifest_kind(self._handle, i))}/{text(lib.manifest_name(self._handle, i))}" for i in range(len(self)))
        return f"<Manifest {' '.join(names)}>"

    @property
    def objects(self) -> list[dict[str, Any]]:
        """The objects as dictionaries."""
        import json

        return [json.loads(text(lib.manifest_json(self._handle, i))) for i in range(len(self))]

    def to_yaml(self) -> str:
        """The objects as YAML documents."""
        return take_text(make(lib.manifest_to_yaml, self._handle))

    def executor(self) -> list[dict[str, Any]]:
        """What the driver will ask Kubernetes for, once for each executor: the pod, then its claims."""
        import json

        found: list[dict[str, Any]] = json.loads(take_text(make(lib.manifest_executor_json, self._handle)))
        return found

    def executor_to_yaml(self) -> str:
        """The same as YAML documents."""
        return take_text(make(lib.manifest_executor_to_yaml, self._handle))

    @property
    def warnings(self) -> list[str]:
        """What rendering noticed but did not refuse."""
        return [text(lib.manifest_warning(self._handle, i)) for i in range(lib.manifest_warning_count(self._handle))]

    @property
    def uploads(self) -> list[Upload]:
        """Files that a submission stores before it creates anything."""
        return [Upload._make(text(lib.manifest_upload_source(self._handle, i)), text(lib.manifest_upload_target(self._handle, i)))
                for i in range(lib.manifest_upload_count(self._handle))]

    def diff(self, other: Manifest) -> list[Difference]:
        """Where this one (left) differs from another (right), field by field; empty if they are alike."""
        return differences(take_text(make(lib.manifest_diff, self._handle, other._handle)))


def environment(env: Mapping[str, str] | None) -> Any:
    """As in environ; None for none."""
    return None if env is None else strings([f"{k}={v}" for k, v in env.items()], "the environment")


class _Owner(Unique):
    """Has the application of the library: an App and its Conf each keep it alive, and not one another."""

    __slots__ = ("handle",)

    def __init__(self, handle: Any) -> None:
        self.handle = handle

    def __del__(self) -> None:
        lib.app_free(self.handle)


class App(Unique):
    """An application: what spark-submit is told by its arguments.

    >>> app = App("local:///opt/app.jar", "2026-11-21", main_class="org.example.Main", name="nightly",
    ...           conf={"spark.kubernetes.container.image": "example/spark:4.1.4"})
    >>> app.render(key="nightly-2026-11-21").objects[0]["kind"]
    'Pod'

    The environment is not read, unless it is given: ``env=os.environ`` does what spark-submit does.
    """

    def __init__(self, resource: Path | None = None, *args: str, name: str | None = None, main_class: str | None = None,
                 namespace: str | None = None, conf: Properties | None = None, language: str | None = None,
                 spark_version: str | None = None, proxy_user: str | None = None, env: Mapping[str, str] | None = None,
                 volumes: Iterable[Volume] = (), driver_template: Template | None = None,
                 executor_template: Template | None = None) -> None:
        handle = lib.app_new()
        if not handle:
            raise MemoryError
        self._adopt(handle)
        fields = {"resource": None if resource is None else os.fsdecode(resource), "name": name, "main-class": main_class, "namespace": namespace, "language": language,
                  "spark-version": spark_version, "proxy-user": proxy_user}
        for field, value in fields.items():
            if value is not None:
                self._set(field, value)
        if env is not None:
            self.set_env(env)
        if conf is not None:
            self.conf.set_all(conf)
        self.add_args(*args)
        for volume in volumes:
            self.add_volume(volume)
        for role, template in ((Role.DRIVER, driver_template), (Role.EXECUTOR, executor_template)):
            if template is not None:
                self.set_pod_template(role, template)

    def _adopt(self, handle: Any) -> None:
        self._owner = _Owner(handle)
        self._handle = handle
        self._conf: Optional[Conf] = None

    @classmethod
    def from_args(cls, argv: Iterable[str], *, env: Mapping[str, str] | None = None, defaults: Conf | None = None) -> App:
        """From arguments as they are given to spark-submit, without the program's name."""
        values = listed(argv, "an argument")
        out = pointer()
        check(lib.app_from_args, len(values), strings(values, "an argument"), environment(env),
              None if defaults is None else defaults._conf, byref(out))
        made = cls.__new__(cls)
        made._adopt(out)
        return made

    def __repr__(self) -> str:
        return f"<App {self.name or 'without a name'}, {self.resource or 'nothing to run yet'}>"

    # ---- what it is

    def _set(self, field: str, value: str | None) -> None:
        check(lib.app_set, self._handle, encode(field), encode(value, field))

    def _get(self, field: str) -> Optional[str]:
        found = lib.app_get(self._handle, encode(field))
        return None if found is None else text(found)

    @property
    def name(self) -> str | None:
        """--name"""
        return self._get("name")

    @name.setter
    def name(self, value: str) -> None:
        self._set("name", value)

    @property
    def namespace(self) -> str | None:
        """spark.kubernetes.namespace, where its driver will be; if there is none "default", as with spark-submit."""
        return self._get("namespace")

    @namespace.setter
    def namespace(self, value: str) -> None:
        self._set("namespace", value)

    @property
    def main_class(self) -> str | None:
        """--class"""
        return self._get("main-class")

    @main_class.setter
    def main_class(self, value: str) -> None:
        self._set("main-class", value)

    @property
    def resource(self) -> str | None:
        """The jar, .py or .R file: a URI, or a path of this machine."""
        return self._get("resource")

    @resource.setter
    def resource(self, value: Path) -> None:
        self._set("resource", os.fsdecode(value))

    @property
    def language(self) -> str | None:
        """"java", "python" or "r"."""
        return self._get("language")

    @language.setter
    def language(self, value: str) -> None:
        self._set("language", value)

    @property
    def spark_version(self) -> str | None:
        """Of the image: "4.1"."""
        return self._get("spark-version")

    @spark_version.setter
    def spark_version(self, value: str) -> None:
        self._set("spark-version", value)

    @property
    def proxy_user(self) -> str | None:
        """--proxy-user"""
        return self._get("proxy-user")

    @proxy_user.setter
    def proxy_user(self, value: str) -> None:
        self._set("proxy-user", value)

    @property
    def conf(self) -> Conf:
        """Its Spark properties, to be changed in place."""
        if self._conf is None:
            self._conf = Conf(_borrowed=lib.app_conf(self._handle), _owner=self._owner)
        return self._conf

    def add_args(self, *args: str) -> None:
        """Arguments of the application itself."""
        for arg in args:
            check(lib.app_add_arg, self._handle, encode(arg, "an argument"))

    def set_env(self, env: Mapping[str, str]) -> None:
        """The submitter's environment, of which Spark reads SPARK_USER, SPARK_CONF_DIR, HADOOP_CONF_DIR and others."""
        check(lib.app_set_env, self._handle, environment(env))

    def set_pod_template(self, role: Role, template: Template | None, name: str | None = None) -> None:
        """The pod that the pods of a role start from: YAML or JSON text, a dictionary, or a ``pathlib.Path`` of a file.

        What cannot be read as a pod is a :class:`ParseError`, at "name:line:column". None removes it.
        """
        if template is None:
            data, label = None, name
        elif isinstance(template, (str, bytes)):
            data, label = template.encode() if isinstance(template, str) else template, name
        elif hasattr(template, "__fspath__"):
            data, label = _content(template), name or str(template)
        else:
            import json

            data, label = json.dumps(template).encode(), name
        check(lib.app_set_pod_template, self._handle, int(role), data, len(data or b""), encode(label))

    def add_volume(self, volume: Volume) -> None:
        """Writes the properties of a volume, all of them or none; one of that type and name is replaced."""
        options = strings([f"{k}={v}" for k, v in volume.options.items()], "an option")
        given = struct("volume", type=encode(volume.type), name=encode(volume.name), mount_path=encode(volume.mount_path),
                       mount_subpath=encode(volume.mount_subpath), mount_subpath_expr=encode(volume.mount_subpath_expr),
                       options=address(options), roles=int(volume.roles), read_only=int(volume.read_only))
        check(lib.app_add_volume, self._handle, byref(given))

    # ---- what becomes of it

    def render(self, *, key: str | None = None, app_id: str | None = None, now_ms: int = 0) -> Manifest:
        """The Kubernetes objects, offline: files that the application names are read, nothing is sent.

        ``key`` is the submission key, from which names are derived; without one they are random. What can be known to be wrong
        is refused here.
        """
        given = struct("render_opts", app_id=encode(app_id), id_seed=encode(key, "a key"), now_ms=now_ms)
        return Manifest(make(lib.render, self._handle, byref(given)), key)

    def effective_conf(self, *, defaults: bool = False) -> list[dict[str, Any]]:
        """The properties that a submission would have and where each comes from, as dictionaries of key, value, origin, over and
        ignored (``sparkk8s_app_conf_to_json`` in the C header); with Spark's defaults if asked for."""
        import json

        found: list[dict[str, Any]] = json.loads(take_text(make(lib.app_conf_to_json, self._handle, int(defaults))))
        return found

    def explain(self, key: str) -> dict[str, Any]:
        """What one key is, where its value comes from, and what it does (``sparkk8s_app_explain`` in the C header)."""
        import json

        found: dict[str, Any] = json.loads(take_text(make(lib.app_explain, self._handle, encode(key, "a key"))))
        return found


def _content(path: os.PathLike[str]) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise LocalIOError(f"cannot be read: {error.strerror}", where=str(path)) from error


def spark_lines() -> list[str]:
    """The Spark lines whose objects can be rendered, oldest first: ["3.5", "4.0", ...]."""
    lines: list[str] = []
    while True:
        line = lib.spark_line(len(lines))
        if line is None:
            return lines
        lines.append(text(line))
