"""What was made once and is true for as long as something else stays as it is."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

State = TypeVar("State")
Value = TypeVar("Value")


class Kept(Generic[State, Value]):
    """Values of one state, an object that is replaced when they may have changed. Those asked for
    last stay, as many as together weigh no more than `most`."""

    def __init__(self, most: int, weigh: Callable[[Value], int] = lambda value: 1) -> None:
        self._most = most
        self._weigh = weigh
        self._forget()
        # A thread that did not follow into the new process may have held the lock.
        os.register_at_fork(after_in_child=self._forget)

    def _forget(self) -> None:
        self._lock = threading.Lock()
        self._state: State | None = None
        self._values: OrderedDict[Hashable, Value] = OrderedDict()
        self._weight = 0

    def __len__(self) -> int:
        return len(self._values)

    def get(self, state: State, key: Hashable) -> Value | None:
        with self._lock:
            if state is not self._state:
                self._state, self._weight = state, 0
                self._values.clear()
            if key in self._values:
                self._values.move_to_end(key)
            return self._values.get(key)

    def put(self, state: State, key: Hashable, value: Value) -> None:
        """Nothing is kept that was made while another state was the last to be asked for."""
        with self._lock:
            if state is not self._state or key in self._values:
                return
            self._values[key] = value
            self._weight += self._weigh(value)
            while self._weight > self._most:
                _key, oldest = self._values.popitem(last=False)
                self._weight -= self._weigh(oldest)

    def once(self, state: State, key: Hashable, make: Callable[[], Value]) -> Value:
        """What make() gives, made once; never None."""
        value = self.get(state, key)
        if value is None:
            value = make()
            self.put(state, key, value)
        return value
