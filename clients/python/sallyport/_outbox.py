"""Bytes that wait to be sent, in order. A body is never copied."""

from __future__ import annotations

from collections import deque
from typing import Deque, Optional


class Outbox:
    """The sending half of a connection."""

    def __init__(self) -> None:
        self._chunks: Deque[memoryview] = deque()
        #: Bytes that were added in all, and those of them that were sent.
        self.added = self.sent = 0

    @property
    def chunk(self) -> Optional[memoryview]:
        """What is to be sent next."""
        return self._chunks[0] if self._chunks else None

    def add(self, *parts: Optional[bytes]) -> None:
        """Queues what is not empty."""
        for part in parts:
            if part:
                self._chunks.append(memoryview(part))
                self.added += len(part)

    def took(self, count: int) -> None:
        """So much of the next chunk was sent."""
        self.sent += count
        first = self._chunks.popleft()
        if count < len(first):
            self._chunks.appendleft(first[count:])

    def drop(self) -> None:
        """Nothing more can be sent."""
        self._chunks.clear()
