"""Which paths a request may say, and which links lead nowhere else."""

from __future__ import annotations

_PATH_BYTES = 1024
_NAME_BYTES = 255


def is_allowed_path(path: str) -> bool:
    """Whether a request may say this path."""
    try:
        size = len(path.encode("utf-8"))
        sizes = [len(name.encode("utf-8")) for name in path.split("/")]
    except UnicodeEncodeError:
        return False
    names = path.split("/")
    wrong = any(name in ("", ".", "..") for name in names) or "\0" in path
    return not wrong and size <= _PATH_BYTES and max(sizes) <= _NAME_BYTES


def link_stays_inside(path: str, target: str) -> bool:
    """Whether a link cannot lead out of the directory that `path` is below.

    Steps up may stand only before all others, and no more than there are directories: behind
    another link ".." could lead anywhere.
    """
    if target == "" or target.startswith("/") or "\0" in target:
        return False
    names = [name for name in target.split("/") if name not in ("", ".")]
    ups = next((at for at, name in enumerate(names) if name != ".."), len(names))
    return ups <= path.count("/") and ".." not in names[ups:]
