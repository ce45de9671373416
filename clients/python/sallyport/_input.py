"""The standard input of one run: in order, and never more than the agent's window.

So input never fills the connection, and a `cancel` behind it is always read.
"""

from __future__ import annotations

from typing import Any, Dict, Iterator, Optional, Protocol

from ._errors import ProtocolBroken

#: Bytes of one message: small, so that what is sent in between need not wait for long.
_PIECE = 1 << 16


class Line(Protocol):
    """What a run needs of its connection."""

    def tell(self, message: Dict[str, Any], body: Optional[bytes] = None) -> None:
        """Sends a message that has no answer."""

    def is_flushed(self) -> bool:
        """Whether everything was handed to the system."""


class RunInput:
    """How much was sent and taken. `given` is all of the input, which is sent by itself."""

    def __init__(self, line: Line, given: Optional[bytes]) -> None:
        self._line = line
        self._given = given
        self._given_sent = 0
        self._window: Optional[int] = None
        self._sent = self._taken = 0

    @property
    def is_open(self) -> bool:
        """Whether the caller may send input."""
        return self._window is not None and self._given is None

    @property
    def room(self) -> int:
        """Bytes that may be sent now."""
        return (self._window or 0) - (self._sent - self._taken)

    def begin(self, window: int) -> None:
        """The agent said how much it takes ahead."""
        self._window = window
        self._send_given()

    def taken(self, taken: int) -> None:
        """The agent has taken so much so far."""
        if self._window is None:
            raise ProtocolBroken("must not be sent: no input is streamed", "taken")
        if not self._taken <= taken <= self._sent:
            raise ProtocolBroken(f"must be from {self._taken} to {self._sent}", "taken")
        self._taken = taken
        self._send_given()

    def pieces_of(self, data: bytes, begin: int = 0) -> Iterator[bytes]:
        """Input in messages that find room in the end: each at most half of the window."""
        step = min(_PIECE, max(1, (self._window or 0) >> 1))
        return (data[at : at + step] for at in range(begin, len(data), step))

    def send(self, piece: bytes) -> None:
        """Sends a piece for which there is room."""
        self._sent += len(piece)
        self._line.tell({"type": "stdin", "bytes": len(piece)}, piece)

    def _send_given(self) -> None:
        """Sends as much of the given input as there is room for, and then its end."""
        if self._given is None or self._given_sent < 0:
            return
        for piece in self.pieces_of(self._given, self._given_sent):
            if self.room < len(piece):
                return
            self.send(piece)
            self._given_sent += len(piece)
        self._line.tell({"type": "stdin", "eof": True})
        self._given_sent = -1
