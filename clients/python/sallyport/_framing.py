"""Bytes to messages and bodies: the framing of the protocol.

It is pure: no sockets and no clock. It never holds more than one line, and never holds a body.
"""

from __future__ import annotations

from typing import Any, Dict, Iterator, NamedTuple, Union

from ._errors import ProtocolBroken
from ._json_line import parse_line

#: The largest integer that every JSON parser keeps.
SAFE_INTEGER = (1 << 53) - 1


class Message(NamedTuple):
    """A line, and how many raw bytes follow it."""

    value: Dict[str, Any]
    bytes: int


class Body(NamedTuple):
    """A piece of a body, and how much of it is still missing."""

    chunk: bytes
    remaining: int


class Fault(NamedTuple):
    """A bad line. After a fatal one nothing more can be read."""

    error: ProtocolBroken
    fatal: bool


Frame = Union[Message, Body, Fault]


class Framing:
    """Reads one direction of one connection."""

    def __init__(self, line_bytes: int, body_bytes: int) -> None:
        self._line_bytes = line_bytes
        self._body_bytes = body_bytes
        #: The beginning of a line; it grows in place, however small the pieces are.
        self._line = bytearray()
        self._body = 0
        self.dead = False

    @property
    def at_boundary(self) -> bool:
        """Whether the next byte begins a message."""
        return not self.dead and self._body == 0 and not self._line

    def feed(self, data: bytes) -> Iterator[Frame]:
        """The frames that these bytes complete. Take them all before the next call."""
        at = 0
        while at < len(data) and not self.dead:
            if self._body > 0:
                chunk = data[at : at + self._body]
                at += len(chunk)
                self._body -= len(chunk)
                yield Body(chunk, self._body)
                continue
            end = data.find(b"\n", at)
            stop = len(data) if end < 0 else end
            if len(self._line) + stop - at > self._line_bytes:
                rule = f"must be a line of at most {self._line_bytes} bytes"
                yield self._die(ProtocolBroken(rule, code="too_large"))
                return
            self._line += data[at:stop]
            at = stop + 1
            if end >= 0:
                line, self._line = bytes(self._line), bytearray()
                yield self._message(line)

    def _message(self, line: bytes) -> Frame:
        try:
            value = parse_line(line)
        except ProtocolBroken as error:
            return Fault(error, False)
        size = integer_of(value.get("bytes", 0))
        if size is None or size < 0:
            return self._die(ProtocolBroken("must be an integer of at least 0", "bytes"))
        if size > self._body_bytes:
            rule = f"must be at most {self._body_bytes}"
            return self._die(ProtocolBroken(rule, "bytes", "too_large"))
        self._body = size
        return Message(value, size)

    def _die(self, error: ProtocolBroken) -> Fault:
        self.dead = True
        return Fault(error, True)


def integer_of(value: Any) -> Union[int, None]:
    """The number as an integer, where JSON's 1.0 and 1e3 are integers too; None for others."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if type(value) is not int or abs(value) > SAFE_INTEGER:
        return None
    return value
