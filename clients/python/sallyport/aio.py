"""The asynchronous client, for asyncio: the same names as the synchronous one, to be awaited.

`async with connect(target) as client` or `client = await connect(target)`. One client belongs to
one event loop.
"""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import TYPE_CHECKING, Any, AsyncIterator, Generator, List, Optional, Type, Union

from . import _directories as directories
from . import _operations as operations
from ._aio_driver import AsyncDriver
from ._info import Info
from ._listing import Listing
from ._options import STREAM, RunRequest, bytes_of, run_request
from ._results import Entry, Piece, Result, Transferred
from ._run import RunState
from ._target import Target, parse_target

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ._options import RunOptions


class connect:  # noqa: N801 -- it is called like a function
    """Connects to an agent and waits until it is ready: to be awaited, or for `async with`.

    Raises what `sallyport.connect` raises.
    """

    def __init__(self, target: Union[str, Target], *, timeout_ms: float = 5000) -> None:
        self._target = target
        self._timeout_ms = timeout_ms
        self._client: Optional[Client] = None

    def __await__(self) -> Generator[Any, None, Client]:
        return self._connect().__await__()

    async def _connect(self) -> Client:
        target = parse_target(self._target) if isinstance(self._target, str) else self._target
        driver = await AsyncDriver.open(target, self._timeout_ms)
        return Client(driver, driver.connection.agent or "")

    async def __aenter__(self) -> Client:
        self._client = await self._connect()
        return self._client

    async def __aexit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        if self._client is not None:
            await self._client.close()


class Client:
    """A connection to an agent. Closing it cancels its run and drops its sandbox."""

    def __init__(self, driver: AsyncDriver, agent: str) -> None:
        """Made by `connect`."""
        self._driver = driver
        self._connection = driver.connection
        #: The agent's version.
        self.agent = agent

    async def run(self, **options: Unpack[RunOptions]) -> Result:
        """Runs a program to its end; RunOptions are the keyword arguments.

        Raises RequestError when the agent refused, and ConnectionLost. A task that is cancelled
        cancels the program.
        """
        request = run_request(**options)
        if options.get("stdin") is STREAM:
            raise TypeError("Cannot run: for stdin=STREAM use start()")
        run = self._start(request)
        try:
            return await self._driver.drive(operations.run_to_end(run))
        except BaseException:
            self._connection.give_up(run)
            self._driver.send()
            raise

    async def start(self, **options: Unpack[RunOptions]) -> Run:
        """Starts a program, and returns at once. Its output streams unless `stream` is False."""
        request = run_request(**{"stream": True, **options})  # type: ignore[arg-type]
        return Run(self._driver, self._start(request))

    def _start(self, request: RunRequest) -> RunState:
        run = operations.start(self._connection, request)
        self._driver.send()
        return run

    async def put(
        self, path: str, content: Union[str, bytes], *, mode: Optional[int] = None
    ) -> None:
        """Writes a file of the sandbox directory; its permission bits are 0o644 without `mode`."""
        await self._driver.drive(operations.put(self._connection, path, content, mode))

    async def get(self, path: str) -> bytes:
        """Reads a file of the sandbox directory."""
        return await self._driver.drive(operations.get(self._connection, path))

    async def mkdir(self, path: str, *, mode: Optional[int] = None) -> None:
        """Makes a directory, and those above it. One that is there stays."""
        await self._driver.drive(operations.mkdir(self._connection, path, mode))

    async def link(self, path: str, target: str) -> None:
        """Makes a symbolic link that says `target`. It replaces a file or a link."""
        await self._driver.drive(operations.link(self._connection, path, target))

    async def remove(self, path: str, *, recursive: bool = False) -> None:
        """Removes a file, a link or an empty directory; `recursive`: also all that is in it."""
        await self._driver.drive(operations.remove(self._connection, path, recursive))

    async def list(self, path: Optional[str] = None, *, recursive: bool = False) -> List[Entry]:
        """Lists a directory below the sandbox directory, or itself, sorted by name."""
        return await self._driver.drive(operations.list_entries(self._connection, path, recursive))

    async def list_pages(
        self, path: Optional[str] = None, *, recursive: bool = False
    ) -> AsyncIterator[List[Entry]]:
        """The same, a page at a time and each only when it is asked for, in the agent's order."""
        listing = Listing(self._connection, path, recursive)
        while not listing.done:
            yield await self._driver.drive(operations.list_page(listing))

    async def put_directory(self, source: str, to: str = ".") -> Transferred:
        """Writes a directory of this machine, with all in it, below the sandbox directory."""
        return await self._driver.drive(directories.put_directory(self._connection, source, to))

    async def get_directory(
        self, source: str, to: str, *, max_bytes: int = directories.MAX_BYTES
    ) -> Transferred:
        """Fetches a directory of the sandbox, with all that is safe, into one of this machine.
        ValueError: its files have more than `max_bytes` together."""
        fetching = directories.get_directory(self._connection, source, to, max_bytes)
        return await self._driver.drive(fetching)

    async def reset(self, *, restored: bool = False) -> None:
        """Throws the sandbox away and makes a new one; `restored`: after a snapshot was restored,
        also gives the machine this host's time and fresh randomness."""
        await self._driver.drive(operations.reset(self._connection, restored))

    async def ping(self) -> float:
        """Asks for a sign of life. Returns the milliseconds it took."""
        return await self._driver.drive(operations.ping(self._connection))

    async def info(self) -> Info:
        """Versions, languages, limits, and every layer of hardening."""
        return await self._driver.drive(operations.info(self._connection))

    async def close(self) -> None:
        """Closes the connection. What is pending in other tasks fails."""
        await self._driver.close()

    async def __aenter__(self) -> Client:
        return self

    async def __aexit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        await self.close()


