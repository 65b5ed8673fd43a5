# SPDX-License-Identifier: Apache-2.0
"""Results: frozen, comparable, picklable. Not dataclasses, whose import alone takes longer than this whole package's."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime
    from typing import Any, NoReturn, TypeVar

    R = TypeVar("R", bound="Record")

_EMPTY = {"str": "", "int": 0, "bool": False, "bytes": b"", "tuple": (), "dict": {}}


def _empty(annotation: str) -> Any:
    """What a field has that is not given."""
    from . import _enums

    kind = annotation.partition("[")[0]
    if annotation.endswith("None") or kind == "Any":
        return None
    return _EMPTY[kind] if kind in _EMPTY else getattr(_enums, kind)(0)


class Record:
    """Base of all results: its fields are in ``__slots__`` and do not change.

    For tests one may be made of some of its fields, the others are empty then; a later version may have more.
    """

    __slots__: tuple[str, ...] = ()

    def __init_subclass__(cls) -> None:
        setattr(cls, "__match_args__", cls.__slots__)

    def __init__(self, *values: Any, **named: Any) -> None:
        given = {**dict(zip(self.__slots__, values)), **named}
        if len(values) + len(named) != len(given) or not set(given) <= set(self.__slots__):
            raise TypeError(f"a {type(self).__name__} is made of {', '.join(self.__slots__)}")
        for name in self.__slots__:
            object.__setattr__(self, name, given[name] if name in given else _empty(type(self).__annotations__[name]))

    @classmethod
    def _make(cls: type[R], *values: Any) -> R:
        made = cls.__new__(cls)
        for name, value in zip(cls.__slots__, values):
            object.__setattr__(made, name, value)
        return made

    def _values(self) -> tuple[Any, ...]:
        return tuple(getattr(self, name) for name in self.__slots__)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"a {type(self).__name__} does not change")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"a {type(self).__name__} does not change")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Record) or type(other) is not type(self):
            return NotImplemented
        return self._values() == other._values()

    def __hash__(self) -> int:
        return hash((type(self), *(value for value in self._values() if value.__hash__)))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{n}={v!r}' for n, v in zip(self.__slots__, self._values()))})"

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self)._restored, self._values()

    @classmethod
    def _restored(cls: type[R], *values: Any, **named: Any) -> R:
        made = cls.__new__(cls)
        Record.__init__(made, *values, **named)
        return made

    def __replace__(self: R, **changes: Any) -> R:
        """For ``copy.replace()``."""
        return self._restored(**{**dict(zip(self.__slots__, self._values())), **changes})

    def to_dict(self) -> dict[str, Any]:
        """Field by field, enums as their names: ready for JSON."""
        return {name: _plain(getattr(self, name)) for name in self.__slots__}


def _plain(value: Any) -> Any:
    if hasattr(value, "to_dict"):
        return value.to_dict()
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return getattr(value, "name", value)


def moment(ms: float) -> datetime | None:
    """Of a Unix time in milliseconds; None for 0, which is unknown."""
    from datetime import datetime, timezone

    return datetime.fromtimestamp(ms / 1000, timezone.utc) if ms else None


class Unique:
    """Base of what stands for something of the library, in this process."""

    __slots__ = ()

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise TypeError(f"a {type(self).__name__} can be neither copied nor pickled")
