"""One request and what comes back for it.

The connection routes by id and knows nothing of what a request means; an exchange knows nothing of
sockets. Whoever waits asks `done`.
"""

from __future__ import annotations

from typing import Any, Callable, Dict, Generator, NamedTuple, Optional, TypeVar

from ._errors import ProtocolBroken

Result = TypeVar("Result")

#: What an operation waits for: it goes on when this is true, or the connection is lost.
Ready = Callable[[], bool]

#: Something that takes several messages, written once for both kinds of client: each `yield` waits.
Operation = Generator[Ready, None, Result]


class Exchange:
    """What the connection tells about one request."""

    def __init__(self) -> None:
        self.done = False
        self.error: Optional[Exception] = None
        #: Bytes of the connection that are sent when this request is sent whole.
        self.sent_at = 0

    def reply(self, value: Dict[str, Any], size: int) -> bool:
        """Takes a message with this request's id. Returns whether it was the last one."""
        raise NotImplementedError

    def body(self, chunk: bytes, remaining: int) -> None:
        """Takes a piece of the body of the last message."""
        raise NotImplementedError

    def fail(self, error: Exception) -> None:
        """Nothing more comes."""
        self.error, self.done = error, True


class Answer(NamedTuple):
    """A message and the bytes behind it."""

    value: Dict[str, Any]
    body: bytes


class Single(Exchange):
    """A request that one message answers."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self._kind = kind
        self._value: Dict[str, Any] = {}
        self._body = bytearray()

    def reply(self, value: Dict[str, Any], size: int) -> bool:
        if value["type"] != self._kind:
            raise ProtocolBroken(f'must be "{self._kind}", not "{value["type"]}"', "type")
        self._value = value
        self.done = size == 0
        return True

    def body(self, chunk: bytes, remaining: int) -> None:
        self._body += chunk
        self.done = remaining == 0

    def answer(self) -> Operation[Answer]:
        """Waits for the answer."""
        yield lambda: self.done
        if self.error is not None:
            raise self.error
        return Answer(self._value, bytes(self._body))
