"""The asynchronous client against a real agent, whose target is in SALLYPORT_TARGET."""

import asyncio
import tempfile
import time
import unittest

import sallyport
from sallyport import aio

from .monitor import Monitor
from .programs import FLOOD, FOR_EVER, SLOW_READER, TARGET, open_descriptors, resident_bytes


@unittest.skipUnless(TARGET, "no SALLYPORT_TARGET")
class AsyncAgent(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self) -> None:
        self.client = await aio.connect(TARGET)
        self.addAsyncCleanup(self.client.close)

    async def test_run(self) -> None:
        result = await self.client.run(language="python", code="print(6 * 7)", timeout_ms=5000)
        self.assertEqual((result.ok, result.stdout.text()), (True, "42\n"))

    async def test_output_of_64_mib_in_flat_memory(self) -> None:
        before = resident_bytes()
        most = received = end = missed = 0
        run = await self.client.start(language="python", code=FLOOD, timeout_ms=30_000)
        async for piece in run:
            missed += piece.offset - end
            end = piece.offset + len(piece.bytes)
            received += len(piece.bytes)
            most = max(most, resident_bytes())
        result = await run.result()
        self.assertEqual(result.stdout.total, 64 << 20)
        self.assertEqual((received + missed, missed), (64 << 20, result.stdout.dropped))
        self.assertLess(most - before, 8 << 20)

    async def test_a_slow_reader_of_output_holds_nothing(self) -> None:
        before = resident_bytes()
        run = await self.client.start(language="python", code=FLOOD, timeout_ms=30_000)
        last = 0
        async for piece in run:
            if last == 0:
                await asyncio.sleep(1)
            last = piece.offset + len(piece.bytes)
        self.assertEqual(last, 64 << 20)
        self.assertLess(resident_bytes() - before, 8 << 20)
        self.assertGreater((await run.result()).stdout.dropped, 0)

    async def test_a_reader_that_leaves(self) -> None:
        run = await self.client.start(language="python", code=FLOOD, timeout_ms=30_000)
        async for _ in run:
            break
        self.assertTrue((await run.result()).ok)

    async def test_input_waits_for_a_slow_reader(self) -> None:
        run = await self.client.start(
            language="python", code=SLOW_READER, stdin=sallyport.STREAM, timeout_ms=20_000
        )
        began = time.monotonic()
        await run.stdin.write(b"x" * (1 << 19))
        self.assertLess(time.monotonic() - began, 0.9)
        await run.stdin.write(b"x" * (7 << 19))
        self.assertGreater(time.monotonic() - began, 0.9)
        await run.stdin.close()
        self.assertEqual([piece.text() async for piece in run], [f"{8 << 19}\n"])

    async def test_who_writes_without_end_hears_of_the_end(self) -> None:
        run = await self.client.start(language="sh", code="read line", stdin=sallyport.STREAM)

        async def writes() -> None:
            while True:
                await run.stdin.write("line\n")

        writer = asyncio.create_task(writes())
        self.assertTrue((await run.result()).ok)
        writer.cancel()

    async def test_all_input_at_once(self) -> None:
        run = await self.client.start(
            language="python", code=SLOW_READER, stdin=b"x" * (8 << 19), timeout_ms=20_000
        )
        self.assertEqual([piece.text() async for piece in run], [f"{8 << 19}\n"])

    async def test_a_cancelled_task_cancels_the_program(self) -> None:
        began = time.monotonic()
        with self.assertRaises(asyncio.TimeoutError):
            await asyncio.wait_for(self.client.run(language="sh", code="sleep 20"), 0.3)
        self.assertTrue((await self.client.run(language="sh", code="", wait_ms=5000)).ok)
        self.assertLess(time.monotonic() - began, 5)

    async def test_cancel_and_signal(self) -> None:
        run = await self.client.start(language="sh", code=FOR_EVER)
        await run.wait_begun()
        await run.cancel()
        self.assertEqual((await run.result()).status, "cancelled")
        # A signal reaches a program that has begun, so wait for its first word.
        run = await self.client.start(language="sh", code=f"echo begun; {FOR_EVER}")
        async for _ in run:
            await run.signal("SIGKILL")
        self.assertEqual((await run.result()).signal, "SIGKILL")

    async def test_files_many_at_once(self) -> None:
        content = {f"d/{number}": b"%d" % number * 5000 for number in range(40)}
        await asyncio.gather(*(self.client.put(name, body) for name, body in content.items()))
        got = await asyncio.gather(*(self.client.get(name) for name in content))
        self.assertEqual(got, list(content.values()))
        with tempfile.TemporaryDirectory() as folder:
            transferred = await self.client.get_directory("d", folder)
            self.assertEqual(transferred.files, 40)
            again = await self.client.put_directory(folder, "e")
            self.assertEqual(again, transferred)
        await self.client.remove("d", recursive=True)
        self.assertEqual([one.name for one in await self.client.list()], ["e"])

    async def test_refusals_and_info(self) -> None:
        with self.assertRaises(sallyport.RequestError) as caught:
            await self.client.get("../x")
        self.assertEqual(caught.exception.code, "forbidden_path")
        self.assertEqual((await self.client.info()).agent, self.client.agent)
        self.assertGreater(await self.client.ping(), 0)

    async def test_through_a_monitor(self) -> None:
        with Monitor(TARGET.partition(":")[2], 5000) as monitor:
            async with aio.connect(f"firecracker:{monitor.path}:5000") as client:
                self.assertTrue((await client.run(language="sh", code="")).ok)

    async def test_nothing_is_left(self) -> None:
        before = (open_descriptors(), len(asyncio.all_tasks()))
        for _ in range(5):
            async with aio.connect(TARGET) as client:
                await client.ping()
        self.assertEqual((open_descriptors(), len(asyncio.all_tasks())), before)


if __name__ == "__main__":
    unittest.main()
