"""Reads the protocol's test vectors. A text is a string, or a list of parts: see bytes_of."""

import json
import os
from typing import Any, Dict

FOLDER = os.path.join(os.path.dirname(__file__), "..", "..", "..", "protocol", "vectors")


def vectors_of(name: str) -> Dict[str, Any]:
    """One file of vectors."""
    with open(os.path.join(FOLDER, f"{name}.json"), encoding="utf-8") as file:
        value: Dict[str, Any] = json.load(file)
    return value


def bytes_of(parts: Any) -> bytes:
    """The bytes of a text, of `{"hex"}`, of `{"repeat", "times"}`, or of a list of these."""
    if isinstance(parts, list):
        return b"".join(map(bytes_of, parts))
    if isinstance(parts, str):
        return parts.encode()
    if "hex" in parts:
        return bytes.fromhex(parts["hex"])
    return str(parts["repeat"]).encode() * int(parts["times"])
