# SPDX-License-Identifier: Apache-2.0
"""What is read item by item."""

from __future__ import annotations

import os
from time import monotonic

from ._core import Core, Owned, time_limit, warn_unclosed
from ._errors import SparkK8sError
from ._ffi import AGAIN, byref, pointer
from ._status import take_status

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Generic, TypeVar

    from ._cancel import Cancel
    from ._core import Seconds

    T = TypeVar("T")

    class _Base(Generic[T]):
        pass
else:       # the import of typing alone takes as long as that of this package
    T = None

    class _Base:
        def __class_getitem__(cls, item):
            return cls


class _Ended:
    """What a stream gives at its end."""


ENDED = _Ended()


class Stream(Owned, _Base[T]):
    """An iterator, of ``for`` and of ``async for``; a context manager, too. One task or thread reads it.

    It holds a connection until it is closed, read to its end, or forgotten, which is a ResourceWarning.
    """

    def __init__(self, core: Core, handle: Any, cancel: Cancel | None = None) -> None:
        super().__init__(core, handle)
        self._cancel = cancel
        self._over = False          # there is no more
        self._failed = False

    def __del__(self) -> None:
        handle = getattr(self, "_handle", None)
        if handle:
            noted = not self._failed and not self._core.closed and self._core.pid == os.getpid()
            self._close_handle()
            if noted:
                warn_unclosed(f"unclosed {self!r}", self)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}{', closed' if self._over else ''}>"

    def _fetch(self, handle: Any) -> Any:
        """The next item, AGAIN, or ENDED."""
        raise NotImplementedError

    def _attempt(self) -> Any:
        if self._over:
            return ENDED
        handle = self._open_handle()
        try:
            value = self._fetch(handle)
        except SparkK8sError:
            self._failed = True
            raise
        if value is ENDED:
            self._over = True
            self._close_handle()
        return value

    def _close_handle(self) -> None:
        Owned.close(self)

    def close(self) -> None:
        """Ends it; iterating on then stops."""
        self._over = True
        self._close_handle()

    def __iter__(self) -> Stream[T]:
        return self

    def __next__(self) -> T:
        item = self.read()
        if item is None:
            raise StopIteration
        return item

    def read(self, timeout: Seconds | None = None) -> T | None:
        """The next item, None at the end; :class:`Timeout` if none comes in time."""
        limit = time_limit(timeout)
        if self._over:
            return None
        item = self._core.block(self._attempt, None if limit is None else monotonic() + limit, self._cancel)
        return None if item is ENDED else item

    def __aiter__(self) -> Stream[T]:
        return self

    async def __anext__(self) -> T:
        if self._over:
            raise StopAsyncIteration
        item: Any = await self._core.wait(self._attempt, self._open_handle().value)
        if item is ENDED:
            raise StopAsyncIteration
        result: T = item
        return result

    def __enter__(self: S) -> S:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    async def __aenter__(self: S) -> S:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()

    async def aclose(self) -> None:
        """As :meth:`close`."""
        self.close()


if TYPE_CHECKING:
    S = TypeVar("S", bound=Stream[Any])


def next_status(core: Core, function: Any, handle: Any) -> Any:
    """Of a stream of statuses."""
    out = pointer()
    code = core.call(function, handle, None, byref(out))
    return take_status(out) if code == 0 else AGAIN if code == AGAIN else ENDED
