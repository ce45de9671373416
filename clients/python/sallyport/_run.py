"""One run, from the client's side: its output as it comes, its input, its result.

Output that nobody has taken is bounded: the oldest goes first, as in the agent's own ring, and the
offsets show the gap.
"""

from __future__ import annotations

from collections import deque
from typing import Any, Deque, Dict, List, Optional

from ._errors import ProtocolBroken
from ._exchange import Exchange, Operation
from ._input import Line, RunInput
from ._results import Ended, Piece, Result, ended_fields
from ._usage_calls import OnUsage, UsageCalls

#: Bytes of output that wait for their reader, give or take one piece.
WAITING_BYTES = 1 << 20


class RunState(Exchange):
    """The run of one request."""

    def __init__(
        self,
        line: Line,
        streams: bool = False,
        given: Optional[bytes] = None,
        on_usage: Optional[OnUsage] = None,
    ) -> None:
        """`given` is all of its input, which is sent as the agent takes it."""
        super().__init__()
        self._line = line
        self.streams = streams
        self.usage = UsageCalls(on_usage, self._stop)
        self.acked = False
        self.input = RunInput(line, given)
        self._result: Optional[Result] = None
        self._value: Dict[str, Any] = {}
        self._kept = bytearray()
        self._pieces: Deque[Piece] = deque()
        self._waiting = 0
        self._next = Piece("stdout", 0, b"")
        self._reading = self._left = False

    # From the connection.

    def reply(self, value: Dict[str, Any], size: int) -> bool:
        if value["type"] == "ack":
            self.acked = True
            if "stdin_window" in value:
                self.input.begin(int(value["stdin_window"]))
            return False
        if value["type"] != "result":
            raise ProtocolBroken(f'must be "result", not "{value["type"]}"', "type")
        kept = sum(int(one.get("bytes", 0)) for one in _streams_of(value))
        if kept != size:
            raise ProtocolBroken(f"must be {kept}", "bytes")
        self.acked, self._value = True, value
        if size == 0:
            self._finish()
        return True

    def output(self, value: Dict[str, Any]) -> None:
        """Takes the message before a piece of output."""
        self._next = Piece(value["type"], int(value["offset"]), b"")

    def body(self, chunk: bytes, remaining: int) -> None:
        if self._value:
            self._kept += chunk
            if remaining == 0:
                self._finish()
            return
        piece = self._next._replace(bytes=chunk)
        self._next = piece._replace(offset=piece.offset + len(chunk), bytes=b"")
        if self._left:
            return
        self._pieces.append(piece)
        self._waiting += len(chunk)
        while self._waiting - len(self._pieces[0].bytes) >= WAITING_BYTES:
            self._waiting -= len(self._pieces.popleft().bytes)

    def _finish(self) -> None:
        value, at, outputs = self._value, 0, []
        for one in _streams_of(value):
            outputs.append(bytes(self._kept[at : at + int(one.get("bytes", 0))]))
            at += len(outputs[-1])
        build = None
        if "build" in value:
            build = Ended(**ended_fields(value["build"], outputs[0], outputs[1]))
        self._result = Result(
            **ended_fields(value, outputs[-2], outputs[-1]),
            survivors=int(value["survivors"]),
            timing={name: float(ms) for name, ms in value["timing"].items()},
            build=build,
        )
        self.done = True

    def _stop(self) -> None:
        """The caller's own function has raised."""
        if not self.done:
            self._line.tell({"type": "cancel"})

    # For the caller.

    @property
    def over(self) -> bool:
        """Whether the run has ended, and its samples were all handed over."""
        return self.done and self.usage.settled

    @property
    def is_full(self) -> bool:
        """Whether so much output waits for its reader that the connection should not be read."""
        return self._reading and self._waiting >= WAITING_BYTES

    def wait_begun(self) -> Operation[None]:
        """Waits until the agent has taken the request, before it works on it."""
        yield lambda: self.acked or self.done
        if self.error is not None and not self.acked:
            raise self.error

    def wait_result(self) -> Operation[Result]:
        """Waits for the end."""
        yield lambda: self.over
        if self.usage.raised is not None:
            raise self.usage.raised
        if self._result is None:
            raise self.error or ProtocolBroken("is missing", "result")
        return self._result

    def next_piece(self) -> Operation[Optional[Piece]]:
        """Waits for the next piece; None at the end."""
        if not self.streams:
            raise TypeError("Cannot iterate: the run does not stream its output")
        self._reading = True
        yield lambda: bool(self._pieces) or self.over
        if self._pieces:
            piece = self._pieces.popleft()
            self._waiting -= len(piece.bytes)
            return piece
        failure = self.usage.raised or self.error
        if failure is not None:
            raise failure
        return None

    def leave(self) -> None:
        """Nobody reads the rest of the output."""
        self._left, self._waiting = True, 0
        self._pieces.clear()

    def send_input(self, data: bytes) -> Operation[None]:
        """Sends input as the agent takes it. What is left at the run's end is dropped."""
        yield from self._input_begun()
        for piece in self.input.pieces_of(data):
            yield lambda: self.done or self.input.room >= len(piece)
            if self.done:
                return
            self.input.send(piece)
            yield self._line.is_flushed

    def end_input(self) -> Operation[None]:
        """Says that no more input comes."""
        yield from self._input_begun()
        yield from self.say({"type": "stdin", "eof": True})

    def _input_begun(self) -> Operation[None]:
        yield lambda: self.acked or self.done
        if not self.done and not self.input.is_open:
            raise TypeError("Cannot send standard input: the run did not ask to stream it")

    def say(self, message: Dict[str, Any]) -> Operation[None]:
        """Sends a message about this run; after its end there is nothing to say."""
        if not self.done:
            self._line.tell(message)
            yield self._line.is_flushed


def _streams_of(value: Dict[str, Any]) -> List[Dict[str, Any]]:
    """The streams whose bytes follow a result, in their order: the build's, then the run's."""
    ends = [value["build"], value] if "build" in value else [value]
    return [end[name] for end in ends for name in ("stdout", "stderr")]
