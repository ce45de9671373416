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

    def due(self, usage: Usage) -> Optional[DueCall]:
        """The call for a sample, to be made once."""
        if self._on_usage is None:
            return None
        self._due += 1
        return DueCall(self, self._on_usage, usage)

    def ended(self, error: Optional[Exception]) -> None:
        """A call has ended."""
        self._due -= 1
        if error is not None and self.raised is None:
            self.raised = error
            self._cancel()


class DueCall:
    """One call: `make` it without any lock, and then `settle` it with the connection's."""

    def __init__(self, calls: UsageCalls, function: OnUsage, usage: Usage) -> None:
        self._calls = calls
        self._function = function
        self._usage = usage
        self._error: Optional[Exception] = None

    def make(self) -> None:
        if self._calls.raised is not None:
            return
        try:
            refuse_coroutine(self._function(self._usage))
        except Exception as error:
            self._error = error

    def settle(self) -> None:
        self._calls.ended(self._error)


def refuse_coroutine(returned: object) -> None:
    """A coroutine that nobody awaits would do nothing, without a word."""
    if inspect.iscoroutine(returned):
        returned.close()
        raise TypeError('Cannot call "on_usage": it must be a function, not a coroutine function')
