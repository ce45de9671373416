"""Both clients against a hostile agent, in every state: what they raise is theirs, and they end."""

import asyncio
import faulthandler
import inspect
import unittest
from typing import Any, Awaitable, Callable, Dict, List, NamedTuple, Set, Tuple
from unittest import mock

import sallyport
from sallyport import aio

from .hostile_agent import Before, HostileAgent, Script, line
from .hostile_bytes import GOOD, long_lines, not_messages, wrong_messages

Requests = List[Dict[str, Any]]


def _nothing(_: Requests) -> bytes:
    return b""


def _ack(requests: Requests) -> bytes:
    window = {"stdin_window": 10} if "stdin" in requests[0] else {}
    return line({"type": "ack", "id": requests[0]["id"], **window})


def _streaming(requests: Requests) -> bytes:
    return _ack(requests) + line({"type": "stdout", "offset": 0, "bytes": 3}) + b"abc"


def _sampled(requests: Requests) -> bytes:
    return _ack(requests) + line({"type": "usage", **GOOD["usage"]})


def _in_result(requests: Requests) -> bytes:
    counts = {"total": 9, "dropped": 0, "bytes": 9}
    result = {**GOOD["result"], "stdout": counts, "bytes": 9, "id": requests[0]["id"]}
    return _ack(requests) + line({"type": "result", **result}) + b"half"


def _in_piece(requests: Requests) -> bytes:
    return _ack(requests) + line({"type": "stderr", "offset": 0, "bytes": 9}) + b"half"


def _in_file(requests: Requests) -> bytes:
    return line({"type": "file", "id": requests[0]["id"], "path": "x", "bytes": 9}) + b"half"


def _first_page(requests: Requests) -> bytes:
    return line({"type": "files", **GOOD["files"], "id": requests[0]["id"], "cursor": "1:"})


async def settled(value: Any) -> Any:
    """What it is, or what it becomes."""
    return await value if inspect.isawaitable(value) else value


async def _iterate(pieces: Any) -> None:
    if hasattr(pieces, "__aiter__"):
        async for _ in pieces:
            pass
    else:
        for _ in pieces:
            pass


async def _run(client: Any) -> None:
    await settled(client.run(language="sh", code="x", on_usage=lambda _: None))


async def _read(client: Any) -> None:
    run = await settled(client.start(language="sh", code="x"))
    await _iterate(run)
    await settled(run.result())


async def _write(client: Any) -> None:
    run = await settled(client.start(language="sh", code="x", stdin=sallyport.STREAM))
    await settled(run.stdin.write(b"x" * 100))
    await settled(run.stdin.close())
    await settled(run.result())


async def _leave_and_run(client: Any) -> None:
    if isinstance(client, aio.Client):
        with_limit = asyncio.wait_for(client.run(language="sh", code="x"), 0.01)
        try:
            await with_limit
        except asyncio.TimeoutError:
            pass
    await _run(client)


class State(NamedTuple):
    """What a client does meanwhile, and what it has got by then."""

    before: Before
    act: Callable[[Any], Awaitable[None]]


def _call(name: str, *args: Any) -> Callable[[Any], Awaitable[None]]:
    async def call(client: Any) -> None:
        await settled(getattr(client, name)(*args))

    return call


async def _pages(client: Any) -> None:
    await _iterate(client.list_pages())


STATES: Dict[str, State] = {
    "ping": State(_nothing, _call("ping")),
    "info": State(_nothing, _call("info")),
    "put": State(_nothing, _call("put", "x", b"123")),
    "get": State(_nothing, _call("get", "x")),
    "in a file": State(_in_file, _call("get", "x")),
    "list": State(_nothing, _call("list")),
    "the second page": State(_first_page, _call("list")),
    "pages": State(_nothing, _pages),
    "run": State(_nothing, _run),
    "run, acknowledged": State(_ack, _run),
    "run, sampled": State(_sampled, _run),
    "run, in its result": State(_in_result, _run),
    "run, given up": State(_nothing, _leave_and_run),
    "read": State(_nothing, _read),
    "read, acknowledged": State(_ack, _read),
    "read, streaming": State(_streaming, _read),
    "read, in a piece": State(_in_piece, _read),
    "write": State(_nothing, _write),
    "write, acknowledged": State(_ack, _write),
}
#: In these, hostile bytes are first taken for the rest of a body.
IN_BODIES = {"in a file", "run, in its result", "read, in a piece"}


