"""One line of bytes to one JSON object, as strictly as the agent reads it.

Python's parser takes more than JSON (NaN), and recurses. What it would take too much is refused.
"""

from __future__ import annotations

import json
import re
from typing import Any, Dict

from ._errors import ProtocolBroken

#: Most levels of nested objects and arrays.
MAX_DEPTH = 16

#: A string, or what is left of one. It matches at every quote, and so never goes back.
_STRING = re.compile(r'"(?:[^"\\]+|\\.?)*"?', re.S)

#: Digits that no number of the protocol has. Reading many takes their square in time.
_MOST_DIGITS = 64


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _integer(digits: str) -> Any:
    return int(digits) if len(digits) <= _MOST_DIGITS else float(digits)


_decoder = json.JSONDecoder(parse_constant=_no_constant, parse_int=_integer)


def parse_line(line: bytes) -> Dict[str, Any]:
    """Parses one line, without its newline. Raises ProtocolBroken."""
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        raise ProtocolBroken("must be UTF-8") from None
    if _too_deep(text):
        raise ProtocolBroken(f"must be nested at most {MAX_DEPTH} deep")
    try:
        value = _decoder.decode(text)
    except (ValueError, RecursionError):
        raise ProtocolBroken("must be one line of JSON") from None
    if not isinstance(value, dict):
        raise ProtocolBroken("must be a JSON object")
    return value


def encode_line(message: Dict[str, Any]) -> bytes:
    """The line of one message. A lone surrogate stays an escape, for the agent to refuse."""
    return json.dumps(message, separators=(",", ":"), allow_nan=False).encode("ascii") + b"\n"


def _too_deep(text: str) -> bool:
    if text.count("{") + text.count("[") <= MAX_DEPTH:
        return False
    depth = 0
    for sign in _STRING.sub("", text):
        if sign in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                return True
        elif sign in "]}":
            depth -= 1
    return False
