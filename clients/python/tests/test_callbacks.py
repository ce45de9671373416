"""A caller's own function fails: that is its run's failure, in both clients, and nothing else's."""

import asyncio
import inspect
import json
import threading
import time
import unittest
from typing import Any, Callable, Dict, List

import sallyport
from sallyport import aio

from .fake_agent import FakeAgent
from .hostile_bytes import GOOD

_SAMPLE = {"answers": {"type": "usage", **GOOD["usage"]}}
_RUN = {"type": "run", "language": "sh", "bytes": 0, "usage": True, "id": 1}


def _result(id: int, status: str) -> Dict[str, Any]:
    return {"answers": {"type": "result", **GOOD["result"], "id": id, "status": status}}


#: A sample and the result, which come at once.
_LAST = {
    "raw": "".join(
        json.dumps(one["answers"]) + "\n" for one in (_SAMPLE, _result(1, "exited"))
    )
}


def _steps(samples: int, stream: bool) -> List[Dict[str, Any]]:
    """A run with samples that is cancelled, and a sign of life after it."""
    return [
        {"sends": {**_RUN, **({"stream": True} if stream else {})}},
        {"answers": {"type": "ack", "id": 1}},
        *[_SAMPLE] * samples,
        {"sends": {"type": "cancel", "id": 0}},
        _result(1, "cancelled"),
        {"sends": {"type": "ping", "id": 2}},
        {"answers": {"type": "pong", "id": 2}},
    ]


async def settled(value: Any) -> Any:
    """What it is, or what it becomes."""
    return await value if inspect.isawaitable(value) else value


class Failing:
    """A function for samples that raises."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, _: sallyport.Usage) -> None:
        self.calls += 1
        raise ZeroDivisionError("the caller's own")


class OnUsage(unittest.TestCase):
    def both(self, steps: List[Dict[str, Any]], act: Callable[[Any], Any]) -> None:
        said: List[Any] = []

        async def hold(connect: Any, path: str) -> None:
            asyncio.get_running_loop().set_exception_handler(lambda _, what: said.append(what))
            client = await settled(connect(f"unix:{path}"))
            try:
                await act(client)
            finally:
                await settled(client.close())

        for connect in (sallyport.connect, aio.connect):
            with FakeAgent(steps) as agent:
                asyncio.run(hold(connect, agent.path))
        self.assertEqual(said, [])

    def test_a_run(self) -> None:
        async def act(client: Any) -> None:
            failing = Failing()
            with self.assertRaisesRegex(ZeroDivisionError, "the caller's own"):
                await settled(client.run(language="sh", code="", on_usage=failing))
            self.assertEqual(failing.calls, 1)
            await settled(client.ping())

        self.both(_steps(3, False), act)

    def test_a_reader(self) -> None:
        async def act(client: Any) -> None:
            run = await settled(client.start(language="sh", code="", on_usage=Failing()))
            with self.assertRaises(ZeroDivisionError):
                if isinstance(client, aio.Client):
                    async for _ in run:
                        pass
                else:
                    list(run)
            with self.assertRaises(ZeroDivisionError):
                await settled(run.result())
            await settled(client.ping())

        self.both(_steps(2, True), act)

    def test_the_last_sample_counts(self) -> None:
        """It comes in one piece with the result."""
        steps = [{"sends": _RUN}, {"answers": {"type": "ack", "id": 1}}, _LAST]

        async def act(client: Any) -> None:
            with self.assertRaises(ZeroDivisionError):
                await settled(client.run(language="sh", code="", on_usage=Failing()))

        self.both(steps, act)

    def test_a_coroutine_function(self) -> None:
        async def later(_: sallyport.Usage) -> None:
            raise AssertionError("nobody awaits it")

        async def act(client: Any) -> None:
            with self.assertRaisesRegex(TypeError, "not a coroutine function"):
                await settled(client.run(language="sh", code="", on_usage=later))

        self.both([], act)

        async def hidden(client: Any) -> None:
            with self.assertRaisesRegex(TypeError, "not a coroutine function"):
                await settled(client.run(language="sh", code="", on_usage=lambda one: later(one)))
            await settled(client.ping())

        self.both(_steps(1, False), hidden)

    def test_no_thread_has_the_result_before_the_last_call(self) -> None:
        """One of two threads reads, and calls; the other must not overtake it."""
        steps = [
            {"sends": _RUN},
            {"answers": {"type": "ack", "id": 1}},
            {"sleeps": 0.3},
            _LAST,
        ]

        def late(_: sallyport.Usage) -> None:
            time.sleep(0.3)
            raise ZeroDivisionError

        with FakeAgent(steps) as agent, sallyport.connect(f"unix:{agent.path}") as client:
            run = client.start(language="sh", code="", stream=False, on_usage=late)
            raised: List[BaseException] = []

            def wait() -> None:
                try:
                    run.result()
                except ZeroDivisionError as error:
                    raised.append(error)

            threads = [threading.Thread(target=wait) for _ in range(2)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(10)
            self.assertEqual(len(raised), 2)

    def test_another_thread_hears_nothing_of_it(self) -> None:
        """Whichever thread reads makes the calls: here one that asks for a sign of life."""
        steps = [
            {"sends": _RUN},
            {"answers": {"type": "ack", "id": 1}},
            {"sends": {"type": "ping", "id": 2}},
            _SAMPLE,
            {"sends": {"type": "cancel", "id": 0}},
            {"answers": {"type": "pong", "id": 2}},
            _result(1, "cancelled"),
        ]
        with FakeAgent(steps) as agent, sallyport.connect(f"unix:{agent.path}") as client:
            run = client.start(language="sh", code="", stream=False, on_usage=Failing())
            run.wait_begun()
            raised: List[BaseException] = []

            def wait() -> None:
                try:
                    run.result()
                except BaseException as error:
                    raised.append(error)

            waiting = threading.Thread(target=wait)
            self.assertGreater(client.ping(), 0)
            waiting.start()
            waiting.join(10)
            self.assertEqual([type(one) for one in raised], [ZeroDivisionError])


if __name__ == "__main__":
    unittest.main()
