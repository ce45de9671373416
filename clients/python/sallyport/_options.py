"""What to run: the fields of the protocol's `run`, by keyword, and the request they make."""

from __future__ import annotations

import inspect
from typing import Any, Callable, Dict, Mapping, NamedTuple, Optional, Sequence, TypedDict, Union

from ._results import Usage


class Stream:
    """The type of STREAM."""


#: The value of `stdin` for a run whose input is sent while it goes on.
STREAM = Stream()

#: Input of at most so many bytes goes with the request, longer input as the agent takes it.
_INLINE_BYTES = 1 << 14


class _Language(TypedDict):
    #: One of those that `info` names.
    language: str


class RunOptions(_Language, total=False):
    """Keyword arguments of `run` and `start`. Times are milliseconds, sizes bytes."""

    #: The program. Give either this or `entry`.
    code: Union[str, bytes]
    #: In place of code: the path of a program that was put before.
    entry: str
    #: "strict", or a wider profile that `info` names for the language.
    profile: str
    args: Sequence[str]
    env: Mapping[str, str]
    #: All of the standard input; or STREAM, for a started run.
    stdin: Union[str, bytes, Stream]
    #: Where the program starts, below the sandbox directory.
    cwd: str
    timeout_ms: int
    #: While the agent runs something else, wait in line for so long.
    wait_ms: int
    #: cpu_ms, cpu_percent, memory_bytes, processes, open_files, file_bytes, stack_bytes,
    #: output_total_bytes.
    limits: Mapping[str, int]
    #: `start`: output comes in pieces (the default). `run`: all of it is collected as it comes;
    #: without, the last 1 MiB of each stream is kept.
    stream: bool
    #: Keep the sandbox and its files for this connection's next run.
    keep: bool
    #: Called with a sample about every 100 ms. What it raises is the run's failure: the program is
    #: cancelled, and its result raises the same.
    on_usage: Callable[[Usage], object]


class RunRequest(NamedTuple):
    """A request, the code behind it, and the input that is sent after it."""

    message: Dict[str, Any]
    body: Optional[bytes]
    input: Optional[bytes]
    on_usage: Optional[Callable[[Usage], object]]

    @property
    def streams(self) -> bool:
        """Whether output comes in pieces."""
        return bool(self.message.get("stream"))


def run_request(
    *,
    language: str,
    code: Union[str, bytes, None] = None,
    entry: Optional[str] = None,
    profile: Optional[str] = None,
    args: Optional[Sequence[str]] = None,
    env: Optional[Mapping[str, str]] = None,
    stdin: Union[str, bytes, Stream, None] = None,
    cwd: Optional[str] = None,
    timeout_ms: Optional[int] = None,
    wait_ms: Optional[int] = None,
    limits: Optional[Mapping[str, int]] = None,
    stream: Optional[bool] = None,
    keep: Optional[bool] = None,
    on_usage: Optional[Callable[[Usage], object]] = None,
) -> RunRequest:
    """The request of these options. Raises TypeError for what cannot be a request at all."""
    if (code is None) == (entry is None):
        raise TypeError('Cannot run: give either "code" or "entry"')
    if inspect.iscoroutinefunction(on_usage):
        raise TypeError('Cannot run: "on_usage" must be a function, not a coroutine function')
    if isinstance(args, str):
        raise TypeError('Cannot run: "args" must be a list of strings, not one')
    body = None if code is None else bytes_of(code)
    message: Dict[str, Any] = {
        "type": "run",
        "language": language,
        "bytes": None if body is None else len(body),
        "entry": entry,
        "profile": profile,
        "args": None if args is None else list(args),
        "env": None if env is None else dict(env),
        "cwd": cwd,
        "timeout_ms": timeout_ms,
        "wait_ms": wait_ms,
        "limits": None if limits is None else dict(limits),
        "stream": stream or None,
        "usage": None if on_usage is None else True,
        "keep": keep or None,
    }
    later: Optional[bytes] = None
    if isinstance(stdin, str) and len(stdin) * 4 <= _INLINE_BYTES:
        message["stdin"] = {"text": stdin}
    elif stdin is not None:
        message["stdin"] = {"stream": True}
        later = None if isinstance(stdin, Stream) else bytes_of(stdin)
    return RunRequest(without_none(message), body, later, on_usage)


def bytes_of(content: Union[str, bytes, bytearray, memoryview]) -> bytes:
    """Text as UTF-8, and bytes as they are."""
    return content.encode("utf-8") if isinstance(content, str) else bytes(content)


def without_none(message: Dict[str, Any]) -> Dict[str, Any]:
    """The fields that are there."""
    return {name: value for name, value in message.items() if value is not None}
