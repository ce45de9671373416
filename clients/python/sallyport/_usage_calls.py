"""The calls of a caller's own function with the samples of its run.

What it raises must not end the connection, which others may use, must not reach a caller of
something else, and must not be lost: it is the run's failure. The run's result waits for the calls.
"""

from __future__ import annotations

import inspect
from typing import Callable, Optional

from ._results import Usage

OnUsage = Callable[[Usage], object]


class UsageCalls:
    """Calls of one function, until it raises."""

    def __init__(self, on_usage: Optional[OnUsage], cancel: Callable[[], None]) -> None:
        """`cancel` is called once, when the function has raised."""
        self._on_usage = on_usage
        self._cancel = cancel
        self._due = 0
        #: What it raised.
        self.raised: Optional[Exception] = None

    @property
    def settled(self) -> bool:
        """Whether no call is due."""
        return self._due == 0

    def due(self, usage: Usage) -> Optional[Callable[[], None]]:
        """The call for a sample, to be made once and without any lock."""
        function = self._on_usage
        if function is None:
            return None
        self._due += 1
        return lambda: self._call(function, usage)

    def _call(self, function: OnUsage, usage: Usage) -> None:
        try:
            if self.raised is None:
                refuse_coroutine(function(usage))
        except Exception as error:
            self.raised = error
            self._cancel()
        finally:
            self._due -= 1


def refuse_coroutine(returned: object) -> None:
    """A coroutine that nobody awaits would do nothing, without a word."""
    if inspect.iscoroutine(returned):
        returned.close()
        raise TypeError('Cannot call "on_usage": it must be a function, not a coroutine function')
