"""What Firecracker's socket does, in a thread: "CONNECT PORT", "OK NUMBER", and then the agent's bytes."""

import os
import shutil
import socket
import tempfile
import threading
from typing import Any, List


class Monitor:
    """A socket whose one port leads to an agent's Unix socket."""

    def __init__(self, agent_path: str, port: int) -> None:
        self._agent_path = agent_path
        self._port = port
        self._folder = tempfile.mkdtemp(prefix="sallyport-monitor-")
        self.path = os.path.join(self._folder, "v.sock")
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(self.path)
        self._listener.listen(8)
        self._threads: List[threading.Thread] = []
        self._sockets: List[socket.socket] = []

    def __enter__(self) -> "Monitor":
        self._go(self._accept)
        return self

    def __exit__(self, *_: Any) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(5)
        for one in self._sockets:
            one.close()
        shutil.rmtree(self._folder)

    def _go(self, work: Any, *args: Any) -> None:
        thread = threading.Thread(target=work, args=args)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self._sockets.append(client)
            line = b""
            while not line.endswith(b"\n"):
                line += client.recv(1)
            if line != b"CONNECT %d\n" % self._port:
                client.close()
                continue
            client.sendall(b"OK 1073741824\n")
            agent = socket.socket(socket.AF_UNIX)
            self._sockets.append(agent)
            agent.connect(self._agent_path)
            self._go(_copy, client, agent)
            self._go(_copy, agent, client)


def _copy(source: socket.socket, to: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            to.sendall(data)
    except OSError:
        pass
    for one in (source, to):
        try:
            one.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
