"""Programs that the tests run, and what the tests measure."""

import os

TARGET = os.environ.get("SALLYPORT_TARGET", "")

#: 64 MiB of output.
FLOOD = """
import sys
piece = b"x" * 65536
for _ in range(1024):
    sys.stdout.buffer.write(piece)
"""

#: Reads nothing for a while, and then slowly.
SLOW_READER = """
import sys, time
time.sleep(1)
total = 0
while piece := sys.stdin.buffer.read(1 << 18):
    total += len(piece)
    time.sleep(0.01)
print(total)
"""

FOR_EVER = "while :; do sleep 0.05; done"


def resident_bytes() -> int:
    """Memory of this process."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def open_descriptors() -> int:
    """How many this process has."""
    return len(os.listdir("/proc/self/fd"))
