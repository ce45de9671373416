"""Checks of single values: what the rules of every message are made of."""

from __future__ import annotations

import math
from typing import Any, Callable, Dict, Mapping, Optional, Tuple

from ._errors import ProtocolBroken
from ._framing import integer_of

#: Checks one value; the text is the field's name.
Check = Callable[[Any, str], None]


def words(value: Any, field: str) -> None:
    if not isinstance(value, str):
        raise ProtocolBroken("must be a string", field)


def flag(value: Any, field: str) -> None:
    if not isinstance(value, bool):
        raise ProtocolBroken("must be true or false", field)


def milliseconds(value: Any, field: str) -> None:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not number or value < 0 or (isinstance(value, float) and not math.isfinite(value)):
        raise ProtocolBroken("must be a number that is not negative", field)


def integer(most: Optional[int] = None) -> Check:
    def check(value: Any, field: str) -> None:
        number = integer_of(value)
        if number is None or number < 0 or (most is not None and number > most):
            raise ProtocolBroken("must be an integer in its range", field)

    return check


def one_of(*known: str) -> Check:
    def check(value: Any, field: str) -> None:
        if not isinstance(value, str) or value not in known:
            raise ProtocolBroken(f"must be one of {', '.join(known)}", field)

    return check


def identifier(value: Any, field: str) -> None:
    if isinstance(value, str) and len(value) <= 64:
        return
    if integer_of(value) is None:
        raise ProtocolBroken("must be a string of at most 64 characters or an integer", field)


def each(item: Check) -> Check:
    def check(value: Any, field: str) -> None:
        if not isinstance(value, list):
            raise ProtocolBroken("must be an array", field)
        for index, one in enumerate(value):
            item(one, f"{field}.{index}")

    return check


def closed(fields: Mapping[str, Check]) -> Check:
    """An object with these fields; those whose name ends with "?" may be missing."""
    checks: Dict[str, Tuple[Check, bool]] = {
        name.rstrip("?"): (check, name.endswith("?")) for name, check in fields.items()
    }

    def check_all(value: Any, field: str) -> None:
        if not isinstance(value, dict):
            raise ProtocolBroken("must be an object", field or None)
        at = f"{field}." if field else ""
        for name, (check, optional) in checks.items():
            if name in value:
                check(value[name], at + name)
            elif not optional:
                raise ProtocolBroken("is missing", at + name)
        for name in value:
            if name not in checks:
                raise ProtocolBroken("is not a known field", at + name)

    return check_all
