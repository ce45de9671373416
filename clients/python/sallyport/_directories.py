"""Whole directories, to a sandbox and back: many requests, some of them on their way at once.

What comes back is a stranger's. Nothing of it is written outside of the directory that it is meant
for: no name, no link, no place behind a link. Files of this machine are read and written at once,
also by the asynchronous client.
"""

from __future__ import annotations

import os
from collections import deque
from typing import Deque, Iterable, Iterator, List, Optional, Tuple, TypeVar

from . import _operations as operations
from ._connection import Connection
from ._exchange import Operation
from ._local_files import Local, local_entries, make_way, own_directory, write_file
from ._path_rule import is_allowed_path, link_stays_inside
from ._results import Entry, Transferred

#: The most bytes of a directory that is fetched, where the caller says nothing. A sandbox holds far
#: less, but an agent that was taken over could send files without end.
MAX_BYTES = 1 << 30

_Value = TypeVar("_Value")

#: Requests that are on their way at once.
_AT_ONCE = 16


def put_directory(connection: Connection, source: str, to: str) -> Operation[Transferred]:
    count = _Count()
    if to != ".":
        yield from operations.mkdir(connection, to, 0o755)

    def there(path: str) -> str:
        return path if to == "." else f"{to}/{path}"

    entries: List[Local] = []
    left: List[str] = []
    for entry in local_entries(source):
        # A name that is not UTF-8 or too long cannot be said, nor what is below it.
        if is_allowed_path(there(entry.path)) and entry.kind != "other":
            entries.append(entry)
        else:
            left.append(entry.path)

    def requests() -> Iterator[Operation[None]]:
        # A directory is there, with its own mode, before what is in it.
        for path, kind, mode in entries:
            if kind == "directory":
                yield operations.mkdir(connection, there(path), mode | 0o700)
        for path, kind, mode in entries:
            if kind == "file":
                with open(os.path.join(source, path), "rb") as file:
                    content = file.read()
                count.add(len(content))
                yield operations.put(connection, there(path), content, mode)
        for path, kind, _ in entries:
            if kind == "symlink":
                target = os.readlink(os.path.join(source, path))
                yield operations.link(connection, there(path), target)

    yield from _all(requests())
    return count.done(left)


def get_directory(
    connection: Connection, source: str, to: str, max_bytes: int
) -> Operation[Transferred]:
    listed = yield from operations.list_entries(connection, None if source == "." else source, True)
    safe, skipped = _separated(listed, source)
    count = _Count()
    os.makedirs(to, exist_ok=True)
    # Sorted by path, so a directory comes before what is in it.
    for entry in safe:
        if entry.kind == "directory":
            own_directory(os.path.join(to, entry.name))

    def fetch(entry: Entry) -> Operation[None]:
        path = entry.name if source == "." else f"{source}/{entry.name}"
        content = yield from operations.get(connection, path)
        if count.bytes + len(content) > max_bytes:
            raise ValueError(f"Cannot fetch {source!r}: it has more than {max_bytes} bytes")
        write_file(os.path.join(to, entry.name), content, entry.mode & 0o777)
        count.add(len(content))

    yield from _all(fetch(entry) for entry in safe if entry.kind == "file")
    for entry in safe:
        if entry.kind == "symlink" and entry.target is not None:
            place = os.path.join(to, entry.name)
            make_way(place)
            os.symlink(entry.target, place)
    return count.done(skipped)


def _separated(listed: List[Entry], source: str) -> Tuple[List[Entry], List[str]]:
    """The entries that may be written, each below a directory that is one of them; and the rest."""
    safe: List[Entry] = []
    skipped: List[str] = []
    directories = {""}
    for entry in listed:
        full = entry.name if source == "." else f"{source}/{entry.name}"
        good = not entry.escaped and is_allowed_path(entry.name) and is_allowed_path(full)
        good = good and entry.name.rpartition("/")[0] in directories
        if entry.kind == "symlink":
            good = good and entry.target is not None and link_stays_inside(entry.name, entry.target)
        if not good or entry.kind == "other":
            skipped.append(entry.name)
            continue
        safe.append(entry)
        if entry.kind == "directory":
            directories.add(entry.name)
    return safe, skipped


def _all(requests: Iterable[Operation[_Value]]) -> Operation[None]:
    """Drives operations in their order, a few at a time; the first failure ends it.

    An operation sends its request when it is made to go on for the first time.
    """
    going: Deque[Operation[_Value]] = deque()
    failed: Optional[Exception] = None
    source = iter(requests)
    while True:
        while failed is None and len(going) < _AT_ONCE:
            operation = next(source, None)
            if operation is None:
                break
            ready = next(operation)
            going.append(_after(ready, operation))
        if not going:
            break
        try:
            yield from going.popleft()
        except Exception as error:  # What was sent is still answered: wait for all of it.
            failed = failed or error
    if failed is not None:
        raise failed


def _after(ready: object, operation: Operation[_Value]) -> Operation[_Value]:
    """The rest of an operation that has begun and waits for `ready`."""
    yield ready  # type: ignore[misc]
    return (yield from operation)


class _Count:
    """Counts files that are through."""

    def __init__(self) -> None:
        self._files = self.bytes = 0

    def add(self, size: int) -> None:
        self._files += 1
        self.bytes += size

    def done(self, skipped: Iterable[str]) -> Transferred:
        return Transferred(self._files, self.bytes, list(skipped))
