"""An agent that says what a vector tells it to say, on a Unix socket of its own, in a thread."""

import json
import os
import shutil
import socket
import tempfile
import threading
import time
from typing import Any, Dict, List, Optional

from .vectors import bytes_of

READY = {"type": "ready", "protocol": 1, "agent": "fake/1"}


class FakeAgent:
    """Serves one client, step by step. Leaving it raises what went wrong."""

    def __init__(self, steps: List[Dict[str, Any]], greets: bool = True) -> None:
        self._steps = [{"answers": READY}, *steps] if greets else steps
        self._folder = tempfile.mkdtemp(prefix="sallyport-fake-")
        self.path = os.path.join(self._folder, "agent.sock")
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(self.path)
        self._listener.listen(1)
        self.error: Optional[BaseException] = None
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self) -> "FakeAgent":
        self._thread.start()
        return self

    def __exit__(self, kind: Any, *_: Any) -> None:
        self._thread.join(10)
        self._listener.close()
        shutil.rmtree(self._folder)
        if self._thread.is_alive():
            raise AssertionError("the fake agent waits for ever")
        if self.error is not None and (kind is None or not issubclass(kind, KeyboardInterrupt)):
            raise AssertionError(f"the client did otherwise: {self.error}") from self.error

    def _serve(self) -> None:
        client, _ = self._listener.accept()
        client.settimeout(5)
        with client, client.makefile("rb") as stream:
            try:
                for step in self._steps:
                    self._take(step, client, stream)
                    if "closes" in step:
                        return
                # A client that was told nonsense leaves, also by a reset.
                if extra := stream.read():
                    raise AssertionError(f"the client also sent {extra[:200]!r}")
            except ConnectionError:
                pass
            except BaseException as error:
                self.error = error

    def _take(self, step: Dict[str, Any], client: socket.socket, stream: Any) -> None:
        if "answers" in step:
            client.sendall(json.dumps(step["answers"]).encode() + b"\n")
            client.sendall(bytes_of(step.get("body", "")))
        elif "raw" in step:
            client.sendall(bytes_of(step["raw"]))
        elif "sleeps" in step:
            time.sleep(step["sleeps"])
        elif "sends_raw" in step:
            wanted = bytes_of(step["sends_raw"])
            same(stream.read(len(wanted)), wanted)
        elif "sends" in step:
            same(json.loads(stream.readline() or b"null"), step["sends"])
            same(stream.read(step["sends"].get("bytes", 0)), bytes_of(step.get("body", "")))


def same(found: Any, wanted: Any) -> None:
    if found != wanted:
        raise AssertionError(f"it sent {found!r} instead of {wanted!r}")
