// The rooms of the project: what each contains, and which others it may import.
//
// They are listed from the top floor to the ground: a room may only import rooms below it. The lint
// plugin checks every module against its room's line, and `deno task rooms` prints the imports as
// they are.

/**
 * A folder, or a module that is a room by itself. Its subfolders belong to it, unless they are
 * rooms too.
 */
export interface Room {
  /** Path below the root of the project. */
  readonly path: string;
  /** What it contains, in one sentence. */
  readonly holds: string;
  /** Paths of the rooms that it may import. */
  readonly may: readonly string[];
}

const room = (path: string, holds: string, may: string): Room => (
  { path, holds, may: may.split(/\s+/).filter((name) => name !== "") }
);

/** All rooms, each listed before those that it may import. */
export const rooms: readonly Room[] = [
  room(
    "scripts",
    "the tasks of deno.json that are not a program of another room",
    "scripts/bench scripts/demo scripts/doctor scripts/gate scripts/rooms tests/vm/scenarios tests/vm/guest image image/packages scripts/build scripts/tools controller agent/run agent/pool agent/start policy policy/author policy/generated sandbox protocol",
  ),
  room(
    "scripts/bench",
    "measures Sallyport beside its peers, in one run",
    "tests/helpers scripts/build scripts/tools controller agent/serve agent/run agent/start sandbox policy policy/compile policy/read policy/libseccomp policy/generated linux",
  ),
  room("scripts/demo", "the programs that the demo runs", ""),
  room("scripts/doctor", "what a kernel must have, and how to try it", "scripts/tools"),
  room(
    "scripts/gate",
    "what the tests need on a machine, and what they reported",
    "policy/libseccomp",
  ),
  room("scripts/rooms", "this list, and the picture of the imports", "scripts/tools"),
  room("examples", "programs that people copy", "controller"),
  room("tests/vm/scenarios", "what is tried in a booted guest", ""),
  room("tests/vm/guest", "the guest that is tried: its image, and how to reach and observe it", ""),
  room(
    "tests/helpers",
    "starts real agents and jobs for tests, and counts what they leave behind",
    "",
  ),
  room(
    "host",
    "the program on the host: runs machines with agents in them",
    "host/serve host/fleet host/simulate host/pool host/machine image scripts/build scripts/tools controller/cli controller linux",
  ),
  room(
    "host/serve",
    "the HTTP service before a pool: requests, tokens, limits, what it tells of itself",
    "host/pool controller protocol scripts/tools",
  ),
  room(
    "host/fleet",
    "many hosts that share one queue of jobs, on a NATS server",
    "host/pool controller/cli controller scripts/tools",
  ),
  room(
    "host/simulate",
    "a pool in virtual time, and on paper: how many machines are needed",
    "host/pool controller scripts/tools",
  ),
  room(
    "host/pool",
    "machines that are ready, and the line of those who wait for one",
    "host/machine controller",
  ),
  room(
    "host/machine",
    "a machine on which an agent runs, and the monitors that can run one",
    "image controller scripts/tools linux",
  ),
  room(
    "image",
    "what users boot: a minimal guest with the agent as its first process",
    "image/packages scripts/build scripts/tools policy/generated linux",
  ),
  room(
    "image/device",
    "a virtio socket device over vhost-user, for hosts without vhost-vsock",
    "linux",
  ),
  room("scripts/build", "bundles and compiles the agent", "image/packages scripts/tools"),
  room(
    "image/packages",
    "Debian's packages: looked up, fetched by checksum, unpacked",
    "scripts/tools",
  ),
  room(
    "scripts/tools",
    "what stands alone: runs a command, hashes bytes, finds the middle of samples, converts a schema",
    "",
  ),
  room(
    "controller/mcp",
    "the server of the Model Context Protocol, through which language models use an agent",
    "controller/cli controller protocol",
  ),
  room("controller/cli", "the command line", "controller protocol"),
  room("controller", "the client's library", "protocol"),
  room(
    "agent",
    "the program: the order of its start",
    "agent/serve agent/run agent/pool agent/pid1 agent/start agent/core policy/generated sandbox protocol linux",
  ),
  room(
    "agent/serve",
    "clients and their requests",
    "agent/run agent/pool agent/pid1 agent/core policy/compiled.ts sandbox protocol linux",
  ),
  room(
    "agent/run",
    "one job: from its request to its result",
    "agent/pool agent/core policy/compiled.ts sandbox protocol linux",
  ),
  room(
    "agent/pool",
    "sandboxes made ahead, and the job armed in one",
    "agent/core policy/compiled.ts sandbox linux",
  ),
  room(
    "agent/pid1",
    "what the agent does as a guest's first process only",
    "agent/core sandbox linux",
  ),
  room(
    "agent/start",
    "what is found out, set up and given up before the agent is ready",
    "policy/compiled.ts sandbox linux",
  ),
  room(
    "agent/core",
    "what every room of the agent stands on: the loop, the fatal line, the version",
    "linux",
  ),
  room(
    "policy",
    "the task: check, compile, verify and write a policy",
    "policy/author policy/verify policy/compile policy/read policy/libseccomp policy/generated linux",
  ),
  room(
    "policy/author",
    "helps whoever writes a policy: learn, explain, compare",
    "policy/compile policy/read",
  ),
  room(
    "policy/verify",
    "says whether a filter is what the policy says",
    "policy/compile policy/read policy/libseccomp linux",
  ),
  room(
    "policy/compile",
    "turns rule sets into BPF, tables and modules",
    "policy/read policy/libseccomp linux",
  ),
  room(
    "policy/read",
    "turns a policy file into rule sets, or into an error with its place",
    "linux",
  ),
  room("policy/libseccomp", "libseccomp as WebAssembly: built from source, and bound", ""),
  room(
    "policy/generated",
    "the compiled policy: all that the agent knows of it",
    "policy/compiled.ts",
  ),
  room("policy/compiled.ts", "the shapes of the compiled policy", "sandbox linux"),
  room("sandbox", "syscall programs, and the sandbox they make", "sandbox/launcher linux"),
  room("sandbox/launcher", "the launcher's machine code and its ELF", "linux"),
  room("protocol", "every message of the wire protocol, and its framing", ""),
  room("linux", "the kernel and the C library, and every format they speak", ""),
];

/** The room that the module at `path` is in: the one with the longest matching path. */
export function roomOf(path: string, known: readonly Room[] = rooms): Room | undefined {
  return known
    .filter((room) => path === room.path || path.startsWith(`${room.path}/`))
    .toSorted((a, b) => b.path.length - a.path.length)[0];
}

/** Whether the module at `path` exists for tests only: such a module may import any other. */
export function isForTests(path: string): boolean {
  return /_test\.ts$|(^|\/)(testing|fixtures)\/|^tests\//.test(path);
}

/**
 * Why the module at `from` may not import the one at `to`, or null. Both are paths below the root.
 */
export function brokenRule(
  from: string,
  to: string,
  known: readonly Room[] = rooms,
): string | null {
  if (isForTests(from)) return null;
  const [here, there] = [roomOf(from, known), roomOf(to, known)];
  for (const [path, room] of [[from, here], [to, there]] as const) {
    if (room === undefined) return `"${path}" is in no room: scripts/rooms/rooms.ts lists them`;
  }
  if (isForTests(to) && !to.startsWith("tests/")) return `"${to}" exists for tests only`;
  if (here === there || here!.may.includes(there!.path)) return null;
  const may = here!.may.length === 0 ? "nothing" : `only ${here!.may.join(", ")}`;
  return `"${here!.path}" must not import "${to}": it may import ${may}`;
}
