# SPDX-License-Identifier: Apache-2.0
"""Spark properties."""

from __future__ import annotations

from collections.abc import MutableMapping

from ._errors import check, make
from ._ffi import encode, lib, path_text, take_text, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from typing import Any, Iterable, Iterator, Mapping, Optional, Union

    Properties = Union["Conf", Mapping[str, object], Iterable[tuple[str, object]]]


def property_text(value: object) -> str:
    """As Spark writes it: True is "true"."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (str, int, float)):
        return str(value)
    raise TypeError(f"a property's value must be str, bool, int or float, not {type(value).__name__}")


class Conf(MutableMapping[str, str]):
    """An ordered set of Spark properties, each with its origin: a mapping of ``str`` to ``str``.

    >>> conf = Conf({"spark.executor.instances": 2})
    >>> conf["spark.ui.enabled"] = False
    >>> dict(conf)
    {'spark.executor.instances': '2', 'spark.ui.enabled': 'false'}
    """

    def __init__(self, properties: Properties = (), *, _borrowed: Any = None, _owner: Any = None) -> None:
        self._owner = _owner
        self._conf: Any = None
        if _borrowed is not None:
            self._conf = _borrowed
        else:
            self._conf = lib.conf_new()
            if not self._conf:
                raise MemoryError
        self.set_all(properties)

    def __del__(self) -> None:
        if getattr(self, "_conf", None) and self._owner is None:
            lib.conf_free(self._conf)

    def __reduce__(self) -> tuple[Any, ...]:
        return Conf._restored, ([(key, value, self.origin(key)) for key, value in self.items()],)

    @classmethod
    def _restored(cls, properties: Iterable[tuple[str, str, str | None]]) -> Conf:
        made = cls()
        for each in properties:
            made.set(*each)
        return made

    def copy(self) -> Conf:
        """One of its own with the same properties and origins."""
        return Conf(self)

    def __getitem__(self, key: str) -> str:
        value = lib.conf_get(self._conf, encode(key, "a key"))
        if value is None:
            raise KeyError(key)
        return text(value)

    def __setitem__(self, key: str, value: object) -> None:
        self.set(key, value)

    def __delitem__(self, key: str) -> None:
        if key not in self:
            raise KeyError(key)
        check(lib.conf_set, self._conf, encode(key, "a key"), None)

    def __iter__(self) -> Iterator[str]:
        return iter([text(lib.conf_key(self._conf, i)) for i in range(len(self))])

    def __len__(self) -> int:
        return int(lib.conf_count(self._conf))

    def __repr__(self) -> str:
        return f"<Conf of {len(self)} properties>"     # values may be secret

    def set(self, key: str, value: object, origin: str | None = None) -> None:
        """Sets a property and says who does so, for messages and :meth:`origin`."""
        check(lib.conf_set_from, self._conf, encode(key, "a key"), encode(property_text(value), key), encode(origin or "program"))

    def set_all(self, properties: Properties) -> None:
        """Sets the properties of a mapping, or of pairs. Those of a Conf keep their origins."""
        pairs: Any = properties.items() if hasattr(properties, "items") else properties
        origin = properties.origin if isinstance(properties, Conf) else lambda _: None
        for key, value in pairs:
            self.set(key, value, origin(key))

    def origin(self, key: str) -> Optional[str]:
        """Who set it: "--conf", "spark-defaults.conf:12", ...; None if nobody did."""
        found = lib.conf_origin(self._conf, encode(key, "a key"))
        return None if found is None else text(found)

    def load(self, path: str | os.PathLike[str]) -> None:
        """Reads a file of spark-defaults.conf syntax; what is set already wins, as in spark-submit."""
        check(lib.conf_load, self._conf, path_text(path))

    def parse(self, content: str, name: str = "text") -> None:
        """The same of a text; ``name`` is for messages."""
        data = content.encode()
        check(lib.conf_parse, self._conf, data, len(data), encode(name))


def known_keys(prefix: str | None = None) -> list[dict[str, Any]]:
    """The configuration keys that the library knows, those that begin with ``prefix``: their types, defaults and one line of
    documentation each (the objects of ``sparkk8s_keys_to_json`` in the C header).

    >>> known_keys("spark.kubernetes.namespace")[0]["default"]
    'default'
    """
    import json

    found: list[dict[str, Any]] = json.loads(take_text(make(lib.keys_to_json, encode(prefix))))
    return found
