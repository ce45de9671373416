"""A client of Sallyport: runs programs that you do not trust, in sandboxes of an agent.

>>> import sallyport
>>> with sallyport.connect("unix:/tmp/agent.sock") as client:
...     client.run(language="python", code="print(6 * 7)").stdout.text()
'42\\n'
"""

from ._errors import ConnectError, ConnectionLost, RequestError, SallyportError
from ._info import Info, Language, Layer
from ._options import STREAM, RunOptions
from ._results import (
    Denied,
    Ended,
    Entry,
    Output,
    Piece,
    Result,
    Transferred,
    Usage,
)
from ._target import Target, parse_target
from .client import Client, Run, Stdin, connect

__version__ = "0.1.0"

__all__ = [
    "STREAM",
    "Client",
    "ConnectError",
    "ConnectionLost",
    "Denied",
    "Ended",
    "Entry",
    "Info",
    "Language",
    "Layer",
    "Output",
    "Piece",
    "RequestError",
    "Result",
    "Run",
    "RunOptions",
    "SallyportError",
    "Stdin",
    "Target",
    "Transferred",
    "Usage",
    "connect",
    "parse_target",
]
