// The rows of the bench: what is measured, in which unit, and the target.
//
// Everything that a reader may want to question is here: which peer each row is compared with, and
// which figure counts as reached. A target is never changed because it was missed.

/** Units. For all except the rates, less is better. */
export type Unit = "ms" | "ns" | "MiB/s" | "jobs/s" | "KiB" | "kB" | "";

/** The peers that Sallyport is compared with. */
export const peers = {
  echo: "C epoll echo, the same bytes",
  denoEcho: "a minimal Deno echo (FFI, JSON.parse)",
  greet: "C: accept, send one line",
  later: "a later connection, after as long a rest",
  spawn: "posix_spawn + waitpid in C",
  bwrap: "bwrap --unshare-all",
  bwrapEqual: "bwrap, a job's root and filter",
  crun: "crun, a job's ids, root and filter",
  firejail: "firejail, comparable flags",
  python: "python3 -I, bare",
  cold: "the same, started with its request",
  bare: "the interpreter, bare: -c or -e",
  imported: "bare, from its rest after the import to its end",
  namespaces: "C: clone into six namespaces, exit",
  empty: "the same Deno, an empty program",
  cat: "head | cat | socat",
  catLarge: "head | cat | socat -b 131072",
  nothing: "nothing, for as long",
  first: "the first of the four, from its request",
  before: "before",
  sixteenth: "while it streams 16 MiB",
} as const;

/** Key of a peer. */
export type PeerKey = keyof typeof peers;

/**
 * A figure to reach: the ratio to a peer or, without a peer, the median itself in the row's unit.
 */
export interface Target {
  readonly peer?: PeerKey;
  readonly most?: number;
  readonly least?: number;
}

/** One row of the catalogue. */
export interface RowKind {
  readonly section: string;
  readonly name: string;
  readonly unit: Unit;
  readonly targets: readonly Target[];
}

/** Makes the rows of one section of the table. */
function section(title: string) {
  return (name: string, unit: Unit, ...targets: Target[]): RowKind => (
    { section: title, name, unit, targets }
  );
}

const request = section("A request");
const job = section("A whole job");
const start = section("Start");
const output = section("Output");
const memory = section("Memory and size");
const leaks = section("Leaks");

/** All rows, in the order of the table. */
export const catalogue = {
  ack: request(
    "request to ACK, small",
    "ms",
    { peer: "echo", most: 2 },
    { peer: "denoEcho", most: 1.3 },
  ),
  ackLarge: request(
    "request to ACK, 64 KiB of code",
    "ms",
    { peer: "echo", most: 2 },
    { peer: "denoEcho", most: 1.3 },
  ),
  accept: request("first connection, to its first line", "ms", { most: 1 }),
  written: request("code handed to the sandbox (agent's mark)", "ms", { most: 0.2 }),
  formatted: request("result formatted and sent (the agent's code, here)", "ms", { most: 0.2 }),
  firstInstruction: job("request to the job's first instruction", "ms", { most: 1 }),
  lastInstruction: job("its last instruction to the result", "ms", { peer: "spawn", most: 4 }),
  burst: job(
    "burst of 4: the last one's turn to its first instruction",
    "ms",
    { peer: "first", most: 1.5 },
  ),
  burstMarks: job("burst of 4: the last one's turn to execve (agent's marks)", "ms"),
  tiny: job("a static program that exits", "ms"),
  true: job(
    "/bin/true, its bytes sent as code",
    "ms",
    { peer: "spawn", most: 1.5 },
    { peer: "bwrapEqual", most: 0.25 },
  ),
  shell: job("sh, 64 KiB of code", "ms"),
  pythonWaiting: job(
    "Python hello, its interpreter waiting",
    "ms",
    { peer: "python", most: 0.25 },
  ),
  python: job("Python hello, asked for again after 4 ms", "ms"),
  pandasWaiting: job("Python, pandas preloaded, describe()", "ms", { peer: "cold", most: 0.03 }),
  nodeWaiting: job("Node hello, its interpreter waiting", "ms", { peer: "bare", most: 0.15 }),
  bashWaiting: job("bash hello, its interpreter waiting", "ms", { peer: "cold", most: 0.6 }),
  perlWaiting: job("Perl hello, its interpreter waiting", "ms", { peer: "cold", most: 0.6 }),
  rate: job(
    "static jobs back to back",
    "jobs/s",
    { peer: "spawn", least: 0.2 },
    { peer: "bwrapEqual", least: 3 },
  ),
  busy: job("busy processor per job, on the whole machine", "ms"),
  reset: job("sandbox thrown away and made (reset)", "ms"),
  start: start(
    "agent: start to ready",
    "ms",
    { peer: "empty", most: 1.5 },
    { peer: "empty", most: 2.2 },
  ),
  load: start("of it, until the code is loaded (--version)", "ms"),
  listening: start("of it, until it listens (zygote made)", "ms"),
  stream: output("256 MiB streamed to the client", "MiB/s", { peer: "cat", least: 0.5 }),
  streamRss: output("agent's RSS after it", "KiB", { peer: "before", most: 1.05 }),
  streamPeak: output(
    "agent's most RSS while it streams",
    "KiB",
    { peer: "sixteenth", most: 1.05 },
  ),
  dropped: output("overwritten in the ring: the client was slower", "KiB"),
  rss: memory("idle agent, RSS", "KiB"),
  pss: memory("idle agent, PSS", "KiB"),
  pssAnon: memory("idle agent, PSS of anonymous pages", "KiB"),
  pssFile: memory("idle agent, PSS of file pages", "KiB"),
  pythonPss: memory("idle with a waiting Python, PSS", "KiB"),
  pythonPssAgent: memory("of it, the agent", "KiB"),
  pythonPssLaunchers: memory("of it, the launchers together", "KiB"),
  pythonPssInterpreter: memory("of it, the interpreter", "KiB"),
  nodePss: memory("idle with a waiting Node, PSS", "KiB"),
  nodePssAgent: memory("of it, the agent", "KiB"),
  nodePssLaunchers: memory("of it, the launchers together", "KiB"),
  nodePssInterpreter: memory("of it, the interpreter", "KiB"),
  launcher: memory("one launcher, RSS", "KiB", { most: 62.5 }), // 64 kB
  bundle: memory("the agent's code with its packages, minified", "kB", { most: 500 }),
  added: memory("the binary beyond the runtime it was made from", "kB", { most: 500 }),
  leakRss: leaks("RSS after 1,000 jobs in a row", "KiB", { peer: "before", most: 1.05 }),
  leakDescriptors: leaks(
    "descriptors of the agent after them",
    "",
    { peer: "before", most: 1 },
  ),
  leakProcesses: leaks(
    "processes below it, zombies included",
    "",
    { peer: "before", most: 1 },
  ),
  leakFiles: leaks("files they left (/tmp, /var/tmp, /dev/shm, /run)", "", { most: 0 }),
} as const satisfies Record<string, RowKind>;

/** Key of a row. */
export type RowKey = keyof typeof catalogue;
