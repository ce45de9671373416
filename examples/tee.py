# Copies from one pipe to another with tee(2), which the Python profile does not allow: a rule is
# missing.
import ctypes
import os

(reader, writer), (other_reader, other_writer) = os.pipe(), os.pipe()
os.write(writer, b"through")
libc = ctypes.CDLL(None, use_errno=True)
copied = libc.tee(reader, other_writer, 7, 0)
print(copied, os.read(other_reader, 7) if copied > 0 else os.strerror(ctypes.get_errno()))
