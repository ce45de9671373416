"""How a person writes where an agent listens, and what to do when nobody answers there."""

from __future__ import annotations

import errno
import os
import re
import socket
from typing import Any, NamedTuple, Optional, Tuple, Union

from ._errors import ConnectError

_FORMS = '"unix:PATH", "vsock:CID:PORT" or "firecracker:SOCKET:PORT"'


class Target(NamedTuple):
    """Where an agent listens."""

    #: "unix", "vsock" or "firecracker".
    kind: str
    #: The socket's path, or "" for a vsock target.
    path: str = ""
    #: The machine's context id.
    cid: int = 0
    #: The port in the guest.
    port: int = 0

    def __str__(self) -> str:
        if self.kind == "unix":
            return f"unix:{self.path}"
        if self.kind == "vsock":
            return f"vsock:{self.cid}:{self.port}"
        return f"firecracker:{self.path}:{self.port}"

    @property
    def address(self) -> Union[str, Tuple[int, int]]:
        """What connect(2) takes."""
        return (self.cid, self.port) if self.kind == "vsock" else self.path

    @property
    def handshake(self) -> Optional[int]:
        """The port to ask the monitor for, where there is one in between."""
        return self.port if self.kind == "firecracker" else None


def parse_target(text: str) -> Target:
    """Reads a target. A path may hold colons. Raises ConnectError ("target") for anything else."""
    if "\0" in text:
        raise ConnectError("target", "Cannot read target: it holds a NUL")
    if found := re.fullmatch(r"unix:(.+)", text, re.S):
        return Target("unix", path=found[1])
    if found := re.fullmatch(r"vsock:([0-9]+):([0-9]+)", text):
        return Target("vsock", cid=_word(found[1], text), port=_word(found[2], text))
    if found := re.fullmatch(r"firecracker:(.+):([0-9]+)", text, re.S):
        return Target("firecracker", path=found[1], port=_word(found[2], text))
    raise ConnectError("target", f'Cannot read target "{text}": write {_FORMS}')


def _word(digits: str, text: str) -> int:
    """A number of 32 bits; the highest one means "any" in an address of vsock(7)."""
    if int(digits) < 0xFFFF_FFFF:
        return int(digits)
    raise ConnectError("target", f'Cannot read target "{text}": "{digits}" is not below 4294967295')


def new_socket(target: Target) -> socket.socket:
    """A stream socket of the target's family, not connected."""
    if target.kind != "vsock":
        return socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    family: Any = getattr(socket, "AF_VSOCK", None)
    if family is None:
        raise ConnectError("system", f'Cannot connect to "{target}": this Python has no AF_VSOCK')
    try:
        return socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        raise explained(target, error) from error


def explained(target: Target, error: OSError) -> ConnectError:
    """What the system's error means here, and what to do."""
    name = errno.errorcode.get(error.errno or 0, str(error))
    reason, advice = "system", ""
    if target.kind == "vsock":
        if error.errno in (errno.ENODEV, errno.EAFNOSUPPORT):
            advice = "no vsock device on this host; load the module vhost_vsock"
        elif error.errno in (errno.ECONNRESET, errno.ECONNREFUSED):
            reason = "refused"
            advice = (
                f"nobody listens on port {target.port} of that machine; "
                f"start an agent there with --listen vsock:{target.port}"
            )
        elif error.errno == errno.ETIMEDOUT:
            reason, advice = "timeout", "no machine with that context id answers"
    elif error.errno in (errno.ENOENT, errno.ENOTDIR):
        reason, advice = "no_socket", _advice_no_socket(target)
    elif error.errno == errno.ECONNREFUSED:
        reason, advice = "refused", _advice_refused(target)
    elif error.errno in (errno.EACCES, errno.EPERM):
        reason, advice = (
            "permission",
            "this user may not write to the socket or enter its directory; "
            "connect as one that may, or have its owner let you in with chmod",
        )
    elif error.errno == errno.ENOTSOCK:
        reason, advice = "target", "that file is no socket"
    elif error.errno is None:
        reason, advice = "target", "a socket's path has at most 107 bytes"
    return ConnectError(
        reason, f'Cannot connect to "{target}": {name}' + (f": {advice}" if advice else "")
    )


def _advice_no_socket(target: Target) -> str:
    if target.kind == "firecracker":
        return "no such socket; start the machine, with that path in its vsock device"
    return f"no such socket; start an agent with --listen unix:{os.path.abspath(target.path)}"


def _advice_refused(target: Target) -> str:
    if target.kind == "firecracker":
        return "the machine's monitor has ended; start it again"
    if os.path.exists(target.path) and not os.path.isfile(target.path):
        return "the socket is there, but its agent has ended; start it again"
    return "that file is no socket that anybody listens on"
