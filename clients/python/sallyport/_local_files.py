"""Files of this machine: read for a sandbox, and written from one without following any link."""

from __future__ import annotations

import os
import stat
from typing import Iterator, NamedTuple


class Local(NamedTuple):
    path: str
    kind: str
    mode: int


def local_entries(root: str, below: str = "") -> Iterator[Local]:
    """Every entry below a directory of this machine, directories before what is in them."""
    for name in sorted(os.listdir(os.path.join(root, below))):
        path = f"{below}/{name}" if below else name
        mode = os.lstat(os.path.join(root, path)).st_mode
        kinds = ((stat.S_ISREG, "file"), (stat.S_ISDIR, "directory"), (stat.S_ISLNK, "symlink"))
        kind = next((kind for test, kind in kinds if test(mode)), "other")
        yield Local(path, kind, mode & 0o777)
        if kind == "directory":
            yield from local_entries(root, path)


def own_directory(path: str) -> None:
    """Makes a directory, unless a true one is there."""
    try:
        os.mkdir(path)
    except FileExistsError:
        if not stat.S_ISDIR(os.lstat(path).st_mode):
            raise NotADirectoryError(f'Cannot fetch into "{path}": it is no directory') from None


def make_way(path: str) -> None:
    """Removes a file or link that has the name of what is to be written."""
    try:
        os.unlink(path)
    except FileNotFoundError:
        pass


def write_file(path: str, content: bytes, mode: int) -> None:
    make_way(path)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    with open(os.open(path, flags, mode), "wb") as file:
        file.write(content)
