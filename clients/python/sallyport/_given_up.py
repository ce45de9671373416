"""A run whose caller was interrupted, and the runs that wait for its end.

The agent runs one program at a time for a connection. Whoever goes on after an interrupt would be
refused until the cancelled program has ended.
"""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Tuple

from ._run import RunState

#: The message of a run, its state, and the code behind it.
Held = Tuple[Dict[str, Any], RunState, Optional[bytes]]


class GivenUp:
    """At most one run that was given up, and those behind it."""

    def __init__(self) -> None:
        self._run: Optional[RunState] = None
        self._held: List[Held] = []

    def add(self, run: RunState) -> bool:
        """Gives a run up. Returns whether it was sent, and is to be cancelled."""
        held = [one for one in self._held if one[1] is not run]
        if len(held) < len(self._held):
            self._held = held
            return False
        self._run = run
        return True

    def holds(self, message: Dict[str, Any], run: RunState, body: Optional[bytes]) -> bool:
        """Keeps a run until it may be sent. Returns False if it may be now."""
        if self._run is None or self._run.done:
            return False
        self._held.append((message, run, body))
        return True

    def released(self) -> List[Held]:
        """The runs that may be sent now."""
        return self.dropped() if self._run is not None and self._run.done else []

    def dropped(self) -> List[Held]:
        """All runs that wait; none are left."""
        held, self._held = self._held, []
        return held
