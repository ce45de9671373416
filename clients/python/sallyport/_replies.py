"""The rules of every message that an agent may send.

The guest is the less trusted side: a message with a field that is not here, or with a wrong one,
must never reach a caller.
"""

from __future__ import annotations

from typing import Any, Dict, Mapping

from ._errors import ProtocolBroken
from ._rules import Check, closed, each, flag, identifier, integer, milliseconds, one_of, words

ERROR_CODES = (
    "bad_request",
    "too_large",
    "unknown_language",
    "busy",
    "not_found",
    "forbidden_path",
    "no_space",
    "internal",
)
_BUILD_STATUSES = ("exited", "signaled", "timeout", "limit", "cancelled", "failed")
_LIMITS = ("cpu", "memory", "processes", "file_size", "output", "denied")


_count = integer()
_stream = closed({"total": _count, "dropped": _count, "bytes?": _count})
_TIMES = ("wait", "ahead_cpu", "ack", "write", "spawn", "first_output", "run", "collect")
_timing = closed({f"{name}_ms?": milliseconds for name in _TIMES})

_ended: Dict[str, Check] = {
    "exit_code?": integer(255),
    "signal?": words,
    "limit?": one_of(*_LIMITS),
    "step?": words,
    "errno?": words,
    "wall_ms": milliseconds,
    "cpu_user_ms": milliseconds,
    "cpu_system_ms": milliseconds,
    "memory_peak_bytes": _count,
    "memory_source": one_of("cgroup", "samples", "rusage", "none"),
    "stdout": _stream,
    "stderr": _stream,
    "denied": each(closed({"syscall": words, "count": _count})),
    "denied_more?": flag,
}


def _limit(value: Any, field: str) -> None:
    if isinstance(value, dict):
        try:
            return closed({"default": _count, "max": _count})(value, field)
        except ProtocolBroken:
            raise ProtocolBroken("must be a number or a range", field) from None
    _count(value, field)


def _limits(value: Any, field: str) -> None:
    if not isinstance(value, dict):
        raise ProtocolBroken("must be an object", field)
    for name, one in value.items():
        _limit(one, f"{field}.{name}")


_warm = closed({"cpu_ms": milliseconds, "memory_bytes": _count, "missing": each(words)})
_language = closed(
    {
        "name": words,
        "level": one_of("bare", "armed", "warm"),
        "profiles": each(words),
        "warm?": _warm,
    }
)
_entry = closed(
    {
        "name": words,
        "escaped?": flag,
        "kind": one_of("file", "directory", "symlink", "other"),
        "size": _count,
        "mode": _count,
        "target?": words,
    }
)
_output: Dict[str, Check] = {"offset": _count, "bytes": _count}
_answer: Dict[str, Check] = {"id?": identifier}


def _message(fields: Mapping[str, Check]) -> Check:
    return closed({"type": words, **fields})


_REPLIES: Dict[str, Check] = {
    "ready": _message({"protocol": _count, "agent": words}),
    "ack": _message({**_answer, "stdin_window?": _count}),
    "stdin": _message({"taken": _count}),
    "stdout": _message(_output),
    "stderr": _message(_output),
    "usage": _message(
        {
            "wall_ms": milliseconds,
            "cpu_ms": milliseconds,
            "memory_bytes": _count,
            "processes": _count,
        }
    ),
    "result": _message(
        {
            **_answer,
            "status": one_of(*_BUILD_STATUSES, "build"),
            **_ended,
            "build?": closed({"status": one_of(*_BUILD_STATUSES), **_ended}),
            "survivors": _count,
            "timing": _timing,
            "bytes?": _count,
        }
    ),
    "file": _message({**_answer, "path": words, "bytes": _count}),
    "files": _message({**_answer, "entries": each(_entry), "cursor?": words}),
    "done": _message(_answer),
    "pong": _message(_answer),
    "info": _message(
        {
            **_answer,
            "agent": words,
            "protocol": _count,
            "languages": each(_language),
            "limits": _limits,
            "prepared?": _count,
            "prepared_each?": closed({"memory_bytes": _count, "make_ms": milliseconds}),
            "hardening": each(closed({"layer": words, "on": flag, "why?": words})),
        }
    ),
    "error": _message({**_answer, "code": one_of(*ERROR_CODES), "message": words, "field?": words}),
}


def check_reply(value: Dict[str, Any]) -> None:
    """Raises ProtocolBroken, with the field, unless this is a message of the agent."""
    kind = value.get("type")
    if kind is None and "type" not in value:
        raise ProtocolBroken("is missing", "type")
    if not isinstance(kind, str) or kind not in _REPLIES:
        raise ProtocolBroken(f"must be one of {', '.join(_REPLIES)}", "type")
    _REPLIES[kind](value, "")
