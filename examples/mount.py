# Asks for something that no sandbox gives: a mount. The result names the call that was denied.
import ctypes, os

libc = ctypes.CDLL(None, use_errno=True)
made = libc.mount(b"none", b"/mnt", b"tmpfs", 0, None)
print("mount:", made, os.strerror(ctypes.get_errno()))
