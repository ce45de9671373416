"""The protocol's test vectors hold for the framing, for what is taken, and for both clients."""

import asyncio
import inspect
import unittest
from typing import Any, Dict, List

import sallyport
from sallyport import aio
from sallyport._errors import ProtocolBroken
from sallyport._framing import Body, Framing, Message
from sallyport._replies import check_reply

from .fake_agent import FakeAgent
from .vectors import bytes_of, vectors_of


class Framings(unittest.TestCase):
    def test_streams_cut_at_every_byte(self) -> None:
        file = vectors_of("framing")
        for vector in file["vectors"]:
            data = bytes_of(vector["input"])
            wanted = [
                {**frame, "body": bytes_of(frame["body"])} if "body" in frame else frame
                for frame in vector["frames"]
            ]
            cuts = [[data[:at], data[at:]] for at in range(len(data) + 1)]
            for pieces in [*cuts, [data[at : at + 1] for at in range(len(data))] or [b""]]:
                with self.subTest(vector["name"], pieces=len(pieces), cut=len(pieces[0])):
                    reader = Framing(file["limits"]["lineBytes"], file["limits"]["bodyBytes"])
                    self.assertEqual(self.frames(reader, pieces), wanted)
                    self.assertEqual(reader.at_boundary, vector.get("boundary", True))

    def frames(self, reader: Framing, pieces: List[bytes]) -> List[Dict[str, Any]]:
        frames: List[Dict[str, Any]] = []
        body = b""
        for piece in pieces:
            for frame in reader.feed(piece):
                if isinstance(frame, Message):
                    frames.append({"message": frame.value, "bytes": frame.bytes})
                elif isinstance(frame, Body):
                    body += frame.chunk
                    if frame.remaining == 0:
                        frames.append({"body": body})
                        body = b""
                else:
                    fault: Dict[str, Any] = {"error": frame.error.code, "fatal": frame.fatal}
                    if frame.error.field is not None:
                        fault["field"] = frame.error.field
                    frames.append(fault)
        return [*frames, {"body": body}] if body else frames


class Replies(unittest.TestCase):
    def test_good_ones_are_taken(self) -> None:
        for vector in vectors_of("replies")["good"]:
            with self.subTest(vector["name"]):
                check_reply(vector["message"])

    def test_bad_ones_are_refused_by_their_field(self) -> None:
        for vector in vectors_of("replies")["bad"]:
            with self.subTest(vector["name"]):
                with self.assertRaises(ProtocolBroken) as caught:
                    check_reply(vector["message"])
                self.assertEqual(caught.exception.field, vector["field"])


class Conversations(unittest.TestCase):
    def test_synchronous(self) -> None:
        async def connect(target: str) -> Any:
            return sallyport.connect(target, timeout_ms=2000)

        self.hold_all(connect)

    def test_asynchronous(self) -> None:
        async def connect(target: str) -> Any:
            return await aio.connect(target, timeout_ms=2000)

        self.hold_all(connect)

    def hold_all(self, connect: Any) -> None:
        for vector in vectors_of("conversations")["vectors"]:
            with self.subTest(vector["name"]):
                steps = FakeAgent(vector["steps"], vector.get("greets", True))
                with steps as agent:
                    target = f"unix:{agent.path}"
                    if vector.get("target") == "firecracker":
                        target = f"firecracker:{agent.path}:5000"
                    asyncio.run(self.hold(vector, connect, target))

    async def hold(self, vector: Dict[str, Any], connect: Any, target: str) -> None:
        if "connect" in vector:
            with self.assertRaises(sallyport.SallyportError) as caught:
                await connect(target)
            return self.same_error(caught.exception, vector["connect"]["fails"])
        client = await connect(target)
        state: Dict[str, Any] = {}
        try:
            for call in vector["calls"]:
                if "fails" not in call:
                    value = await perform(client, state, call["call"], call.get("with", {}))
                    self.same_value(value, call)
                    continue
                with self.assertRaises(sallyport.SallyportError) as caught:
                    await perform(client, state, call["call"], call.get("with", {}))
                self.same_error(caught.exception, call["fails"])
        finally:
            await settled(client.close())

    def same_error(self, error: BaseException, wanted: Dict[str, Any]) -> None:
        found: Dict[str, Any]
        if isinstance(error, sallyport.RequestError):
            found = {"kind": "request", "code": error.code}
            if error.field is not None:
                found["field"] = error.field
        elif isinstance(error, sallyport.ConnectionLost):
            found = {"kind": "lost", "began": error.began}
        else:
            self.assertIsInstance(error, sallyport.ConnectError)
            found = {"kind": "connect"}
        self.assertEqual(found, wanted, error)

    def same_value(self, value: Any, call: Dict[str, Any]) -> None:
        if "returns" not in call:
            return
        wanted = call["returns"]
        if call["call"] == "get":
            wanted = bytes_of(wanted)
        if isinstance(value, dict):
            value = {name: value[name] for name in wanted}
        self.assertEqual(value, wanted)


async def settled(value: Any) -> Any:
    """What it is, or what it becomes."""
    return await value if inspect.isawaitable(value) else value


def ended(result: Any) -> Dict[str, Any]:
    """A result or a build, as a vector writes it."""
    fields = ("status", "exit_code", "signal", "limit", "step", "errno")
    return {
        **{name: getattr(result, name) for name in fields},
        "stdout": result.stdout.text(),
        "stderr": result.stderr.text(),
        "denied": [[one.syscall, one.count] for one in result.denied],
    }


def shown(result: sallyport.Result) -> Dict[str, Any]:
    value = ended(result)
    if result.build is not None:
        build = ended(result.build)
        names = ("status", "exit_code", "stdout", "stderr")
        value["build"] = {name: build[name] for name in names}
    return value


async def perform(client: Any, state: Dict[str, Any], name: str, given: Dict[str, Any]) -> Any:
    """Makes one call of a vector."""
    if name in ("run", "start"):
        given = dict(given)
        if "stdin" in given:
            given["stdin"] = given["stdin"].get("text", sallyport.STREAM)
        if name == "run":
            return shown(await settled(client.run(**given)))
        given.setdefault("stream", False)
        state["run"] = await settled(client.start(**given))
        return None
    if name in ("put", "write"):
        content = bytes_of(given["content"])
        if name == "write":
            return await settled(state["run"].stdin.write(content))
        return await settled(client.put(given["path"], content, mode=given.get("mode")))
    if name == "end_input":
        return await settled(state["run"].stdin.close())
    if name == "begun":
        return await settled(state["run"].wait_begun())
    if name == "read":
        run = state["run"]
        pieces = [one async for one in run] if hasattr(run, "__aiter__") else list(run)
        return [[piece.stream, piece.offset, piece.text()] for piece in pieces]
    if name == "result":
        return shown(await settled(state["run"].result()))
    if name == "signal":
        return await settled(state["run"].signal(given["signal"]))
    if name == "cancel":
        return await settled(state["run"].cancel())
    value = await settled(getattr(client, name)(**given))
    if name == "list":
        return [entry.name for entry in value]
    if name == "info":
        return {**value._asdict(), "languages": [one.name for one in value.languages]}
    return value


if __name__ == "__main__":
    unittest.main()
