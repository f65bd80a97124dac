"""Turns for threads that want the same thing: the first to come is the first to have it.

A lock of `threading` is had by whoever asks at the right moment, and so is SQLite's: a
long work of many small transactions takes it again before anybody who sleeps has looked.
"""

import threading
from collections import deque


class FairTurn:
    """One turn at a time, in the order of asking."""

    def __init__(self) -> None:
        self._state = threading.Lock()
        self._is_taken = False
        self._waiting: deque[threading.Lock] = deque()

    def take(self, seconds: float) -> bool:
        """Wait for the turn at most so long; return whether it is had."""
        with self._state:
            if not self._is_taken:
                self._is_taken = True
                return True
            gate = threading.Lock()
            gate.acquire()
            self._waiting.append(gate)
        if gate.acquire(timeout=seconds):
            return True
        with self._state:
            if gate in self._waiting:
                self._waiting.remove(gate)
                return False
        return True  # it was given in the last moment

    def give(self) -> None:
        """End the turn: whoever waits longest has the next one."""
        with self._state:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._is_taken = False
