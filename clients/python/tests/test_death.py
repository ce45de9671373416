"""An agent that dies in the middle: its process is in SALLYPORT_AGENT_PID, and it ends here."""

import asyncio
import os
import signal
import threading
import unittest

import sallyport
from sallyport import aio

from .programs import FOR_EVER, TARGET

PID = int(os.environ.get("SALLYPORT_AGENT_PID", "0"))


@unittest.skipUnless(TARGET and PID, "no agent that may be killed")
class Death(unittest.TestCase):
    def test_whoever_waits_hears_of_it(self) -> None:
        idle = sallyport.connect(TARGET)
        client = sallyport.connect(TARGET)
        run = client.start(language="sh", code=f"echo begun; {FOR_EVER}")
        pieces = iter(run)
        self.assertEqual(next(pieces).text(), "begun\n")

        async def waits() -> sallyport.ConnectionLost:
            async with aio.connect(TARGET) as other:
                with self.assertRaises(sallyport.ConnectionLost) as caught:
                    await other.run(language="sh", code="", wait_ms=20_000)
                return caught.exception

        timer = threading.Timer(0.5, os.kill, (PID, signal.SIGKILL))
        timer.start()
        self.assertIsNone(asyncio.run(waits()).began, "it waited in line: nobody knows")
        with self.assertRaises(sallyport.ConnectionLost):
            next(pieces)
        with self.assertRaises(sallyport.ConnectionLost) as caught:
            run.result()
        self.assertIs(caught.exception.began, True)
        with self.assertRaises(sallyport.ConnectionLost):
            idle.ping()
        with self.assertRaises(sallyport.ConnectionLost) as caught:
            idle.run(language="sh", code="")
        self.assertIs(caught.exception.began, False)
        client.close()
        idle.close()
        timer.join()
        with self.assertRaises(sallyport.ConnectError) as refused:
            sallyport.connect(TARGET)
        self.assertEqual(refused.exception.reason, "refused")


if __name__ == "__main__":
    unittest.main()
