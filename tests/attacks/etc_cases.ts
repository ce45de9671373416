// Programs that look for what /etc does not show, list what it does, and try to change it. They are
// Python, print one JSON value, and take paths as a JSON list on standard input.

/** One route to a file that is not listed: the end of a program that begins with `absent`. */
export interface Route {
  readonly name: string;
  readonly code: string;
  /** Whether it reads the file where the layer is off. */
  readonly succeeds: boolean;
}

/** Defines `path(p)`, which prints what the file holds or why it cannot be read. */
export const absent = `
import ctypes, errno, json, os, struct
def said(read):
  try: print(json.dumps(read()))
  except OSError as e: print(json.dumps(errno.errorcode[e.errno]))
def path(p, at=None):
  def read():
    fd = os.open(p, os.O_RDONLY, dir_fd=at)
    return os.read(fd, 100).decode()
  said(read)
def directory(p): return os.open(p, os.O_RDONLY | os.O_DIRECTORY)
`;

const id = "machine-id";
const direct = (name: string, path: string, succeeds = true): Route => ({
  name,
  code: `path(${JSON.stringify(path)})\n`,
  succeeds,
});

/** All routes. Those that succeed nowhere are refused by another layer as well. */
export const routes: readonly Route[] = [
  direct("by its name", `/etc/${id}`),
  direct("through the root of its own process", `/proc/self/root/etc/${id}`),
  direct("through the root of its thread", `/proc/thread-self/root/etc/${id}`),
  direct("through the keeper's root", `/proc/1/root/etc/${id}`, false),
  direct("through its working directory", `/proc/self/cwd/../etc/${id}`),
  direct("out of a mounted directory", `/etc/ssl/certs/../../${id}`),
  direct("out of another", `/etc/alternatives/../${id}`),
  direct("by the name of what was the old root", `/../../../etc/${id}`),
  direct("beside the shown programs", `/usr/../etc/${id}`),
  direct("through /dev/fd", `/dev/fd/../root/etc/${id}`),
  {
    name: "through a link of its own",
    code: `os.symlink("/etc/${id}", "/tmp/link")\npath("/tmp/link")\n`,
    succeeds: true,
  },
  {
    name: "through a link of its own to a mounted directory",
    code: `os.symlink("/etc/alternatives/..", "/tmp/up")\npath("/tmp/up/${id}")\n`,
    succeeds: true,
  },
  {
    name: "from an open directory upwards",
    code: `path("../${id}", directory("/etc/alternatives"))\n`,
    succeeds: true,
  },
  {
    name: "through the name of an open directory",
    code: `path("/proc/self/fd/%d/../${id}" % directory("/etc/alternatives"))\n`,
    succeeds: true,
  },
  {
    name: "from a working directory that is mounted",
    code: `os.chdir("/etc/alternatives")\npath("../${id}")\n`,
    succeeds: true,
  },
  {
    name: "by a second name of a link to it",
    code: `os.symlink("/etc/${id}", "/tmp/a")\n` +
      `said(lambda: (os.link("/tmp/a", "/tmp/b", follow_symlinks=False), open("/tmp/b").read())[1])\n`,
    succeeds: true,
  },
  {
    name: "by a handle of the directory that a mounted one is in",
    code: `
libc = ctypes.CDLL(None, use_errno=True)
def read():
  handle = ctypes.create_string_buffer(struct.pack("II", 128, 0) + bytes(128))
  mount = ctypes.c_int()
  # FILEID_INO32_GEN of inode 2, the root of most file systems, if none can be asked for.
  if libc.name_to_handle_at(-100, b"/etc/alternatives", handle, ctypes.byref(mount), 0) < 0:
    handle = ctypes.create_string_buffer(struct.pack("IiII", 8, 1, 2, 0))
  fd = libc.open_by_handle_at(directory("/etc/alternatives"), handle, os.O_RDONLY)
  if fd < 0: raise OSError(ctypes.get_errno(), "")
  return os.read(os.open("../${id}", os.O_RDONLY, dir_fd=fd), 100).decode()
said(read)
`,
    succeeds: false,
  },
  {
    name: "by mounting the guest's /etc elsewhere",
    code: `
libc = ctypes.CDLL(None, use_errno=True)
def read():
  os.mkdir("/tmp/m")
  if libc.mount(b"/proc/1/root/etc", b"/tmp/m", None, 4096, None) < 0: raise OSError(ctypes.get_errno(), "")
  return open("/tmp/m/${id}").read()
said(read)
`,
    succeeds: false,
  },
  {
    name: "by taking away the mount over it",
    code: `
libc = ctypes.CDLL(None, use_errno=True)
def read():
  if libc.umount2(b"/etc/alternatives", 2) < 0: raise OSError(ctypes.get_errno(), "")
  return open("/etc/${id}").read()
said(read)
`,
    succeeds: false,
  },
];

/** Lists all that is below the given directories: path, kind, and for files a hash or an errno. */
export const looks = `
import errno, hashlib, json, os, sys
found = []
def look(path):
  if os.path.islink(path): kind = "link"
  elif os.path.isdir(path): kind = "directory"
  elif os.path.isfile(path): kind = "file"
  else: kind = "other"
  entry = {"path": path, "kind": kind}
  if kind == "file":
    try: entry["hash"] = hashlib.sha256(open(path, "rb").read()).hexdigest()
    except OSError as e: entry["hash"] = errno.errorcode[e.errno]
  found.append(entry)
  if kind == "directory":
    try: names = sorted(os.listdir(path))
    except OSError: names = []
    for name in names: look(path + "/" + name)
for path in json.load(sys.stdin): look(path)
print(json.dumps(found))
`;

/** Tries to change each path in every way, and prints for each way the paths with what came of it. */
export const writes = `
import errno, json, os, sys
paths = json.load(sys.stdin)
ways = {
  "write": lambda p: os.open(p, os.O_WRONLY),
  "empty": lambda p: os.truncate(p, 0),
  "make a file in": lambda p: os.open(p + "/new", os.O_WRONLY | os.O_CREAT),
  "make a directory in": lambda p: os.mkdir(p + "/new"),
  "link in": lambda p: os.symlink("/tmp", p + "/new"),
  "make beside": lambda p: os.open(p + ".new", os.O_WRONLY | os.O_CREAT),
  "remove": lambda p: os.unlink(p),
  "remove a directory": lambda p: os.rmdir(p),
  "rename": lambda p: os.rename(p, p + ".old"),
  "move out": lambda p: os.rename(p, "/tmp/out"),
  "replace": lambda p: (open("/tmp/mine", "w").close(), os.rename("/tmp/mine", p)),
  "second name": lambda p: os.link(p, "/tmp/second", follow_symlinks=False),
  "mode": lambda p: os.chmod(p, 0o777) if not os.path.islink(p) else os.unlink(p),
  "owner": lambda p: os.chown(p, 1000, 1000, follow_symlinks=False),
  "times": lambda p: os.utime(p, (1, 1), follow_symlinks=False),
  "attribute": lambda p: os.setxattr(p, "user.x", b"x", follow_symlinks=False),
}
came = {}
for way, do in ways.items():
  came[way] = []
  for path in paths:
    try: do(path); came[way].append(path + " done")
    except OSError as e: came[way].append(path + " " + errno.errorcode[e.errno])
print(json.dumps(came))
`;
