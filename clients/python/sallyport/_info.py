"""What an agent says of itself."""

from __future__ import annotations

from typing import Any, Dict, List, NamedTuple, Optional, Union


class Language(NamedTuple):
    """A language, the level to which a job is prepared ahead, and the profiles a run may name."""

    name: str
    level: str
    profiles: List[str]
    warm: Optional[Dict[str, Any]]


class Layer(NamedTuple):
    """A layer of hardening."""

    layer: str
    on: bool
    why: Optional[str]


class Info(NamedTuple):
    """What an agent is."""

    agent: str
    protocol: int
    languages: List[Language]
    #: A number, or {"default": ..., "max": ...}.
    limits: Dict[str, Union[int, Dict[str, int]]]
    hardening: List[Layer]
    prepared: Optional[int]
    #: What each of them costs: {"memory_bytes": ..., "make_ms": ...}.
    prepared_each: Optional[Dict[str, Any]] = None


def info_of(value: Dict[str, Any]) -> Info:
    """The info, from a checked message."""
    return Info(
        value["agent"],
        int(value["protocol"]),
        [
            Language(one["name"], one["level"], one["profiles"], one.get("warm"))
            for one in value["languages"]
        ],
        value["limits"],
        [Layer(one["layer"], one["on"], one.get("why")) for one in value["hardening"]],
        value.get("prepared"),
        value.get("prepared_each"),
    )
