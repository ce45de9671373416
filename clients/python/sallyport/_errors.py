"""What can go wrong: the agent refused, nobody answers, or the connection was lost.

Only a refused request leaves the connection as it was. The three must never be mixed up.
"""

from __future__ import annotations

from typing import Optional


class SallyportError(Exception):
    """Any error of this package."""


class RequestError(SallyportError):
    """The agent did not carry out a request, and said why. The next request may be sent."""

    def __init__(self, code: str, field: Optional[str], message: str) -> None:
        super().__init__(message)
        #: The agent's reason: "bad_request", "busy", "not_found", ...
        self.code = code
        #: The field of the request that broke a rule, such as "limits.cpu_ms".
        self.field = field
        self.message = message


class ConnectError(SallyportError, ConnectionError):
    """There is no connection. The text says what to do."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        #: "target", "no_socket", "refused", "permission", "timeout", "not_an_agent" or "system".
        self.reason = reason


class ConnectionLost(SallyportError, ConnectionError):
    """The connection ended, or what came over it is not the protocol. Connect again."""

    def __init__(self, message: str, began: Optional[bool] = None) -> None:
        super().__init__(message)
        #: Whether the lost run began. True: the agent had acknowledged it. False: it was not sent
        #: whole, so it did not. None: it was sent, and nobody knows; or there was no run.
        self.began = began


class ProtocolBroken(SallyportError):
    """A message breaks a rule of the protocol. Callers see it as a ConnectionLost."""

    def __init__(self, rule: str, field: Optional[str] = None, code: str = "bad_request") -> None:
        subject = "the message" if field is None else f'"{field}"'
        super().__init__(f"{subject} {rule}")
        self.rule = rule
        self.field = field
        self.code = code
