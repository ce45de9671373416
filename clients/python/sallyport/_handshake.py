"""The handshake with a monitor's socket: "CONNECT PORT", and then "OK NUMBER"."""

from __future__ import annotations

import re

from ._errors import ConnectError

#: Longest answer.
_LINE_BYTES = 32


class Handshake:
    """What is sent first, and what is not yet the agent's."""

    def __init__(self, port: int) -> None:
        self.question = b"CONNECT %d\n" % port
        self._line = b""
        self._agreed = False

    def receive(self, data: bytes) -> bytes:
        """Takes bytes that came. Returns those that are the agent's."""
        if self._agreed:
            return data
        self._line, end, rest = (self._line + data).partition(b"\n")
        if end and re.fullmatch(rb"OK [0-9]+", self._line):
            self._agreed = True
            return rest
        if end or len(self._line) >= _LINE_BYTES:
            shown = self._line[:_LINE_BYTES].decode("ascii", "replace")
            text = f'The monitor answered "{shown}" instead of "OK"'
            raise ConnectError("not_an_agent", text)
        return b""
