"""Builds the wheel by hand: `python3 wheel.py [FOLDER]`, or as pip's build backend (PEP 517).

The same files always give the same bytes: names in order, fixed times and modes, and no
compression, which differs between versions of zlib. Nothing is fetched.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
import sys
import zipfile
from typing import Any, Dict, List, Optional

HERE = os.path.dirname(os.path.abspath(__file__))
#: The first moment that a zip file can say.
MOMENT = (1980, 1, 1, 0, 0, 0)


def project(name: str) -> str:
    """A field of pyproject.toml. Python 3.9 has no parser of TOML."""
    with open(os.path.join(HERE, "pyproject.toml"), encoding="utf-8") as file:
        found = re.search(rf'^{re.escape(name)} = "(.*)"$', file.read(), re.M)
    if found is None:
        raise ValueError(f'Cannot build: no "{name}" in pyproject.toml')
    return found[1]


def metadata() -> str:
    """METADATA of the wheel."""
    with open(os.path.join(HERE, "README.md"), encoding="utf-8") as file:
        readme = file.read()
    return (
        "Metadata-Version: 2.1\n"
        f"Name: {project('name')}\n"
        f"Version: {project('version')}\n"
        f"Summary: {project('description')}\n"
        f"Requires-Python: {project('requires-python')}\n"
        "Description-Content-Type: text/markdown\n"
        f"\n{readme}"
    )


def contents() -> Dict[str, bytes]:
    """Every file of the wheel but its RECORD, by its name there."""
    package, version = project("name"), project("version")
    files: Dict[str, bytes] = {}
    for name in sorted(os.listdir(os.path.join(HERE, package))):
        if name.endswith((".py", ".typed")):
            with open(os.path.join(HERE, package, name), "rb") as file:
                files[f"{package}/{name}"] = file.read()
    info = f"{package}-{version}.dist-info"
    files[f"{info}/METADATA"] = metadata().encode()
    wheel = "Wheel-Version: 1.0\nGenerator: wheel.py\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    files[f"{info}/WHEEL"] = wheel.encode()
    return files


def build(folder: str) -> str:
    """Writes the wheel into a folder, and returns its name."""
    package, version = project("name"), project("version")
    files = contents()
    record: List[str] = []
    for name, content in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=")
        record.append(f"{name},sha256={digest.decode()},{len(content)}\n")
    own = f"{package}-{version}.dist-info/RECORD"
    files[own] = "".join([*record, f"{own},,\n"]).encode()
    os.makedirs(folder, exist_ok=True)
    wheel = f"{package}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(folder, wheel), "w") as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, MOMENT)
            entry.create_system = 3
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, content)
    return wheel


# What pip calls.


def build_wheel(
    wheel_directory: str,
    config_settings: Optional[Dict[str, Any]] = None,
    metadata_directory: Optional[str] = None,
) -> str:
    """PEP 517."""
    return build(wheel_directory)


def build_sdist(sdist_directory: str, config_settings: Optional[Dict[str, Any]] = None) -> str:
    """PEP 517. There is none: the wheel has all the source."""
    raise NotImplementedError("Cannot build a source distribution: build the wheel")


if __name__ == "__main__":
    chosen = sys.argv[1] if len(sys.argv) > 1 else os.path.join(HERE, "..", "..", "dist")
    print(os.path.normpath(os.path.join(chosen, build(chosen))))
