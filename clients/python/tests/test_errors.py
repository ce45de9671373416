"""What a client says when there is no connection, and calls that cannot be requests at all."""

import asyncio
import errno
import os
import socket
import tempfile
import unittest

import sallyport
from sallyport import aio
from sallyport._path_rule import is_allowed_path, link_stays_inside
from sallyport._target import Target, explained, parse_target

from .fake_agent import FakeAgent


class Connecting(unittest.TestCase):
    def refusal(self, target: str, timeout_ms: float = 200) -> sallyport.ConnectError:
        """What both clients say, which must be the same."""
        with self.assertRaises(sallyport.ConnectError) as caught:
            sallyport.connect(target, timeout_ms=timeout_ms)

        async def connect() -> None:
            await aio.connect(target, timeout_ms=timeout_ms)

        with self.assertRaises(sallyport.ConnectError) as again:
            asyncio.run(connect())
        self.assertEqual(str(again.exception), str(caught.exception))
        self.assertEqual(again.exception.reason, caught.exception.reason)
        self.assertIsInstance(caught.exception, ConnectionError)
        return caught.exception

    def test_no_socket(self) -> None:
        error = self.refusal("unix:/nonexistent/agent.sock")
        self.assertEqual(error.reason, "no_socket")
        self.assertIn("start an agent with --listen unix:/nonexistent/agent.sock", str(error))
        self.assertEqual(self.refusal("firecracker:/nonexistent/v:5").reason, "no_socket")

    def test_a_socket_whose_agent_has_ended(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "agent.sock")
            with socket.socket(socket.AF_UNIX) as listener:
                listener.bind(path)
            error = self.refusal(f"unix:{path}")
            self.assertEqual(error.reason, "refused")
            self.assertIn("start it again", str(error))

    def test_a_file_that_is_no_socket(self) -> None:
        with tempfile.NamedTemporaryFile() as file:
            self.assertIn("no socket", str(self.refusal(f"unix:{file.name}")))

    def test_somebody_who_says_nothing(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "agent.sock")
            with socket.socket(socket.AF_UNIX) as listener:
                listener.bind(path)
                listener.listen(2)
                self.assertEqual(self.refusal(f"unix:{path}").reason, "timeout")

    def test_a_path_that_is_too_long(self) -> None:
        self.assertIn("at most 107 bytes", str(self.refusal("unix:/" + "x" * 200)))

    def test_targets(self) -> None:
        for text in ("unix:/a:b/c", "unix:x", "vsock:3:5000", "firecracker:/run/v:1.sock:5000"):
            self.assertEqual(str(parse_target(text)), text)
        self.assertEqual(
            parse_target("firecracker:a:b:7"), Target("firecracker", path="a:b", port=7)
        )
        wrong = [
            "",
            "unix:",
            "/run/agent.sock",
            "vsock:3",
            "vsock:-1:5",
            "vsock:3:x",
            "vsock:3:5.5",
        ]
        wrong += ["vsock:4294967295:1", "vsock:3:99999999999", "firecracker:/a", "firecracker::1"]
        for text in [*wrong, "tcp:a:1", "unix:a\0b", "vsock:\u0663:1"]:
            with self.assertRaises(sallyport.ConnectError) as caught:
                parse_target(text)
            self.assertEqual(caught.exception.reason, "target")

    def test_the_systems_errors_are_explained(self) -> None:
        vsock, unix = parse_target("vsock:3:5000"), parse_target("unix:/a")
        reasons = [
            (vsock, errno.ENODEV, "system", "vhost_vsock"),
            (vsock, errno.ECONNRESET, "refused", "port 5000"),
            (vsock, errno.ETIMEDOUT, "timeout", "context id"),
            (unix, errno.EACCES, "permission", "may not write"),
            (unix, errno.EMFILE, "system", "EMFILE"),
        ]
        for target, number, reason, words in reasons:
            error = explained(target, OSError(number, os.strerror(number)))
            self.assertEqual(error.reason, reason)
            self.assertIn(words, str(error))


class Losing(unittest.TestCase):
    """An agent that leaves before it has read all of a request."""

    #: More than a socket's buffers hold.
    CODE = b"x" * (8 << 20)

    def test_synchronous(self) -> None:
        with FakeAgent([{"sleeps": 0.2}, {"closes": True}]) as agent:
            with sallyport.connect(f"unix:{agent.path}") as client:
                with self.assertRaises(sallyport.ConnectionLost) as caught:
                    client.run(language="sh", code=self.CODE)
        self.assertIs(caught.exception.began, False)

    def test_asynchronous(self) -> None:
        async def run(path: str) -> None:
            async with aio.connect(f"unix:{path}") as client:
                await client.run(language="sh", code=self.CODE)

        with FakeAgent([{"sleeps": 0.2}, {"closes": True}]) as agent:
            with self.assertRaises(sallyport.ConnectionLost) as caught:
                asyncio.run(run(agent.path))
        self.assertIs(caught.exception.began, False)


class Paths(unittest.TestCase):
    def test_what_a_request_may_say(self) -> None:
        for path in ("a", "a/b", "...", "é" * 127):
            self.assertTrue(is_allowed_path(path), path)
        for path in (
            "",
            "/a",
            "a/",
            "a//b",
            ".",
            "a/..",
            "a\0",
            "é" * 128,
            "a/" * 512 + "a",
            "\ud800",
        ):
            self.assertFalse(is_allowed_path(path), path)

    def test_links_that_stay_inside(self) -> None:
        for path, target in (("a", "b"), ("d/a", "../b"), ("a", "./b/c"), ("d/e/a", "../../x")):
            self.assertTrue(link_stays_inside(path, target), target)
        for path, target in (
            ("a", "/b"),
            ("a", "../b"),
            ("d/a", "x/../../b"),
            ("a", ""),
            ("d/a", "../.."),
        ):
            self.assertFalse(link_stays_inside(path, target), target)


if __name__ == "__main__":
    unittest.main()
