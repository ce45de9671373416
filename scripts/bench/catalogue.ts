// The rows of the bench: what is measured, in which unit, and the target.
//
// Everything that a reader may want to question is here: which peer each row is compared with, and
// which figure counts as reached. A target is never changed because it was missed.

/** Units. For all except the rates, less is better. */
export type Unit = "ms" | "ns" | "MiB/s" | "jobs/s" | "KiB" | "kB" | "";

/** The peers that Sallyport is compared with. */
export const peers = {
  echo: "C epoll echo, the same bytes",
  greet: "C: accept, send one line",
  spawn: "posix_spawn + waitpid in C",
  bwrap: "bwrap --unshare-all",
  bwrapEqual: "bwrap, a job's root and filter",
  crun: "crun, a job's ids, root and filter",
  firejail: "firejail, comparable flags",
  python: "python3 -I, bare",
  namespaces: "C: clone into six namespaces, exit",
  empty: "the same Deno, an empty program",
  cat: "head | cat | socat",
  catLarge: "head | cat | socat -b 131072",
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
  readonly targets?: readonly Target[];
}

const sections = {
  request: "A request",
  job: "A whole job",
  start: "Start",
  output: "Output",
  memory: "Memory and size",
  leaks: "Leaks",
} as const;

/** All rows, in the order of the table. */
export const catalogue = {
  ack: {
    section: sections.request,
    name: "request to ACK, small",
    unit: "ms",
    targets: [{ peer: "echo", most: 2 }],
  },
  ackLarge: {
    section: sections.request,
    name: "request to ACK, 64 KiB of code",
    unit: "ms",
    targets: [{ peer: "echo", most: 2 }],
  },
  accept: {
    section: sections.request,
    name: "first connection, to its first line",
    unit: "ms",
    targets: [{ most: 1 }],
  },
  written: {
    section: sections.request,
    name: "code handed to the sandbox (agent's mark)",
    unit: "ms",
    targets: [{ most: 0.2 }],
  },
  formatted: {
    section: sections.request,
    name: "result formatted and sent (the agent's code, here)",
    unit: "ms",
    targets: [{ most: 0.2 }],
  },
  firstInstruction: {
    section: sections.job,
    name: "request to the job's first instruction",
    unit: "ms",
    targets: [{ most: 1 }],
  },
  lastInstruction: {
    section: sections.job,
    name: "its last instruction to the result",
    unit: "ms",
  },
  tiny: { section: sections.job, name: "a static program that exits", unit: "ms" },
  true: {
    section: sections.job,
    name: "/bin/true, its bytes sent as code",
    unit: "ms",
    targets: [{ peer: "spawn", most: 1.5 }, { peer: "bwrapEqual", most: 0.25 }],
  },
  shell: { section: sections.job, name: "sh, 64 KiB of code", unit: "ms" },
  python: {
    section: sections.job,
    name: "Python hello",
    unit: "ms",
    targets: [{ peer: "python", most: 0.25 }],
  },
  rate: { section: sections.job, name: "static jobs back to back", unit: "jobs/s" },
  reset: { section: sections.job, name: "sandbox thrown away and made (reset)", unit: "ms" },
  start: {
    section: sections.start,
    name: "agent: start to ready",
    unit: "ms",
    targets: [{ peer: "empty", most: 1.5 }],
  },
  load: {
    section: sections.start,
    name: "of it, until the code is loaded (--version)",
    unit: "ms",
  },
  listening: {
    section: sections.start,
    name: "of it, until it listens (zygote made)",
    unit: "ms",
  },
  stream: {
    section: sections.output,
    name: "256 MiB streamed to the client",
    unit: "MiB/s",
    targets: [{ peer: "cat", least: 0.5 }],
  },
  streamRss: {
    section: sections.output,
    name: "agent's RSS after it",
    unit: "KiB",
    targets: [{ peer: "before", most: 1.05 }],
  },
  streamPeak: {
    section: sections.output,
    name: "agent's most RSS while it streams",
    unit: "KiB",
    targets: [{ peer: "sixteenth", most: 1.05 }],
  },
  dropped: {
    section: sections.output,
    name: "overwritten in the ring: the client was slower",
    unit: "KiB",
  },
  rss: { section: sections.memory, name: "idle agent, RSS", unit: "KiB" },
  pss: { section: sections.memory, name: "idle agent, PSS", unit: "KiB" },
  pssAnon: { section: sections.memory, name: "idle agent, PSS of anonymous pages", unit: "KiB" },
  pssFile: { section: sections.memory, name: "idle agent, PSS of file pages", unit: "KiB" },
  launcher: {
    section: sections.memory,
    name: "one launcher, RSS",
    unit: "KiB",
    targets: [{ most: 62.5 }], // 64 kB,
  },
  bundle: {
    section: sections.memory,
    name: "the agent's code with its packages, minified",
    unit: "kB",
    targets: [{ most: 500 }],
  },
  added: {
    section: sections.memory,
    name: "the binary beyond the runtime it was made from",
    unit: "kB",
    targets: [{ most: 500 }],
  },
  leakRss: {
    section: sections.leaks,
    name: "RSS after 1,000 jobs in a row",
    unit: "KiB",
    targets: [{ peer: "before", most: 1.05 }],
  },
  leakDescriptors: {
    section: sections.leaks,
    name: "descriptors of the agent after them",
    unit: "",
    targets: [{ peer: "before", most: 1 }],
  },
  leakProcesses: {
    section: sections.leaks,
    name: "processes below it, zombies included",
    unit: "",
    targets: [{ peer: "before", most: 1 }],
  },
  leakFiles: {
    section: sections.leaks,
    name: "files they left (/tmp, /var/tmp, /dev/shm, /run)",
    unit: "",
    targets: [{ most: 0 }],
  },
} as const satisfies Record<string, RowKind>;

/** Key of a row. */
export type RowKey = keyof typeof catalogue;
