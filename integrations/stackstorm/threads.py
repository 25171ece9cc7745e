"""A few threads for calls that block. Unlike an executor's they are waited for by nobody: what
hangs over there does not keep the service from ending."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Any, TypeVar

from integrations.base import Transient

T = TypeVar("T")
_Work = tuple["Future[Any]", Callable[[], Any]]


class Threads:
    """At most so many, made when they are needed."""

    def __init__(self, most: int, name: str) -> None:
        self._most, self._name = most, name
        self._lock = threading.Lock()
        self._work: SimpleQueue[_Work | None] = SimpleQueue()
        self._made = self._busy = 0
        self._closed = False

    async def run(self, do: Callable[[], T]) -> T:
        """What it returns or raises, in a thread. One that has not begun is given up with who
        waits for it; one that has goes on to its end."""
        future: Future[T] = Future()
        with self._lock:
            if self._closed:
                raise Transient("StackStorm is let go of")
            self._busy += 1
            if self._busy > self._made < self._most:
                self._made += 1
                name = f"{self._name}-{self._made}"
                threading.Thread(target=self._run, name=name, daemon=True).start()
            self._work.put((future, do))
        return await asyncio.wrap_future(future)

    def _run(self) -> None:
        while (work := self._work.get()) is not None:
            future, do = work
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(do())
                except BaseException as error:  # noqa: BLE001  it is raised where it is waited for
                    future.set_exception(error)
            with self._lock:
                self._busy -= 1
            del future, do, work

    def close(self) -> None:
        """Nothing more is begun."""
        with self._lock:
            self._closed = True
            while not self._work.empty():
                if (left := self._work.get()) is not None:
                    left[0].cancel()
            for _ in range(self._made):
                self._work.put(None)
