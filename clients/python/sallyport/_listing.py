"""The pages of a listing, which end: each brings something new, and there are only so many.

An agent says itself whether there is more. One that is broken or hostile could say so for ever.
"""

from __future__ import annotations

from typing import Any, Dict, Optional, Set

from ._connection import Connection
from ._errors import ConnectionLost, ProtocolBroken
from ._exchange import Operation
from ._options import without_none

#: What a whole listing may have. A sandbox directory holds 32,768 files.
MOST_ENTRIES = 1 << 20
#: Of all names, targets and cursors.
MOST_CHARACTERS = 64 << 20


class Listing:
    """One listing. `next_page` until `done`."""

    def __init__(self, connection: Connection, path: Optional[str], recursive: bool) -> None:
        self._connection = connection
        self._message: Dict[str, Any] = {
            "type": "list",
            "path": path,
            "recursive": recursive or None,
        }
        self._cursors: Set[str] = set()
        self._entries = self._characters = 0
        self.done = False

    def next_page(self) -> Operation[Dict[str, Any]]:
        """The next answer. One that cannot lead to an end costs the connection."""
        value = (yield from self._connection.ask(without_none(self._message), "files")).value
        try:
            self._take(value)
        except ProtocolBroken as error:
            lost = ConnectionLost(f"Agent broke the protocol: {error}")
            self._connection.lose(lost)
            raise lost from error
        self.done = "cursor" not in value
        return value

    def _take(self, value: Dict[str, Any]) -> None:
        entries, cursor = value["entries"], value.get("cursor")
        self._entries += len(entries)
        for entry in entries:
            self._characters += len(entry["name"]) + len(entry.get("target", ""))
        if cursor is not None:
            if not entries:
                raise ProtocolBroken("must not be empty where there is more", "entries")
            if cursor in self._cursors:
                raise ProtocolBroken("must not be one that came before", "cursor")
            self._cursors.add(cursor)
            self._characters += len(cursor)
            self._message["cursor"] = cursor
        if self._entries > MOST_ENTRIES:
            raise ProtocolBroken(f"must be at most {MOST_ENTRIES} in all", "entries")
        if self._characters > MOST_CHARACTERS:
            rule = f"must have names of at most {MOST_CHARACTERS} characters in all"
            raise ProtocolBroken(rule, "entries")
