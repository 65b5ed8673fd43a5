# SPDX-License-Identifier: Apache-2.0
"""Results: frozen, comparable, picklable. Not dataclasses, whose import alone takes longer than this whole package's."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn, TypeVar

    R = TypeVar("R", bound="Record")


class Record:
    """Base of all results: its fields are in ``__slots__`` and do not change."""

    __slots__: tuple[str, ...] = ()

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
        return type(other) is type(self) and isinstance(other, Record) and self._values() == other._values()

    def __hash__(self) -> int:
        return hash((type(self), repr(self._values())))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{n}={v!r}' for n, v in zip(self.__slots__, self._values()))})"

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self)._make, self._values()

    def to_dict(self) -> dict[str, Any]:
        """Field by field, enums as their names: ready for JSON."""
        return {name: _plain(getattr(self, name)) for name in self.__slots__}


def _plain(value: Any) -> Any:
    if isinstance(value, Record):
        return value.to_dict()
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    return getattr(value, "name", value)
