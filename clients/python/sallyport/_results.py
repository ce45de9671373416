"""What a caller gets: results of runs, pieces of output, samples, entries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, List, NamedTuple, Optional


class Output(bytes):
    """All of one stream that was kept or collected, with what became of the rest."""

    #: Bytes that the program wrote.
    total: int
    #: Bytes that were overwritten before they could be sent.
    dropped: int

    @classmethod
    def of(cls, content: bytes, stream: Dict[str, Any]) -> Output:
        """The content, with the counts of a result's `stdout` or `stderr`."""
        output = cls(content)
        output.total, output.dropped = int(stream["total"]), int(stream["dropped"])
        return output

    def text(self, encoding: str = "utf-8", errors: str = "replace") -> str:
        """As text; what is not in that encoding becomes U+FFFD."""
        return self.decode(encoding, errors)


class Piece(NamedTuple):
    """A piece of a run's output."""

    #: "stdout" or "stderr".
    stream: str
    #: Where the piece begins in its stream. A gap is output that was overwritten.
    offset: int
    bytes: bytes

    def text(self, encoding: str = "utf-8", errors: str = "replace") -> str:
        """As text; a character that is cut in two by the piece's end is replaced."""
        return self.bytes.decode(encoding, errors)


class Usage(NamedTuple):
    """A sample of a running job."""

    wall_ms: float
    cpu_ms: float
    memory_bytes: int
    processes: int


@dataclass(frozen=True)
class Denied:
    """A system call that was refused, and how often."""

    syscall: str
    count: int


@dataclass(frozen=True)
class Ended:
    """How a program ended and what it used. Times are milliseconds, sizes bytes."""

    #: "exited", "signaled", "timeout", "limit", "cancelled", "failed" or "build".
    status: str
    exit_code: Optional[int]
    #: The signal that ended it, such as "SIGSEGV".
    signal: Optional[str]
    #: The limit that ended it: "cpu", "memory", "processes", "file_size", "output" or "denied".
    limit: Optional[str]
    #: What the agent could not do, where the status is "failed", and the system's error.
    step: Optional[str]
    errno: Optional[str]
    wall_ms: float
    cpu_user_ms: float
    cpu_system_ms: float
    memory_peak_bytes: int
    memory_source: str
    stdout: Output
    stderr: Output
    #: Refused system calls, most frequent first.
    denied: List[Denied]
    #: More were refused than `denied` counts.
    denied_more: bool

    @property
    def ok(self) -> bool:
        """Whether it exited with 0."""
        return self.status == "exited" and self.exit_code == 0

    @property
    def timed_out(self) -> bool:
        """Whether it was ended at its deadline."""
        return self.status == "timeout"


@dataclass(frozen=True)
class Result(Ended):
    """The result of a run."""

    #: Processes that the program left and the sandbox ended.
    survivors: int
    #: Milliseconds between the agent's marks, by name.
    timing: Dict[str, float]
    #: How the build step ended, where the language has one and code was sent.
    build: Optional[Ended]


class Entry(NamedTuple):
    """One entry of a directory."""

    #: With `recursive`, the path below the listed directory.
    name: str
    #: "file", "directory", "symlink" or "other".
    kind: str
    size: int
    mode: int
    #: A symbolic link's text.
    target: Optional[str]
    #: The name is not UTF-8, and no request can say it.
    escaped: bool


class Transferred(NamedTuple):
    """What a transfer of a directory did."""

    files: int
    bytes: int
    #: What was left out: no file, a link that leads outside, or a name that no request can say.
    skipped: List[str]


def ended_fields(value: Dict[str, Any], stdout: bytes, stderr: bytes) -> Dict[str, Any]:
    """The fields of an Ended, from a checked message and the output behind it."""
    exit_code = value.get("exit_code")
    return {
        "status": value["status"],
        "exit_code": None if exit_code is None else int(exit_code),
        **{name: value.get(name) for name in ("signal", "limit", "step", "errno")},
        **{name: float(value[name]) for name in ("wall_ms", "cpu_user_ms", "cpu_system_ms")},
        "memory_peak_bytes": int(value["memory_peak_bytes"]),
        "memory_source": value["memory_source"],
        "stdout": Output.of(stdout, value["stdout"]),
        "stderr": Output.of(stderr, value["stderr"]),
        "denied": [Denied(one["syscall"], int(one["count"])) for one in value["denied"]],
        "denied_more": value.get("denied_more", False),
    }


def usage_of(value: Dict[str, Any]) -> Usage:
    """A sample, from a checked message."""
    return Usage(
        float(value["wall_ms"]),
        float(value["cpu_ms"]),
        int(value["memory_bytes"]),
        int(value["processes"]),
    )


def entry_of(value: Dict[str, Any]) -> Entry:
    """An entry, from a checked message."""
    return Entry(
        value["name"],
        value["kind"],
        int(value["size"]),
        int(value["mode"]),
        value.get("target"),
        value.get("escaped", False),
    )
