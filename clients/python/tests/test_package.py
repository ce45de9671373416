"""The wheel is the same each time, it can be imported, and every file is Python 3.9."""

import ast
import csv
import hashlib
import io
import os
import subprocess
import sys
import tempfile
import unittest
import zipfile
from base64 import urlsafe_b64encode

FOLDER = os.path.normpath(os.path.join(os.path.dirname(__file__), ".."))


def built(folder: str) -> str:
    """Builds the wheel in a process of its own. Returns its path."""
    command = [sys.executable, os.path.join(FOLDER, "wheel.py"), folder]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


class Package(unittest.TestCase):
    def test_the_wheel_is_reproducible_and_whole(self) -> None:
        with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
            wheel = built(one)
            with open(wheel, "rb") as first, open(built(two), "rb") as second:
                self.assertEqual(first.read(), second.read())
            with zipfile.ZipFile(wheel) as archive:
                names = archive.namelist()
                record = archive.read(names[-1]).decode()
                rows = {row[0]: row for row in csv.reader(io.StringIO(record))}
                self.assertEqual(sorted(rows), sorted(names))
                for name in names[:-1]:
                    digest = hashlib.sha256(archive.read(name)).digest()
                    wanted = "sha256=" + urlsafe_b64encode(digest).rstrip(b"=").decode()
                    self.assertEqual(rows[name][1], wanted)
                self.assertIn("sallyport/py.typed", names)
            code = (
                "import sallyport, sallyport.aio; print(sallyport.__version__, sallyport.__file__)"
            )
            said = subprocess.run(
                [sys.executable, "-c", code],
                env={"PYTHONPATH": wheel},
                check=True,
                capture_output=True,
                text=True,
                cwd=two,
            ).stdout.split()
            self.assertIn(f"-{said[0]}-", os.path.basename(wheel))
            self.assertTrue(said[1].startswith(wheel))

    def test_every_file_is_python_3_9(self) -> None:
        for folder, _, names in os.walk(FOLDER):
            for name in names:
                if name.endswith(".py"):
                    with open(os.path.join(folder, name), encoding="utf-8") as file:
                        ast.parse(file.read(), name, feature_version=(3, 9))


if __name__ == "__main__":
    unittest.main()
