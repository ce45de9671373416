"""The synchronous client: `connect(target)`, and a method for each thing an agent can do.

Several threads may use one client. The agent answers its requests in order, and runs one at a time.
"""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Any, Iterator, List, Optional, Type, Union

from . import _directories as directories
from . import _operations as operations
from ._info import Info
from ._listing import Listing
from ._options import STREAM, RunRequest, bytes_of, run_request
from ._results import Entry, Piece, Result, Transferred
from ._run import RunState
from ._target import Target, parse_target
from ._wait import Driver

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ._options import RunOptions


def connect(target: Union[str, Target], *, timeout_ms: float = 5000) -> Client:
    """Connects to an agent and waits until it is ready.

    `target` is "unix:PATH", "vsock:CID:PORT" or "firecracker:SOCKET:PORT". Raises ConnectError when
    nobody answers there in time, and RequestError ("busy") when the agent serves as many
    connections as it can.
    """
    driver = Driver(parse_target(target) if isinstance(target, str) else target, timeout_ms)
    try:
        agent = driver.drive(driver.connection.wait_ready())
    except BaseException:
        driver.close()
        raise
    driver.no_deadline()
    return Client(driver, agent)


class Client:
    """A connection to an agent. Closing it cancels its run and drops its sandbox."""

    def __init__(self, driver: Driver, agent: str) -> None:
        """Made by `connect`."""
        self._driver = driver
        self._connection = driver.connection
        #: The agent's version.
        self.agent = agent

    def run(self, **options: Unpack[RunOptions]) -> Result:
        """Runs a program to its end; RunOptions are the keyword arguments.

        However it ended is a result, a timeout too. Raises RequestError when the agent refused, and
        ConnectionLost. A KeyboardInterrupt cancels the program.
        """
        request = run_request(**options)
        if options.get("stdin") is STREAM:
            raise TypeError("Cannot run: for stdin=STREAM use start()")
        run = self._start(request)
        try:
            return self._driver.drive(operations.run_to_end(run))
        except BaseException:
            self._driver.now(lambda: self._connection.give_up(run))
            raise

    def start(self, **options: Unpack[RunOptions]) -> Run:
        """Starts a program, and returns at once. Its output streams unless `stream` is False.

        What `stdin` holds is sent while you read the output or wait.
        """
        request = run_request(**{"stream": True, **options})  # type: ignore[arg-type]
        return Run(self._driver, self._start(request))

    def _start(self, request: RunRequest) -> RunState:
        return self._driver.now(lambda: operations.start(self._connection, request))

    def put(self, path: str, content: Union[str, bytes], *, mode: Optional[int] = None) -> None:
        """Writes a file of the sandbox directory; its permission bits are 0o644 without `mode`."""
        self._driver.drive(operations.put(self._connection, path, content, mode))

    def get(self, path: str) -> bytes:
        """Reads a file of the sandbox directory."""
        return self._driver.drive(operations.get(self._connection, path))

    def mkdir(self, path: str, *, mode: Optional[int] = None) -> None:
        """Makes a directory, and those above it. One that is there stays."""
        self._driver.drive(operations.mkdir(self._connection, path, mode))

    def link(self, path: str, target: str) -> None:
        """Makes a symbolic link that says `target`. It replaces a file or a link."""
        self._driver.drive(operations.link(self._connection, path, target))

    def remove(self, path: str, *, recursive: bool = False) -> None:
        """Removes a file, a link or an empty directory; `recursive`: also all that is in it."""
        self._driver.drive(operations.remove(self._connection, path, recursive))

    def list(self, path: Optional[str] = None, *, recursive: bool = False) -> List[Entry]:
        """Lists a directory below the sandbox directory, or itself, sorted by name."""
        return self._driver.drive(operations.list_entries(self._connection, path, recursive))

    def list_pages(
        self, path: Optional[str] = None, *, recursive: bool = False
    ) -> Iterator[List[Entry]]:
        """The same, a page at a time and each only when it is asked for, in the agent's order."""
        listing = Listing(self._connection, path, recursive)
        while not listing.done:
            yield self._driver.drive(operations.list_page(listing))

    def put_directory(self, source: str, to: str = ".") -> Transferred:
        """Writes a directory of this machine, with all in it, below the sandbox directory."""
        return self._driver.drive(directories.put_directory(self._connection, source, to))

    def get_directory(
        self, source: str, to: str, *, max_bytes: int = directories.MAX_BYTES
    ) -> Transferred:
        """Fetches a directory of the sandbox, with all that is safe, into one of this machine.
        ValueError: its files have more than `max_bytes` together."""
        fetching = directories.get_directory(self._connection, source, to, max_bytes)
        return self._driver.drive(fetching)

    def reset(self, *, restored: bool = False) -> None:
        """Throws the sandbox away and makes a new one; `restored`: after a snapshot was restored,
        also gives the machine this host's time and fresh randomness."""
        self._driver.drive(operations.reset(self._connection, restored))

    def ping(self) -> float:
        """Asks for a sign of life. Returns the milliseconds it took."""
        return self._driver.drive(operations.ping(self._connection))

    def info(self) -> Info:
        """Versions, languages, limits, and every layer of hardening."""
        return self._driver.drive(operations.info(self._connection))

    def close(self) -> None:
        """Closes the connection. What is pending in other threads fails."""
        self._driver.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        self.close()


class Run:
    """A run that was started. Iterating it gives its output, for one reader."""

    def __init__(self, driver: Driver, state: RunState) -> None:
        """Made by `Client.start`."""
        self._driver = driver
        self._state = state
        #: Its standard input, for a run with `stdin=STREAM`.
        self.stdin = Stdin(driver, state)

    def __iter__(self) -> Iterator[Piece]:
        """The output as it comes. It ends with the run; leaving early drops the rest."""
        try:
            while (piece := self._driver.drive(self._state.next_piece())) is not None:
                yield piece
        finally:
            self._driver.now(self._state.leave)

    def wait_begun(self) -> None:
        """Waits until the agent has taken the request. Raises what `result` raises."""
        self._driver.drive(self._state.wait_begun())

    def result(self) -> Result:
        """Waits for the end. Of output that nobody reads meanwhile, the last 1 MiB waits."""
        return self._driver.drive(self._state.wait_result())

    def signal(self, name: str) -> None:
        """Sends a signal, such as "SIGUSR1", to the program's process group."""
        self._driver.drive(self._state.say({"type": "signal", "signal": name}))

    def cancel(self) -> None:
        """SIGTERM, and SIGKILL after the grace period; the result then says "cancelled"."""
        self._driver.drive(self._state.say({"type": "cancel"}))


class Stdin:
    """The standard input of a run."""

    def __init__(self, driver: Driver, state: RunState) -> None:
        self._driver = driver
        self._state = state

    def write(self, data: Union[str, bytes]) -> None:
        """Sends it, and waits while the agent has as much as it takes (about 1 MiB beyond what the
        program has read). After the run's end it is dropped."""
        self._driver.drive(self._state.send_input(bytes_of(data)))

    def close(self) -> None:
        """Ends the input."""
        self._driver.drive(self._state.end_input())

    def __enter__(self) -> Stdin:
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()