class AlwaysReadable:
    """A poll(2) for which the file that was registered last always has something."""

    def register(self, file: Any, _: int) -> None:
        self._fd: int = file.fileno()

    def poll(self, _: Any) -> List[Tuple[int, int]]:
        return [(self._fd, 1)]


class Hostile(unittest.TestCase):
    def setUp(self) -> None:
        faulthandler.dump_traceback_later(100, exit=True)  # a client that never comes back
        self.addCleanup(faulthandler.cancel_dump_traceback_later)
        self.agent = self.enter(HostileAgent())

    def enter(self, context: Any) -> Any:
        self.addCleanup(context.__exit__, None, None, None)
        return context.__enter__()

    def test_no_message_is_survived(self) -> None:
        """A client leaves by itself, at once."""
        cases = list(not_messages())
        self.hold(cases[::8], ends=False)
        self.hold([*cases, *long_lines()], ends=False, states={"ping", "read, streaming"})

    def test_an_early_end(self) -> None:
        halves = [b"", b"{", b'{"type":"pong","id":1}', b'{"type":"pong","id":1', b'"', b"\xc3"]
        self.hold([(repr(half), half) for half in halves], ends=True)

    def test_wrong_messages(self) -> None:
        """In the states in which something of their kind is waited for."""
        cases = list(wrong_messages())[::3]
        kinds = {
            "ping": ("pong", "error", "ready", "done"),
            "info": ("info",),
            "get": ("file",),
            "list": ("files",),
            "run": ("ack", "result"),
            "read, streaming": ("stdout", "stderr", "usage", "result"),
            "write, acknowledged": ("stdin", "ack"),
        }
        for state, known in kinds.items():
            chosen = [one for one in cases if one[0].replace(",", " ").split()[0] in known]
            self.assertGreater(len(chosen), 10)
            self.hold(chosen, ends=True, states={state}, may_pass=True)

    def test_connecting(self) -> None:
        cases = [*not_messages(), *long_lines(), ("the end", b""), ("half", b'{"type":')]
        cases += [(kind, line({"type": kind, **GOOD[kind]})) for kind in GOOD if kind != "ready"]
        for name, hostile in cases:
            self.agent.script = Script(0, _nothing, hostile, hostile == b"" or name == "half")
            with self.subTest(name):
                with self.assertRaises(sallyport.SallyportError):
                    sallyport.connect(self.agent.target, timeout_ms=20_000)
                with self.assertRaises(sallyport.SallyportError):
                    asyncio.run(self.connect())

    def test_a_deadline_that_talk_does_not_move(self) -> None:
        """Endless errors about nobody's request, and no ready."""
        talk = line({"type": "error", "code": "busy", "message": "x", "id": 0}) * 1000
        self.agent.script = Script(0, _nothing, talk, False, endless=True)
        with self.assertRaises(sallyport.ConnectError) as caught:
            asyncio.run(self.connect(timeout_ms=100))
        self.assertEqual(caught.exception.reason, "timeout")
        # How often there is nothing to read is chance: here it never is.
        with mock.patch("sallyport._wait.select.poll", AlwaysReadable):
            with self.assertRaises(sallyport.ConnectError) as caught:
                sallyport.connect(self.agent.target, timeout_ms=100)
        self.assertEqual(caught.exception.reason, "timeout")

    async def connect(self, target: str = "", timeout_ms: float = 20_000) -> None:
        await aio.connect(target or self.agent.target, timeout_ms=timeout_ms)

    def hold(
        self,
        cases: List[Tuple[str, bytes]],
        ends: bool,
        states: Set[str] = set(STATES),
        may_pass: bool = False,
    ) -> None:
        async def hold_all() -> None:
            for name in sorted(states):
                state, in_body = STATES[name], name in IN_BODIES
                for case, hostile in cases:
                    self.agent.script = Script(1, state.before, hostile, ends or in_body)
                    with self.subTest(name, case=case):
                        await self.try_both(state, may_pass or in_body)

        asyncio.run(hold_all())

    async def try_both(self, state: State, may_pass: bool) -> None:
        said: List[Dict[str, Any]] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: said.append(context))
        for connect in (sallyport.connect, aio.connect):
            client: Any = await settled(connect(self.agent.target))
            try:
                await state.act(client)
                self.assertTrue(may_pass, "it took what is no answer")
            except sallyport.SallyportError:
                pass
            finally:
                await settled(client.close())
            with self.assertRaises(sallyport.ConnectionLost):
                await settled(client.ping())
        self.assertEqual(said, [])


if __name__ == "__main__":
    unittest.main()
