"""Moves bytes between a socket and a connection's state until something has come, in any thread.

One thread at a time reads; the others wait for what it finds. A thread that closes the connection,
or has something to send, wakes the one that reads.
"""

from __future__ import annotations

import select
import socket
import threading
import time
from typing import Callable, Optional, TypeVar

from ._connection import Connection
from ._errors import ConnectError, ConnectionLost
from ._exchange import Operation, Ready
from ._target import Target, explained, new_socket

_Value = TypeVar("_Value")

_READ_BYTES = 1 << 17


class Driver:
    """A socket and the state of its connection."""

    def __init__(self, target: Target, timeout_ms: float) -> None:
        self.connection = Connection(target.handshake)
        self._changed = threading.Condition()
        self._polling = False
        self._deadline: Optional[float] = time.monotonic() + timeout_ms / 1000
        self._timeout = ConnectError(
            "timeout", f'Agent at "{target}" was not ready after {timeout_ms:g} ms'
        )
        self._socket = new_socket(target)
        try:
            self._socket.settimeout(timeout_ms / 1000)
            self._socket.connect(target.address)
        except OSError as error:
            self._socket.close()
            if isinstance(error, socket.timeout):
                raise self._timeout from error
            raise explained(target, error) from error
        self._socket.setblocking(False)
        # Sockets, not a pipe: they go with a client that nobody closed.
        self._wake_read, self._wake_write = socket.socketpair()
        self._wake_read.setblocking(False)
        self._wake_write.setblocking(False)
        self._poll = select.poll()
        self._poll.register(self._wake_read, select.POLLIN)

    def no_deadline(self) -> None:
        """From now on waiting may take any time."""
        self._deadline = None

    def drive(self, operation: Operation[_Value]) -> _Value:
        """Carries an operation out."""
        try:
            with self._changed:
                while True:
                    ready = next(operation)
                    while not ready():
                        self._step(ready)
                        self._make_calls()
        except StopIteration as stop:
            value: _Value = stop.value
            return value
        finally:
            operation.close()

    def now(self, act: Callable[[], _Value]) -> _Value:
        """Changes the state, and sends what can be sent without waiting."""
        with self._changed:
            value = act()
            self._send()
            if self._polling and self.connection.outbox.chunk is not None:
                self._wake()
            return value

    def close(self) -> None:
        """Closes the socket; whoever waits gets ConnectionLost."""
        with self._changed:
            self.connection.lose(ConnectionLost("Connection was closed"))
            if self._socket.fileno() < 0:
                return
            self._wake()
            while self._polling:
                self._changed.wait()
            self._socket.close()
            self._wake_read.close()
            self._wake_write.close()

    def _step(self, ready: Ready) -> None:
        """Sends what can be sent, and waits until something came. The lock is held."""
        if self.connection.calls or (self._send() and ready()):
            return
        if self._polling:
            if self.connection.outbox.chunk is not None:
                self._wake()
            self._changed.wait()
            return
        self._polling = True
        try:
            self._wait_and_read()
        finally:
            self._polling = False
            self._changed.notify_all()

    def _wait_and_read(self) -> None:
        sends = self.connection.outbox.chunk is not None
        self._poll.register(self._socket, select.POLLIN | (select.POLLOUT if sends else 0))
        left = None if self._deadline is None else max(0.0, self._deadline - time.monotonic())
        self._changed.release()
        try:
            events = self._poll.poll(None if left is None else left * 1000)
        finally:
            self._changed.acquire()
        # A peer that always says something must not move the deadline.
        if self._deadline is not None and time.monotonic() >= self._deadline:
            return self.connection.lose(self._timeout)
        for fd, _ in events:
            if fd == self._wake_read.fileno():
                self._wake_read.recv(4096)
        try:
            self.connection.receive(self._socket.recv(_READ_BYTES))
        except (BlockingIOError, InterruptedError):
            pass
        except OSError as error:
            self.connection.lose(ConnectionLost(f"Connection was lost: {error.strerror}"))

    def _send(self) -> bool:
        """Sends as much as the system takes. Returns whether it took anything."""
        took = False
        while (chunk := self.connection.outbox.chunk) is not None:
            try:
                self.connection.outbox.took(self._socket.send(chunk))
                took = True
            except (BlockingIOError, InterruptedError):
                break
            except OSError:
                # The end of the other side says more than EPIPE: read what came before it.
                self.connection.outbox.drop()
                break
        return took

    def _wake(self) -> None:
        try:
            self._wake_write.send(b"x")
        except BlockingIOError:
            pass

    def _make_calls(self) -> None:
        """Calls what is due, without the lock: it may use the client."""
        while self.connection.calls:
            call = self.connection.calls.popleft()
            self._changed.release()
            try:
                call.make()
            finally:
                self._changed.acquire()
                call.settle()
                # The end of a run waits for its calls: in another thread, which may be reading.
                self._changed.notify_all()
                if self._polling:
                    self._wake()
