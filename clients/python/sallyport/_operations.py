"""Every call of a client, written once for both kinds: an operation yields when it must wait."""

from __future__ import annotations

import dataclasses
import secrets
import time
from typing import Any, Dict, List, Optional, Union

from ._connection import Connection
from ._exchange import Operation
from ._info import Info, info_of
from ._listing import Listing
from ._options import RunRequest, bytes_of, without_none
from ._results import Entry, Output, Result, entry_of
from ._run import RunState


def start(connection: Connection, request: RunRequest) -> RunState:
    """Sends a run."""
    run = RunState(connection, request.streams, request.input, request.on_usage)
    connection.request_run(request.message, run, request.body)
    return run


def run_to_end(run: RunState) -> Operation[Result]:
    """Collects the output of a run that streams, and waits for its result."""
    if not run.streams:
        return (yield from run.wait_result())
    collected: Dict[str, List[bytes]] = {"stdout": [], "stderr": []}
    while (piece := (yield from run.next_piece())) is not None:
        collected[piece.stream].append(piece.bytes)
    result = yield from run.wait_result()
    stdout = _collected(collected["stdout"], result.stdout)
    return dataclasses.replace(
        result, stdout=stdout, stderr=_collected(collected["stderr"], result.stderr)
    )


def _collected(parts: List[bytes], counted: Output) -> Output:
    return Output.of(b"".join(parts), {"total": counted.total, "dropped": counted.dropped})


def put(
    connection: Connection, path: str, content: Union[str, bytes], mode: Optional[int]
) -> Operation[None]:
    body = bytes_of(content)
    message = {"type": "put", "path": path, "mode": mode, "bytes": len(body)}
    yield from connection.ask(without_none(message), "done", body)


def get(connection: Connection, path: str) -> Operation[bytes]:
    return (yield from connection.ask({"type": "get", "path": path}, "file")).body


def mkdir(connection: Connection, path: str, mode: Optional[int]) -> Operation[None]:
    message = {"type": "mkdir", "path": path, "mode": mode}
    yield from connection.ask(without_none(message), "done")


def link(connection: Connection, path: str, target: str) -> Operation[None]:
    yield from connection.ask({"type": "link", "path": path, "target": target}, "done")


def remove(connection: Connection, path: str, recursive: bool) -> Operation[None]:
    message = {"type": "remove", "path": path, "recursive": recursive or None}
    yield from connection.ask(without_none(message), "done")


def list_entries(
    connection: Connection, path: Optional[str], recursive: bool
) -> Operation[List[Entry]]:
    entries: List[Entry] = []
    listing = Listing(connection, path, recursive)
    while not listing.done:
        entries.extend((yield from list_page(listing)))
    return sorted(entries, key=lambda entry: entry.name)


def list_page(listing: Listing) -> Operation[List[Entry]]:
    return [entry_of(one) for one in (yield from listing.next_page())["entries"]]


def reset(connection: Connection, restored: bool) -> Operation[None]:
    message: Dict[str, Any] = {"type": "reset"}
    if restored:
        message["time_ms"] = time.time_ns() // 1_000_000
        message["seed"] = secrets.token_hex(32)
    yield from connection.ask(message, "done")


def ping(connection: Connection) -> Operation[float]:
    began = time.perf_counter()
    yield from connection.ask({"type": "ping"}, "pong")
    return (time.perf_counter() - began) * 1000


def info(connection: Connection) -> Operation[Info]:
    return info_of((yield from connection.ask({"type": "info"}, "info")).value)
