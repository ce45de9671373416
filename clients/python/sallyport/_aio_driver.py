"""Moves bytes between an asyncio transport and a connection's state, and wakes whoever waits."""

from __future__ import annotations

import asyncio
from typing import List, Optional, Tuple, TypeVar, cast

from ._connection import Connection
from ._errors import ConnectError, ConnectionLost
from ._exchange import Operation, Ready
from ._target import Target, explained, new_socket

_Value = TypeVar("_Value")

#: The most bytes that are handed over at once.
_WRITE_BYTES = 1 << 18


class AsyncDriver(asyncio.Protocol):
    """A transport and the state of its connection."""

    def __init__(self, target: Target) -> None:
        self.connection = Connection(target.handshake)
        self._transport: Optional[asyncio.Transport] = None
        self._waiting: List[Tuple[Ready, asyncio.Future[None]]] = []
        self._reading = self._writing = True
        self._handed = 0
        self._gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @classmethod
    async def open(cls, target: Target, timeout_ms: float) -> AsyncDriver:
        """Connects, and waits until the agent is ready."""
        driver = cls(target)
        try:
            await asyncio.wait_for(driver._open(target), timeout_ms / 1000)
        except asyncio.TimeoutError as error:
            await driver.close()
            text = f'Agent at "{target}" was not ready after {timeout_ms:g} ms'
            raise ConnectError("timeout", text) from error
        except BaseException:
            await driver.close()
            raise
        return driver

    async def _open(self, target: Target) -> None:
        loop = asyncio.get_running_loop()
        sock = new_socket(target)
        try:
            sock.setblocking(False)
            await loop.sock_connect(sock, target.address)
            await loop.create_connection(lambda: self, sock=sock)
        except OSError as error:
            sock.close()
            raise explained(target, error) from error
        except BaseException:
            sock.close()
            raise
        await self.drive(self.connection.wait_ready())

    async def drive(self, operation: Operation[_Value]) -> _Value:
        """Carries an operation out."""
        try:
            while True:
                ready = next(operation)
                self.send()
                while not ready():
                    await self._until(ready)
        except StopIteration as stop:
            return cast(_Value, stop.value)
        finally:
            operation.close()
            self.settle()

    async def _until(self, ready: Ready) -> None:
        waiter = (ready, asyncio.get_running_loop().create_future())
        self._waiting.append(waiter)
        self.settle()
        try:
            await waiter[1]
        finally:
            if waiter in self._waiting:
                self._waiting.remove(waiter)

    async def close(self) -> None:
        """Closes the transport; whoever waits gets ConnectionLost."""
        self.connection.lose(ConnectionLost("Connection was closed"))
        self._wake()
        if self._transport is not None:
            self._transport.abort()
            await self._gone

    def send(self) -> None:
        """Hands what is queued to the transport, as long as the system takes it at once."""
        transport = self._transport
        while transport is not None and self._writing and not transport.is_closing():
            chunk = self.connection.outbox.chunk
            if chunk is None:
                return
            self._handed = min(len(chunk), _WRITE_BYTES)
            transport.write(chunk[: self._handed])
            self._took()

    def _took(self) -> None:
        """What was handed over counts as sent when the transport keeps nothing of it."""
        if self._writing and self.connection.outbox.chunk is not None:
            self.connection.outbox.took(self._handed)

    def settle(self) -> None:
        """Stops to read while a reader has enough to take and nobody waits for anything else."""
        wanted = not self.connection.is_full or bool(self._waiting)
        if self._transport is None or self._transport.is_closing() or wanted == self._reading:
            return
        self._reading = wanted
        if wanted:
            self._transport.resume_reading()
        else:
            self._transport.pause_reading()

    def _wake(self) -> None:
        for waiter in list(self._waiting):
            if waiter[0]():
                self._waiting.remove(waiter)
                if not waiter[1].done():
                    waiter[1].set_result(None)

    # From the transport.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        # It pauses while it keeps anything, so that what was not sent is known.
        self._transport.set_write_buffer_limits(high=0)
        self.send()

    def data_received(self, data: bytes) -> None:
        self.connection.receive(data)
        while self.connection.calls:
            call = self.connection.calls.popleft()
            try:
                call.make()
            finally:
                call.settle()
        self.send()
        self._wake()
        self.settle()
        if self.connection.closed is not None and self._transport is not None:
            self._transport.abort()

    def eof_received(self) -> bool:
        self.connection.receive(b"")
        self._wake()
        return False

    def connection_lost(self, error: Optional[Exception]) -> None:
        reason = "Agent closed the connection" if error is None else f"Connection was lost: {error}"
        self.connection.lose(ConnectionLost(reason))
        self._wake()
        if not self._gone.done():
            self._gone.set_result(None)

    def pause_writing(self) -> None:
        self._writing = False

    def resume_writing(self) -> None:
        self._writing = True
        self._took()
        self.send()
        self._wake()
