// Python's boot program, where a sitecustomize of the system's own is installed and where none is.

import assert from "node:assert/strict";
import { file, testNeeding } from "../../tests/helpers/need.ts";

const python = "/usr/bin/python3";

/** Starts Python with the boot program, says go, and prints what it said. */
const driver = `
import os, shutil, socket, subprocess, sys, sysconfig
boot, home, installed = sys.argv[1], sys.argv[2], sys.argv[3] == "true"
library = sysconfig.get_path("stdlib")
copy = os.path.join(home, "lib", os.path.basename(library))
os.makedirs(copy)
for name in os.listdir(library):
    if name != "sitecustomize.py": os.symlink(os.path.join(library, name), os.path.join(copy, name))
if installed: open(os.path.join(copy, "sitecustomize.py"), "w").write("print('installed')")
hidden = os.path.join(home, "hidden")
os.makedirs(hidden)
shutil.copy(boot, hidden)
ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
ours.send(b"0\\0")
child = subprocess.run([sys.executable, "-c", "import sys; print('sitecustomize' in sys.modules)"],
    env={"PYTHONHOME": home, "PYTHONPATH": hidden, "SALLYPORT_PRELOAD": ""},
    capture_output=True, text=True, close_fds=False, preexec_fn=lambda: os.dup2(theirs.fileno(), 3))
print(child.stdout + child.stderr, end="")
`;

async function start(installed: boolean): Promise<string> {
  const home = await Deno.makeTempDir();
  try {
    const boot = new URL("sitecustomize.py", import.meta.url).pathname;
    const { stdout, stderr } = await new Deno.Command(python, {
      args: ["-c", driver, boot, home, String(installed)],
    }).output();
    return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

testNeeding(
  [file(python)],
  "a module of the boot program's name that is installed comes as it always does",
  async () => assert.equal(await start(true), "installed\nTrue\n"),
);

testNeeding(
  [file(python)],
  "where none is installed there is none, and nothing is said",
  async () => assert.equal(await start(false), "False\n"),
);
