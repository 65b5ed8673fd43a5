# SPDX-License-Identifier: Apache-2.0
"""Finding the library, and its functions with their types. Nothing is created here: a process may fork after importing."""

from __future__ import annotations

import ctypes
import os

from . import _header

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

SONAME = "libsparkk8s.so.1"
_HERE = os.path.dirname(os.path.abspath(__file__))
# Where a wheel has its library: meson-python puts shared libraries into a folder of their own, beside the package.
# Where pure packages have a place of their own (Fedora), that is lib/, and the library is in lib64/.
_BESIDE = os.path.join(os.path.dirname(_HERE), ".sparkk8s.mesonpy.libs", SONAME)
_BUNDLED = [place for place in (_BESIDE, _BESIDE.replace("/lib/", "/lib64/")) if os.path.exists(place)][:1]

_TYPES: dict[str, Any] = {"v": None, "i": ctypes.c_int32, "l": ctypes.c_int64, "z": ctypes.c_size_t, "s": ctypes.c_char_p,
                          "p": ctypes.c_void_p}

byref = ctypes.byref
pointer = ctypes.c_void_p
# void (*)(int level, const char *topic, const char *message, void *userdata)
log_function = ctypes.CFUNCTYPE(None, ctypes.c_int32, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_void_p)


class LibraryError(ImportError):
    """libsparkk8s is not there, or is too old for this package."""


def const(name: str) -> int:
    """The value of SPARKK8S_<name>."""
    return _header.CONSTANTS["SPARKK8S_" + name]


AGAIN = const("AGAIN")
END = const("END")


def _open() -> tuple[ctypes.CDLL, str]:
    wanted = os.environ.get("SPARKK8S_LIBRARY")
    place = wanted or (_BUNDLED or [SONAME])[0]
    try:
        return ctypes.CDLL(place), place
    except OSError as error:
        why = ("SPARKK8S_LIBRARY names it" if wanted else "it is part of this package" if _BUNDLED else
               "install libsparkk8s, or name its file in the environment variable SPARKK8S_LIBRARY")
        raise LibraryError(f"libsparkk8s cannot be loaded ({why}): {error}") from None


def _check(library: ctypes.CDLL, path: str) -> None:
    """A library that is too old is refused as a whole, now, not at the first call that it lacks."""
    try:
        library.sparkk8s_version.restype = ctypes.c_char_p
        version = library.sparkk8s_version().decode()
    except AttributeError:
        raise LibraryError(f"{path} is not libsparkk8s") from None
    missing = [name for name in _header.FUNCTIONS if not hasattr(library, name)]
    if missing:
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        raise LibraryError(f"{path} is libsparkk8s {version}, which is too old for this package: it has no "
                           f"{missing[0]}(){more}; {_header.VERSION} or later is needed")


class _Library:
    """lib.run_id is sparkk8s_run_id(), typed. Calls release the GIL."""

    def __init__(self, library: ctypes.CDLL) -> None:
        self._library = library

    def __getattr__(self, name: str) -> Any:
        full = "sparkk8s_" + name
        types = _header.FUNCTIONS.get(full)
        if types is None:
            raise AttributeError(name)
        function = getattr(self._library, full)
        function.restype = _TYPES[types[0]]
        function.argtypes = [_TYPES[t] for t in types[1:]]
        setattr(self, name, function)
        return function


cdll, path = _open()
_check(cdll, path)
lib: Any = _Library(cdll)

_structs: dict[str, Any] = {}


def struct(name: str, /, **members: Any) -> Any:
    """An input struct of the header (without "sparkk8s_"), its size set; None leaves a member at its default."""
    kind = _structs.get(name)
    if kind is None:
        fields = [(member, _TYPES[letter]) for member, letter in _header.STRUCTS["sparkk8s_" + name]]
        kind = _structs[name] = type(name, (ctypes.Structure,), {"_fields_": fields})
    made = kind(size=ctypes.sizeof(kind))
    for member, value in members.items():
        if value is not None:
            setattr(made, member, value)
            if isinstance(value, int) and getattr(made, member) != value:       # ctypes cuts off without a word
                raise ValueError(f"{member} cannot be {value}: it is too large")
    return made


def flags(prefix: str, **wanted: bool) -> int:
    """The sum of SPARKK8S_<prefix>_<name> of those that are wanted."""
    return sum(const(f"{prefix}_{name.upper()}") for name, value in wanted.items() if value)


def encode(value: str | None, what: str = "a text") -> bytes | None:
    """For the library: UTF-8 without a NUL."""
    if value is None:
        return None
    if not isinstance(value, str):
        raise TypeError(f"{what} must be a str, not {type(value).__name__}")
    if "\0" in value:
        raise ValueError(f"{what} contains a NUL character")
    return value.encode("utf-8", "surrogateescape")


def path_text(path: Any, what: str = "a path") -> bytes | None:
    """Of a str, bytes or path object, for the library."""
    return None if path is None else encode(os.fsdecode(path), what)


def listed(values: Any, what: str) -> list[Any]:
    """Several texts, not the letters of one."""
    if isinstance(values, (str, bytes)):
        raise TypeError(f"{what}: several are wanted, not a single {type(values).__name__}")
    return list(values)


def strings(values: Any, what: str = "a text") -> Any:
    """A NULL-terminated array of C strings, or None for None."""
    if values is None:
        return None
    encoded = [encode(value, what) for value in listed(values, what)]
    return (ctypes.c_char_p * (len(encoded) + 1))(*encoded, None)


def address(array: Any) -> int | None:
    """Of an array, for a struct's member; whoever has the array keeps it alive."""
    return None if array is None else ctypes.addressof(array)


def text(value: bytes | None) -> str:
    """A borrowed string of the library, copied; "" for NULL."""
    return "" if value is None else value.decode("utf-8", "replace")


def take_text(out: Any) -> str:
    """A `char *` result, which is released."""
    try:
        return text(ctypes.cast(out, ctypes.c_char_p).value)
    finally:
        lib.free(out)


def data_at(at: int | None, length: int) -> bytes:
    """A borrowed piece of memory, copied."""
    return ctypes.string_at(at, length) if at and length else b""


def address_of(function: Any) -> int | None:
    """Of a callback, for a struct's member; whoever has the callback keeps it alive."""
    return ctypes.cast(function, ctypes.c_void_p).value


def int32() -> Any:
    """A place for an int result."""
    return ctypes.c_int32()


def size_t() -> Any:
    """A place for a size_t result."""
    return ctypes.c_size_t()


def library_version() -> str:
    """Of the libsparkk8s that was loaded: "1.4.0"."""
    return text(lib.version())