class Run:
    """A run that was started. Iterating it gives its output, for one reader."""

    def __init__(self, driver: AsyncDriver, state: RunState) -> None:
        """Made by `Client.start`."""
        self._driver = driver
        self._state = state
        #: Its standard input, for a run with `stdin=STREAM`.
        self.stdin = Stdin(driver, state)

    async def __aiter__(self) -> AsyncIterator[Piece]:
        """The output as it comes. It ends with the run; leaving early drops the rest."""
        try:
            while (piece := await self._driver.drive(self._state.next_piece())) is not None:
                yield piece
        finally:
            self._state.leave()
            self._driver.settle()

    async def wait_begun(self) -> None:
        """Waits until the agent has taken the request. Raises what `result` raises."""
        await self._driver.drive(self._state.wait_begun())

    async def result(self) -> Result:
        """Waits for the end. Of output that nobody reads meanwhile, the last 1 MiB waits."""
        return await self._driver.drive(self._state.wait_result())

    async def signal(self, name: str) -> None:
        """Sends a signal, such as "SIGUSR1", to the program's process group."""
        await self._driver.drive(self._state.say({"type": "signal", "signal": name}))

    async def cancel(self) -> None:
        """SIGTERM, and SIGKILL after the grace period; the result then says "cancelled"."""
        await self._driver.drive(self._state.say({"type": "cancel"}))


class Stdin:
    """The standard input of a run, for one writer."""

    def __init__(self, driver: AsyncDriver, state: RunState) -> None:
        self._driver = driver
        self._state = state

    async def write(self, data: Union[str, bytes]) -> None:
        """Sends it, and waits while the agent has as much as it takes (about 1 MiB beyond what the
        program has read). After the run's end it is dropped."""
        await self._driver.drive(self._state.send_input(bytes_of(data)))
        if self._state.done:
            await asyncio.sleep(0)  # who writes without end must still hear of the end

    async def close(self) -> None:
        """Ends the input."""
        await self._driver.drive(self._state.end_input())

    async def __aenter__(self) -> Stdin:
        return self

    async def __aexit__(self, *_: Any) -> None:
        await self.close()
