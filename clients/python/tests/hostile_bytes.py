"""What a hostile agent may send: bytes that are no message, and messages that are wrong."""

import copy
import json
from typing import Any, Dict, Iterator, Tuple

from .hostile_agent import line

_STREAM = {"total": 1, "dropped": 0}

#: A good message of each kind, for a request whose id is 1.
GOOD: Dict[str, Dict[str, Any]] = {
    "ready": {"protocol": 1, "agent": "x"},
    "ack": {"id": 1, "stdin_window": 10},
    "stdin": {"taken": 0},
    "stdout": {"offset": 0, "bytes": 0},
    "stderr": {"offset": 0, "bytes": 0},
    "usage": {"wall_ms": 1, "cpu_ms": 1, "memory_bytes": 1, "processes": 1},
    "result": {
        "id": 1,
        "status": "exited",
        "exit_code": 0,
        "wall_ms": 1,
        "cpu_user_ms": 1,
        "cpu_system_ms": 1,
        "memory_peak_bytes": 1,
        "memory_source": "none",
        "stdout": _STREAM,
        "stderr": _STREAM,
        "denied": [{"syscall": "mount", "count": 1}],
        "survivors": 0,
        "timing": {"run_ms": 1},
    },
    "file": {"id": 1, "path": "x", "bytes": 0},
    "files": {
        "id": 1,
        "entries": [{"name": "a", "kind": "symlink", "size": 1, "mode": 1, "target": "b"}],
    },
    "done": {"id": 1},
    "pong": {"id": 1},
    "info": {
        "id": 1,
        "agent": "x",
        "protocol": 1,
        "languages": [{"name": "sh", "level": "bare", "profiles": ["strict"]}],
        "limits": {"a": 1, "b": {"default": 1, "max": 2}},
        "hardening": [{"layer": "x", "on": True}],
    },
    "error": {"id": 1, "code": "busy", "message": "x", "field": "y"},
}

#: Values of every type, one of which is wrong for any field.
_VALUES = (None, True, -1, 1.5, 1 << 70, "x", "\ud800", [], [[]], {}, {"x": 1})

_FAR = b"9" * 900_000


def not_messages() -> Iterator[Tuple[str, bytes]]:
    """Bytes after which a client cannot go on."""
    yield "no JSON", b"hello\n"
    yield "an empty line", b"\n"
    yield "an array", b"[]\n"
    yield "a number", b"7\n"
    yield "NaN", b'{"type":"pong","id":NaN}\n'
    yield "a NUL", b"\0" * 10 + b"\n"
    yield "not UTF-8", b'{"type":"\xff"}\n'
    yield "nested deeply, and closed", b'{"a":' * 400 + b"1" + b"}" * 400 + b"\n"
    yield "an exponent", b'{"type":"stdout","offset":1e999999999,"bytes":0}\n'
    yield "a body that is too large", line({"type": "pong", "id": 1, "bytes": (1 << 28) + 1})
    for size in (-1, 1.5, "1", True, None, [1], 1 << 70):
        yield f"a body of {size!r}", line({"type": "pong", "id": 1, "bytes": size})
    for kind in (None, 7, [], {}, "", "nothing", "__class__", "x" * 1000, "\ud800", "run"):
        yield f"the type {str(kind)[:20]!r}", line({"type": kind, "id": 1})
    yield "no type", b"{}\n"
    for kind, fields in GOOD.items():
        yield f"{kind} with a field more", line({"type": kind, **fields, "more": 1})
        for id in (7, -1, "1", 1.5, 1 << 70, None, True, [], {}):
            if "id" in fields and kind != "error":
                yield f"{kind} for {id!r}", line({"type": kind, **fields, "id": id})


def long_lines() -> Iterator[Tuple[str, bytes]]:
    """The same, of about a megabyte: what takes longer than its length is noticed."""
    yield "many empty lines", b"\n" * 100_000
    yield "a line that does not end", b"x" * ((1 << 20) + 1)
    yield "nested deeply", b"[" * 500_000 + b"\n"
    yield "strings that do not end", b"{" * 17 + b'"' + b'\\"' * 500_000 + b"\\\n"
    yield "quotes", b"[" * 17 + b'"' * 1_000_000 + b"\n"
    yield "a number of many digits", b'{"type":"pong","id":' + _FAR + b"}\n"
    yield "a fraction of many digits", b'{"type":"stdout","offset":1.5' + _FAR + b',"bytes":0}\n'
    yield "a body of many digits", b'{"type":"pong","id":1,"bytes":' + _FAR + b"}\n"


def wrong_messages() -> Iterator[Tuple[str, bytes]]:
    """Messages with a field left out or of another type, each field of each kind, at any depth.

    Some are still right, so that a client may also take them.
    """
    for kind, fields in GOOD.items():
        for path in _paths(fields):
            name = ".".join(map(str, path))
            yield f"{kind} without {name}", line({"type": kind, **_changed(fields, path, None, True)})
            for value in _VALUES:
                changed = _changed(fields, path, value, False)
                yield f"{kind}, {name}: {json.dumps(value)[:12]}", line({"type": kind, **changed})


def _paths(value: Any, above: Tuple[Any, ...] = ()) -> Iterator[Tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, one in items:
        yield (*above, key)
        if isinstance(one, (dict, list)):
            yield from _paths(one, (*above, key))


def _changed(fields: Dict[str, Any], path: Tuple[Any, ...], value: Any, out: bool) -> Any:
    fields = copy.deepcopy(fields)
    at: Any = fields
    for key in path[:-1]:
        at = at[key]
    if out:
        del at[path[-1]]
    else:
        at[path[-1]] = value
    return fields
