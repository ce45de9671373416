"""One connection to an agent, without a socket: what to send, and what to make of what came.

The synchronous and the asynchronous client both move bytes in and out of this. The guest is the
less trusted side: a message that is not the protocol, or that nobody asked for, ends it all.
"""

from __future__ import annotations

from collections import deque
from typing import Any, Deque, Dict, Optional

from ._errors import ConnectError, ConnectionLost, ProtocolBroken, RequestError
from ._exchange import Answer, Exchange, Operation, Single
from ._framing import Body, Fault, Frame, Framing, integer_of
from ._given_up import GivenUp
from ._handshake import Handshake
from ._json_line import encode_line
from ._outbox import Outbox
from ._replies import check_reply
from ._results import usage_of
from ._run import RunState
from ._usage_calls import DueCall

PROTOCOL_VERSION = 1
#: What is accepted of an agent: more than any policy's output or file.
LINE_BYTES = 1 << 20
BODY_BYTES = 1 << 28
#: When a message came, by whether the agent had said that it is ready.
_WHEN = {False: "before it is ready", True: "a second time"}
#: The id of messages without an answer: a late error about them says nothing.
_UNANSWERED = 0


class Connection:
    """The state of one connection. `handshake` is the port to ask a monitor for."""

    def __init__(self, handshake: Optional[int] = None) -> None:
        self.agent: Optional[str] = None
        self.closed: Optional[Exception] = None
        #: Calls of `on_usage` that are due; the driver makes them when it holds no lock.
        self.calls: Deque[DueCall] = deque()
        self._framing = Framing(LINE_BYTES, BODY_BYTES)
        self._pending: Dict[int, Exchange] = {}
        self._running: Optional[RunState] = None
        self._body: Optional[Exchange] = None
        #: The request that is answered when the body that is coming ends.
        self._finished: Optional[int] = None
        self._last_id = _UNANSWERED
        self._given_up = GivenUp()
        #: What is to be sent.
        self.outbox = Outbox()
        self._handshake = None if handshake is None else Handshake(handshake)
        if self._handshake is not None:
            self.outbox.add(self._handshake.question)

    # Sending.

    def request(
        self, message: Dict[str, Any], exchange: Exchange, body: Optional[bytes] = None
    ) -> None:
        """Queues a request that is answered."""
        if self.closed is not None:
            return exchange.fail(self._lost_copy(False))
        line = encode_line({**message, "id": self._last_id + 1})
        self._last_id += 1
        self._pending[self._last_id] = exchange
        self.outbox.add(line, body)
        exchange.sent_at = self.outbox.added

    def request_run(self, message: Dict[str, Any], run: RunState, body: Optional[bytes]) -> None:
        """Queues a run, behind the end of one that was given up."""
        if self.closed is not None or not self._given_up.holds(message, run, body):
            self.request(message, run, body)

    def give_up(self, run: RunState) -> None:
        """Cancels a run for whose end its interrupted caller does not wait."""
        if not run.done and self._given_up.add(run):
            self.tell({"type": "cancel"})

    def ask(
        self, message: Dict[str, Any], kind: str, body: Optional[bytes] = None
    ) -> Operation[Answer]:
        """Queues a request at once, and waits for its one answer when it is driven."""
        exchange = Single(kind)
        self.request(message, exchange, body)
        return exchange.answer()

    def tell(self, message: Dict[str, Any], body: Optional[bytes] = None) -> None:
        """Queues a message that has no answer; on a closed connection it is lost."""
        if self.closed is None:
            self.outbox.add(encode_line({**message, "id": _UNANSWERED}), body)

    def is_flushed(self) -> bool:
        """Whether all that was queued was handed to the system, or never will be."""
        return self.outbox.chunk is None or self.closed is not None

    # Receiving.

    @property
    def is_full(self) -> bool:
        """Whether the running job's reader should catch up before more is read."""
        return self._running is not None and self._running.is_full

    def wait_ready(self) -> Operation[str]:
        """Waits for the agent's first line. Returns its version."""
        yield lambda: self.agent is not None or self.closed is not None
        if self.agent is None:
            raise self.closed or ConnectError("not_an_agent", "No agent answered")
        return self.agent

    def receive(self, data: bytes) -> None:
        """Takes bytes that came; none at all are the end."""
        if self.closed is not None:
            return
        try:
            if not data:
                raise ConnectionLost("Agent closed the connection")
            if self._handshake is not None:
                data = self._handshake.receive(data)
            for frame in self._framing.feed(data):
                self._take(frame)
            for held in self._given_up.released():
                self.request(*held)
        except ProtocolBroken as error:
            self.lose(ConnectionLost(f"Agent broke the protocol: {error}"))
        except (ConnectionLost, ConnectError, RequestError) as error:
            self.lose(error)

    def lose(self, error: Exception) -> None:
        """Ends everything that is pending."""
        if self.closed is not None:
            return
        if self.agent is None and isinstance(error, ConnectionLost):
            error = ConnectError("not_an_agent", f"No agent answered: {error}")
        self.closed = error
        self.outbox.drop()
        pending, self._pending, self._running = list(self._pending.values()), {}, None
        for _, run, _ in self._given_up.dropped():
            run.fail(self._lost_copy(False))
        for exchange in pending:
            began: Optional[bool] = None
            if self.outbox.sent < exchange.sent_at:
                began = False
            elif isinstance(exchange, RunState) and exchange.acked:
                began = True
            exchange.fail(self._lost_copy(began))

    def _lost_copy(self, began: Optional[bool]) -> ConnectionLost:
        """An error of its own for each who waits: a traceback belongs to one of them."""
        lost = ConnectionLost(str(self.closed), began)
        lost.__cause__ = self.closed
        return lost

    def _take(self, frame: Frame) -> None:
        if isinstance(frame, Fault):
            raise frame.error
        if not isinstance(frame, Body):
            return self._route(frame.value, frame.bytes)
        exchange, finished = self._body, self._finished
        if frame.remaining == 0:
            self._body = self._finished = None
        if exchange is not None:
            exchange.body(frame.chunk, frame.remaining)
            if frame.remaining == 0 and finished is not None:
                self._end(finished, exchange)

    def _route(self, value: Dict[str, Any], size: int) -> None:
        check_reply(value)
        kind = value["type"]
        if kind != "error" and (kind == "ready") == (self.agent is not None):
            raise ProtocolBroken(f'must not be "{kind}" {_WHEN[self.agent is not None]}', "type")
        if kind == "ready":
            if int(value["protocol"]) != PROTOCOL_VERSION:
                spoken = int(value["protocol"])
                raise ConnectionLost(f"Agent speaks protocol {spoken}, not {PROTOCOL_VERSION}")
            self.agent = value["agent"]
        elif kind in ("stdout", "stderr", "stdin", "usage"):
            self._route_running(kind, value)
        else:
            self._route_answer(kind, value, size)

    def _route_running(self, kind: str, value: Dict[str, Any]) -> None:
        run = self._running
        if run is None:
            raise ProtocolBroken(f'must not be "{kind}": no run is going on', "type")
        if kind == "stdin":
            run.input.taken(int(value["taken"]))
        elif kind == "usage":
            call = run.usage.due(usage_of(value))
            if call is not None:
                self.calls.append(call)
        else:
            run.output(value)
            self._body = run

    def _route_answer(self, kind: str, value: Dict[str, Any], size: int) -> None:
        id = value.get("id")
        number = integer_of(id)
        if number == _UNANSWERED and kind in ("done", "error"):
            return
        exchange = None if number is None else self._pending.get(number)
        if kind == "error":
            error = RequestError(value["code"], value.get("field"), value["message"])
            # Without an id it is about the connection: "busy", or a line the agent could not read.
            if exchange is None or number is None:
                raise error
            self._end(number, exchange)
            return exchange.fail(error)
        if exchange is None or number is None:
            raise ProtocolBroken(f'must not be "{kind}": nobody asked', "type")
        if kind == "ack" and isinstance(exchange, RunState):
            # A second one, of this run or another, would take the place of the run that goes on.
            if self._running is not None:
                raise ProtocolBroken('must not be "ack": a run is going on', "type")
            self._running = exchange
        if not exchange.reply(value, size):
            return
        if size == 0:
            return self._end(number, exchange)
        if self._running is exchange:
            self._running = None
        self._body, self._finished = exchange, number

    def _end(self, number: int, exchange: Exchange) -> None:
        self._pending.pop(number, None)
        if self._running is exchange:
            self._running = None
