# SPDX-License-Identifier: Apache-2.0
"""Which logs are followed now. A followed log is a connection all the time, and a process may have only so many descriptors (1,024
where nobody has said otherwise), which it needs for other things, too. So there are places for half of them. Who finds none free has
a place later: that of the one that has been at it longest, whose log is taken up where it was left.
"""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import itertools
import resource
from collections import deque
from typing import AsyncIterator, Callable

MANY = 10000
HOLD_SECONDS = 20.0             # so long at least is a log followed
REST_SECONDS = 60.0             # so long does one that gave up its place leave others theirs
LOOK_SECONDS = 0.05             # while somebody waits
IDLE_SECONDS = 1.0              # if nothing is free
AT_ONCE = 10                    # places given out at each look


def affordable() -> int:
    """How many logs this process can follow at once."""
    soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return MANY if soft == resource.RLIM_INFINITY else max(1, min(soft // 2, MANY))


class Place:
    """Kept until its holder leaves, which is asked to do so (`end` is called) once it is wanted and has been `used` for long enough."""

    def __init__(self, held: deque[Place]) -> None:
        self._held = held
        self._end: Callable[[], None] | None = None
        self.since = 0.0            # on the loop's clock
        self.lost = False

    def used(self, end: Callable[[], None]) -> None:
        """From now on."""
        self._end = end
        self.since = asyncio.get_running_loop().time()
        self._held.append(self)

    def take_away(self) -> None:
        """It is lost."""
        self.lost = True
        if self._end is not None:
            self._end()


class Places:
    """The places of an event loop. They are given out a few at a time: to open a connection takes work that others wait for."""

    def __init__(self, count: int | None = None) -> None:
        self.free = affordable() if count is None else count
        self._held: deque[Place] = deque()          # those that are used, the oldest first; what was taken away is not among them
        self._leaving = 0                           # taken away, but not left yet
        self._waiting: list[tuple[float, int, asyncio.Future[None]]] = []    # by when they may have another's place
        self._number = itertools.count()
        self._timer: asyncio.TimerHandle | None = None

    @contextlib.asynccontextmanager
    async def place(self, again: bool = False) -> AsyncIterator[Place]:
        """`again`: whoever asks has lost one, and is not in a hurry."""
        loop = asyncio.get_running_loop()
        given: asyncio.Future[None] = loop.create_future()
        heapq.heappush(self._waiting, (loop.time() + (REST_SECONDS if again else 0.0), next(self._number), given))
        if self._timer is None:
            self._look()
        place = Place(self._held)
        try:
            await given
            yield place
        finally:
            if place.lost:
                self._leaving -= 1
            elif place.since:
                self._held.remove(place)
            if given.done() and not given.cancelled():
                self.free += 1

    def _look(self) -> None:
        """Gives out what is free, takes away what it is time for, and looks again while somebody waits."""
        loop = asyncio.get_running_loop()
        for _ in range(AT_ONCE):
            while self._waiting and self._waiting[0][2].done():
                heapq.heappop(self._waiting)        # it has given up
            if self._waiting and self.free:
                self.free -= 1
                heapq.heappop(self._waiting)[2].set_result(None)
        self._take_away(loop.time())
        self._timer = loop.call_later(LOOK_SECONDS if self.free else IDLE_SECONDS, self._look) if self._waiting else None

    def _take_away(self, now: float) -> None:
        late = sum(at <= now for at, _, given in self._waiting if not given.done())
        while self._leaving + self.free < late and self._held and self._held[0].since + HOLD_SECONDS <= now:
            self._leaving += 1
            self._held.popleft().take_away()
