"""An agent that answers each client with bytes of the test's, and serves one after the other."""

import json
import os
import shutil
import socket
import tempfile
import threading
from typing import Any, Callable, Dict, List, NamedTuple, Optional

#: What comes before the hostile bytes, made of the client's requests so far.
Before = Callable[[List[Dict[str, Any]]], bytes]


class Script(NamedTuple):
    """What one client gets."""

    #: Requests that the client sends first; without any there is no greeting.
    requests: int
    before: Before
    hostile: bytes
    #: Whether the end follows; else the client must leave by itself.
    ends: bool
    #: Whether the hostile bytes come again and again.
    endless: bool = False


class HostileAgent:
    """Leaving it ends its thread. A client that sends nothing for long is an error of the test."""

    def __init__(self) -> None:
        self._folder = tempfile.mkdtemp(prefix="sallyport-hostile-")
        self.target = "unix:" + os.path.join(self._folder, "agent.sock")
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(self.target[len("unix:") :])
        self._listener.listen(8)
        self.script: Optional[Script] = None
        self._thread = threading.Thread(target=self._serve_all)

    def __enter__(self) -> "HostileAgent":
        self._thread.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join(10)
        self._listener.close()
        shutil.rmtree(self._folder)

    def _serve_all(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            client.settimeout(10)
            with client, client.makefile("rb") as stream:
                try:
                    self._serve(client, stream)
                except OSError:
                    pass  # it has left

    def _serve(self, client: socket.socket, stream: Any) -> None:
        script = self.script
        assert script is not None
        requests: List[Dict[str, Any]] = []
        if script.requests > 0:
            client.sendall(line({"type": "ready", "protocol": 1, "agent": "hostile/1"}))
        for _ in range(script.requests):
            requests.append(json.loads(stream.readline() or b"{}"))
            stream.read(int(requests[-1].get("bytes", 0)))
        client.sendall(script.before(requests) + script.hostile)
        while script.endless:
            client.sendall(script.hostile)
        if script.ends:
            client.shutdown(socket.SHUT_WR)
        while stream.read1(65536):
            pass


def line(message: Dict[str, Any]) -> bytes:
    """A message as it is sent."""
    return json.dumps(message).encode() + b"\n"
