# SPDX-License-Identifier: Apache-2.0
"""Exceptions: one class for each code of the library's errors, with what the error object says."""

from __future__ import annotations

from ._enums import ErrorCode
from ._ffi import byref, lib, pointer, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ._status import Status


class SparkK8sError(Exception):
    """Anything that the library refuses or cannot do.

    ``str(error)`` is the message with its place; the parts are attributes. None of them ever holds a secret.
    """

    code: int = 0
    """An :class:`ErrorCode`, or the number of one that this package does not know."""

    def __new__(cls, *args: object, **_: object) -> SparkK8sError:
        made: SparkK8sError = (OSError if issubclass(cls, OSError) else Exception).__new__(cls, *args)   # without keywords
        return made

    def __init__(self, message: str = "", *, code: int | None = None, where: str = "", hint: str = "", reason: str = "",
                 body: str = "", http_status: int = 0, retriable: bool = False) -> None:
        super().__init__(message)
        if code is not None:
            self.code = code
        self.message = message
        """One line."""
        self.where = where
        """A key with its origin, "app.yaml:12:3", a URL, or ""."""
        self.hint = hint
        """What to try next, or ""."""
        self.reason = reason
        """Kubernetes' Status.reason, or ""."""
        self.body = body
        """The server's answer as it was sent, or ""."""
        self.http_status = http_status
        """0 if no answer arrived."""
        self.retriable = retriable
        """The same call may succeed later."""
        if hint:
            self.__notes__: list[str] = [hint]     # tracebacks show it, from Python 3.11 on

    def __str__(self) -> str:
        return f"{self.message} ({self.where})" if self.where else self.message

    def to_dict(self) -> dict[str, Any]:
        """Field by field, the code by its name: ready for JSON."""
        code = self.code.name if isinstance(self.code, ErrorCode) else self.code
        return {"code": code, **{name: getattr(self, name) for name in _FIELDS}}

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self)._restored, (self.args, dict(self.__dict__))

    @classmethod
    def _restored(cls, args: tuple[Any, ...], state: dict[str, Any]) -> SparkK8sError:
        made = cls.__new__(cls, *args)
        made.args = args
        made.__dict__.update(state)
        return made


_FIELDS = ("message", "where", "hint", "reason", "body", "http_status", "retriable")


class OutOfMemory(SparkK8sError, MemoryError):
    """The library could not allocate memory."""

    code: int = ErrorCode.ENOMEM


class InvalidArgument(SparkK8sError, ValueError):
    """Something was passed that is never valid."""

    code: int = ErrorCode.EINVAL


class ClosedError(InvalidArgument):
    """An object was used after it had been closed."""


class InUseError(InvalidArgument):
    """A client was used by two threads or two event loops at once."""


class ParseError(SparkK8sError, ValueError):
    """A file or an argument list is malformed; ``where`` says at which place."""

    code: int = ErrorCode.EPARSE


class ConfError(SparkK8sError, ValueError):
    """Well-formed, but Spark or Kubernetes cannot accept it."""

    code: int = ErrorCode.ECONF


class LocalIOError(SparkK8sError, OSError):
    """A local file could not be read or written."""

    code: int = ErrorCode.EIO


class AuthError(SparkK8sError, PermissionError):
    """No usable credentials, or the server rejected them."""

    code: int = ErrorCode.EAUTH


class Forbidden(SparkK8sError, PermissionError):
    """Known, but not allowed: RBAC, quota or admission."""

    code: int = ErrorCode.EFORBIDDEN


class ConnectError(SparkK8sError, ConnectionError):
    """Name resolution, TCP, proxy or TLS failed."""

    code: int = ErrorCode.ECONNECT


class Timeout(SparkK8sError, TimeoutError):
    """The time limit ran out."""

    code: int = ErrorCode.ETIMEDOUT


class Canceled(SparkK8sError):
    """A :class:`Cancel` was triggered."""

    code: int = ErrorCode.ECANCELED


class ServerError(SparkK8sError):
    """Any other refusal by the API server; see ``http_status`` and ``reason``."""

    code: int = ErrorCode.ESERVER


class NotFound(SparkK8sError, LookupError):
    """There is no such run."""

    code: int = ErrorCode.ENOTFOUND


class AlreadyExists(SparkK8sError):
    """The name is taken by something that is not this submission, or the run is claimed by somebody else."""

    code: int = ErrorCode.EEXISTS


class UploadError(SparkK8sError, OSError):
    """A dependency could not be stored."""

    code: int = ErrorCode.EUPLOAD


class ForkError(SparkK8sError, RuntimeError):
    """A client was used in a forked child; make one in each process."""

    code: int = ErrorCode.EFORK


class RunFailed(SparkK8sError):
    """A run ended, but did not succeed (see :meth:`Status.raise_for_verdict`)."""

    def __init__(self, status: Status) -> None:
        super().__init__(f"{status.run_id}: {status.state}, cause {status.cause}"
                         + ("" if status.exit_code is None else f", exit code {status.exit_code}"), hint=status.message)
        self.status = status
        """The final :class:`Status`."""


_CLASSES = {int(cls.code): cls for cls in (OutOfMemory, InvalidArgument, ParseError, ConfError, LocalIOError, AuthError, Forbidden,
                                           ConnectError, Timeout, Canceled, ServerError, NotFound, AlreadyExists, UploadError,
                                           ForkError)}


def error_from(code: int, error: Any) -> SparkK8sError:
    """The exception of an error object, which is released."""
    try:
        cls = _CLASSES.get(code, SparkK8sError)
        known = code in _CLASSES
        return cls(text(lib.error_message(error)), code=ErrorCode(code) if known else code, where=text(lib.error_where(error)),
                   hint=text(lib.error_hint(error)), reason=text(lib.error_reason(error)), body=text(lib.error_body(error)),
                   http_status=lib.error_http_status(error), retriable=bool(lib.error_is_retriable(error)))
    finally:
        lib.error_free(error)


def check(function: Any, *arguments: Any) -> int:
    """Calls a function whose last argument is the error; returns its outcome, which is not negative."""
    error = pointer()
    code: int = function(*arguments, byref(error))
    if code < 0:
        raise error_from(code, error)
    return code


def make(function: Any, *arguments: Any) -> Any:
    """Calls a function whose last arguments are one result and the error; returns the result."""
    out = pointer()
    check(function, *arguments, byref(out))
    return out
