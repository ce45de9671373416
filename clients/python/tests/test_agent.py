"""The synchronous client against a real agent, whose target is in SALLYPORT_TARGET."""

import os
import signal
import tempfile
import threading
import time
import unittest
from typing import Any, Callable, List, Optional, Tuple

import sallyport

from .monitor import Monitor
from .programs import FLOOD, FOR_EVER, SLOW_READER, TARGET, open_descriptors, resident_bytes


@unittest.skipUnless(TARGET, "no SALLYPORT_TARGET")
class Agent(unittest.TestCase):
    def setUp(self) -> None:
        self.client = sallyport.connect(TARGET)
        self.addCleanup(self.client.close)

    def test_run(self) -> None:
        result = self.client.run(
            language="python",
            code="import os, sys; print(sys.argv[1:], os.environ['A'], sys.stdin.read()); sys.exit(3)",
            args=["é", ""],
            env={"A": "b"},
            stdin="in",
            timeout_ms=5000,
            limits={"memory_bytes": 256 << 20},
        )
        self.assertEqual((result.status, result.exit_code, result.ok), ("exited", 3, False))
        self.assertEqual(result.stdout.text(), "['é', ''] b in\n")
        self.assertEqual((result.stdout.total, result.stdout.dropped), (len(result.stdout), 0))
        self.assertFalse(result.timed_out)
        self.assertIn("run_ms", result.timing)
        self.assertGreater(result.wall_ms, 0)

    def test_ends(self) -> None:
        self.assertTrue(self.client.run(language="sh", code=FOR_EVER, timeout_ms=200).timed_out)
        killed = self.client.run(language="sh", code="kill -SEGV $$")
        self.assertEqual((killed.status, killed.signal), ("signaled", "SIGSEGV"))
        code = "import socket\ntry: socket.socket()\nexcept OSError: pass"
        denied = self.client.run(language="python", code=code).denied
        self.assertEqual([one.syscall for one in denied], ["socket"])
        limited = self.client.run(
            language="sh", code="while :; do :; done", limits={"cpu_ms": 200}, timeout_ms=20_000
        )
        self.assertEqual((limited.status, limited.limit), ("limit", "cpu"))

    def test_bytes_in_and_out(self) -> None:
        data = bytes(range(256)) * 10_000
        result = self.client.run(
            language="sh", code="cat", stdin=data, stream=True, timeout_ms=20_000
        )
        self.assertEqual(result.stdout.total, len(data))
        self.assertEqual(len(result.stdout) + result.stdout.dropped, len(data))
        self.assertEqual(result.stdout[-1000:], data[-1000:])

    def test_output_of_64_mib_in_flat_memory(self) -> None:
        before = resident_bytes()
        most = received = end = missed = 0
        run = self.client.start(language="python", code=FLOOD, timeout_ms=30_000)
        for piece in run:
            missed += piece.offset - end
            end = piece.offset + len(piece.bytes)
            received += len(piece.bytes)
            most = max(most, resident_bytes())
        result = run.result()
        self.assertEqual(result.stdout.total, 64 << 20)
        self.assertEqual((received + missed, missed), (64 << 20, result.stdout.dropped))
        self.assertLess(most - before, 8 << 20)

    def test_output_that_nobody_reads_is_bounded(self) -> None:
        before = resident_bytes()
        run = self.client.start(language="python", code=FLOOD, timeout_ms=30_000)
        result = run.result()
        self.assertLess(resident_bytes() - before, 8 << 20)
        kept = list(run)
        self.assertEqual(kept[-1].offset + len(kept[-1].bytes), result.stdout.total)
        self.assertGreaterEqual(sum(len(piece.bytes) for piece in kept), 900_000)

    def test_streams_and_signals(self) -> None:
        code = (
            "import signal, sys, time\n"
            "signal.signal(signal.SIGUSR1, lambda *_: sys.exit('caught'))\n"
            "print('ready', flush=True)\n"
            "time.sleep(20)"
        )
        run = self.client.start(language="python", code=code)
        seen = []
        for piece in run:
            seen.append((piece.stream, piece.text()))
            if piece.text() == "ready\n":
                run.signal("SIGUSR1")
        self.assertEqual(seen, [("stdout", "ready\n"), ("stderr", "caught\n")])
        self.assertEqual(run.result().exit_code, 1)

    def test_answers_line_by_line(self) -> None:
        code = "import sys\nfor line in sys.stdin: print(line.strip().upper(), flush=True)"
        run = self.client.start(language="python", code=code, stdin=sallyport.STREAM)
        pieces = iter(run)
        for word in ("one", "two"):
            run.stdin.write(word + "\n")
            self.assertEqual(next(pieces).text(), word.upper() + "\n")
        run.stdin.close()
        self.assertEqual(list(pieces), [])
        self.assertTrue(run.result().ok)

    def test_input_waits_for_a_slow_reader(self) -> None:
        run = self.client.start(
            language="python", code=SLOW_READER, stdin=sallyport.STREAM, timeout_ms=20_000
        )
        began = time.monotonic()
        run.stdin.write(b"x" * (1 << 19))
        self.assertLess(time.monotonic() - began, 0.9, "half of the window needs no reader")
        run.stdin.write(b"x" * (7 << 19))
        self.assertGreater(time.monotonic() - began, 0.9, "more than the window needs one")
        run.stdin.close()
        self.assertEqual([piece.text() for piece in run], [f"{8 << 19}\n"])
        self.assertTrue(run.result().ok)

    def test_cancel_does_not_wait_for_input(self) -> None:
        run = self.client.start(language="sh", code="sleep 20", stdin=sallyport.STREAM)
        timer = threading.Timer(0.3, run.cancel)
        timer.start()
        run.stdin.write(b"x" * (8 << 20))
        timer.join()
        self.assertEqual(run.result().status, "cancelled")

    def test_cancel(self) -> None:
        run = self.client.start(language="sh", code=FOR_EVER)
        run.wait_begun()
        run.cancel()
        self.assertEqual(run.result().status, "cancelled")
        run.cancel()
        self.assertTrue(self.client.run(language="sh", code="").ok)

    def test_an_interrupt_cancels(self) -> None:
        main = threading.main_thread().ident or 0
        timer = threading.Timer(0.3, signal.pthread_kill, (main, signal.SIGINT))
        timer.start()
        began = time.monotonic()
        with self.assertRaises(KeyboardInterrupt):
            self.client.run(language="sh", code="sleep 20")
        self.assertTrue(self.client.run(language="sh", code="", wait_ms=5000).ok)
        self.assertLess(time.monotonic() - began, 5)
        timer.join()

    def test_usage(self) -> None:
        samples: List[sallyport.Usage] = []
        self.client.run(language="sh", code="sleep 0.35", on_usage=samples.append)
        self.assertGreaterEqual(len(samples), 2)
        self.assertGreater(samples[0].processes, 0)

    def test_files(self) -> None:
        self.client.put("in/a", b"\x00\xff", mode=0o600)
        self.client.put("in/b", "é")
        self.client.mkdir("in/d", mode=0o700)
        self.client.link("in/l", "a")
        listed = [(one.name, one.kind, one.mode) for one in self.client.list("in")]
        kinds = [("a", "file", 0o600), ("b", "file", 0o644), ("d", "directory", 0o700)]
        self.assertEqual(listed, [*kinds, ("l", "symlink", 0o777)])
        self.assertEqual(self.client.get("in/a"), b"\x00\xff")
        self.assertTrue(self.client.run(language="sh", code="cp in/b out", keep=True).ok)
        self.assertEqual(self.client.get("out"), "é".encode())
        self.client.remove("in/l")
        self.client.remove("in", recursive=True)
        self.assertEqual([one.name for one in self.client.list()], ["main.sh", "out"])
        self.client.reset()
        self.assertEqual(self.client.list(), [])

    def test_an_entry_runs(self) -> None:
        self.client.put("src/main.py", "import os; print(os.getcwd().endswith('/src'))")
        result = self.client.run(
            language="python", entry="src/main.py", cwd="src", profile="strict"
        )
        self.assertEqual(result.stdout.text(), "True\n")

    def test_directories(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            os.makedirs(f"{folder}/in/pkg/empty")
            for number in range(40):
                with open(f"{folder}/in/pkg/{number}", "w", encoding="utf-8") as file:
                    file.write(str(number) * 1000)
            os.symlink("pkg/1", f"{folder}/in/inside")
            os.mkfifo(f"{folder}/in/pipe")
            with open(f"{folder}/in/".encode() + b"\xff", "w", encoding="utf-8"):
                pass
            sent = self.client.put_directory(f"{folder}/in", "p")
            self.assertEqual((sent.files, sent.skipped), (40, ["pipe", "\udcff"]))
            code = "ln -s /etc/passwd p/outside; ln -s pkg p/way; chmod 700 p/pkg/7"
            self.assertTrue(self.client.run(language="sh", code=code, keep=True).ok)
            for _ in range(2):
                got = self.client.get_directory("p", f"{folder}/out")
                self.assertEqual((got.files, got.bytes), (40, sent.bytes))
                self.assertEqual(got.skipped, ["outside"])
            with self.assertRaisesRegex(ValueError, "more than 1999 bytes"):
                self.client.get_directory("p", f"{folder}/less", max_bytes=1999)
            self.assertEqual(os.stat(f"{folder}/out/pkg/7").st_mode & 0o777, 0o700)
            self.assertEqual(os.readlink(f"{folder}/out/way"), "pkg")
            self.assertEqual(os.listdir(f"{folder}/out/pkg/empty"), [])
            with open(f"{folder}/out/inside", encoding="utf-8") as file:
                self.assertEqual(file.read(), "1" * 1000)

    def test_refusals_leave_the_connection(self) -> None:
        refusals: List[Tuple[str, Optional[str], Callable[[], Any]]] = [
            ("unknown_language", "language", lambda: self.client.run(language="cobol", code="")),
            ("forbidden_path", "path", lambda: self.client.get("../x")),
            ("not_found", None, lambda: self.client.get("nobody")),
            ("bad_request", "args.0", lambda: self.client.run(language="sh", code="", args=["\0"])),
            ("too_large", "bytes", lambda: self.client.run(language="sh", code="x" * 70_000)),
            ("bad_request", "time_ms", lambda: self.client.reset(restored=True)),
        ]
        for code, field, call in refusals:
            with self.subTest(code, field=field):
                with self.assertRaises(sallyport.RequestError) as caught:
                    call()
                self.assertEqual(caught.exception.code, code)
                if field is not None:
                    self.assertEqual(caught.exception.field, field)
        self.assertGreater(self.client.ping(), 0)

    def test_info(self) -> None:
        info = self.client.info()
        self.assertEqual((info.agent, info.protocol), (self.client.agent, 1))
        self.assertIn("python", [language.name for language in info.languages])
        self.assertIn("landlock", [layer.layer for layer in info.hardening])

    def test_two_clients(self) -> None:
        with sallyport.connect(TARGET) as other:
            self.client.put("mine", "1")
            self.assertEqual(other.list(), [])
            run = self.client.start(language="sh", code="sleep 0.4; echo first")
            run.wait_begun()
            with self.assertRaises(sallyport.RequestError) as caught:
                other.run(language="sh", code="")
            self.assertEqual(caught.exception.code, "busy")
            self.assertEqual(other.run(language="sh", code="echo 2", wait_ms=5000).stdout, b"2\n")
            self.assertEqual([piece.bytes for piece in run], [b"first\n"])

    def test_threads_share_a_client(self) -> None:
        self.client.put("x", "y" * 100_000)
        wrong = []

        def work() -> None:
            for _ in range(30):
                if len(self.client.get("x")) != 100_000 or self.client.ping() > 5000:
                    wrong.append(1)

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        self.assertEqual((wrong, [one.is_alive() for one in threads]), ([], [False] * 4))

    def test_closing_ends_what_waits_in_another_thread(self) -> None:
        caught = []

        def work() -> None:
            try:
                self.client.run(language="sh", code="sleep 20")
            except sallyport.ConnectionLost as error:
                caught.append(error.began)

        thread = threading.Thread(target=work)
        thread.start()
        time.sleep(0.3)
        began = time.monotonic()
        self.client.close()
        thread.join(5)
        self.assertEqual(caught, [True])
        self.assertLess(time.monotonic() - began, 2)
        with self.assertRaises(sallyport.ConnectionLost) as lost:
            self.client.ping()
        self.assertIs(lost.exception.began, False)

    def test_through_a_monitor(self) -> None:
        with Monitor(TARGET.partition(":")[2], 5000) as monitor:
            with sallyport.connect(f"firecracker:{monitor.path}:5000") as client:
                self.assertEqual(client.run(language="sh", code="echo hi").stdout.text(), "hi\n")
                client.put("big", b"x" * (4 << 20))
                self.assertEqual(len(client.get("big")), 4 << 20)
            with self.assertRaises(sallyport.ConnectError) as caught:
                sallyport.connect(f"firecracker:{monitor.path}:6000")
            self.assertEqual(caught.exception.reason, "not_an_agent")

    def test_nothing_is_left(self) -> None:
        before = (open_descriptors(), threading.active_count())
        for _ in range(5):
            with sallyport.connect(TARGET) as client:
                client.ping()
        self.assertEqual((open_descriptors(), threading.active_count()), before)


if __name__ == "__main__":
    unittest.main()
