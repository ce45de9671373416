// What a process is and has, seen from outside through /proc: the agent and its launchers.
//
// Only root can read this. The lines say kinds, not numbers that change from start to start.

import { projectRoot } from "../helpers/agent.ts";

/** Reads /proc: of this machine, or what was brought from another. "self" is whoever looks. */
export interface Proc {
  /** The names in the directory. */
  names(path: string): string[];
  link(path: string): string;
  text(path: string): string;
}

/** This machine's /proc. */
export const ownProc: Proc = {
  names: (path) => [...Deno.readDirSync(path)].map(({ name }) => name),
  link: (path) => Deno.readLinkSync(path),
  text: (path) => Deno.readTextFileSync(path),
};

/** Everything about one process; `startedHere` if this one started it, as it does the agent. */
export function processLines(pid: number, startedHere = false, proc: Proc = ownProc): string[] {
  return [
    ...descriptorLines(proc, pid, startedHere),
    ...mapLines(proc, pid),
    ...threadLines(proc, pid),
    ...placeLines(proc, pid),
  ];
}

/**
 * Descriptors: how many of each kind, and what they may do.
 *
 * What was started here has standard input, output and error of our choice, and under the same
 * number whatever this process was itself given, a shell's log for example. Neither is its own, and
 * neither is counted. A launcher has closed what it was given, so all of its own counts.
 */
function descriptorLines(proc: Proc, pid: number, startedHere: boolean): string[] {
  const counts = new Map<string, number>();
  for (const name of proc.names(`/proc/${pid}/fd`)) {
    const link = proc.link(`/proc/${pid}/fd/${name}`);
    if (startedHere && (Number(name) <= 2 || link === handedOn(name))) continue;
    const target = kindOf(link);
    const info = proc.text(`/proc/${pid}/fdinfo/${name}`);
    const flags = parseInt(/^flags:\s*(\d+)$/m.exec(info)![1], 8);
    const line = `descriptor ${target} ${["read", "write", "read and write", "path"][flags & 3]}`;
    counts.set(line, (counts.get(line) ?? 0) + 1);
  }
  return [...counts].map(([line, count]) => isCounted(line) ? `${line} x${count}` : line);
}

const O_CLOEXEC = 0o2000000;

/** What the descriptor of this number is of, if this process hands it on to what it starts. */
function handedOn(name: string): string | undefined {
  try {
    const flags = /^flags:\s*(\d+)$/m.exec(Deno.readTextFileSync(`/proc/self/fdinfo/${name}`))![1];
    if ((parseInt(flags, 8) & O_CLOEXEC) !== 0) return undefined;
    return Deno.readLinkSync(`/proc/self/fd/${name}`);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** How many files of its cache the runtime has open depends on what it has compiled before. */
function isCounted(line: string): boolean {
  return !line.includes(CACHE);
}

const CACHE = "the runtime's cache";

/** What a descriptor or a mapping is of, without inode numbers and without this machine's paths. */
function kindOf(target: string): string {
  if (target.endsWith(Deno.execPath()) || /\/deno$|\/denort$/.test(target)) return "the runtime";
  if (/_cache_v\d+(-\w+)?( \(deleted\))?$/.test(target)) return CACHE;
  if (/^\/proc\/\d+\/net\/sockstat/.test(target)) return "the count of a network's sockets";
  if (/\/(lib|ld-)[^/]*\.so[.\d]*$/.test(target)) return "the C library";
  return target.replace(/:\[\d+\]$/, "").replace(/\/sandbox-\d+/, "/sandbox-N").replace(
    /^\[vvar.*\]$/,
    "[vvar]",
  )
    .replace(/^$|^\[anon:.*\]$/, "nameless memory");
}

/** Mappings: permissions and kinds. "rwxp" is what a compiler at run time needs. */
function mapLines(proc: Proc, pid: number): string[] {
  const text = proc.text(`/proc/${pid}/maps`).trimEnd();
  if (text === "") throw new Deno.errors.NotFound(`${pid} has ended`);
  return text.split("\n").map((line) => {
    const [, permissions, path] = /^\S+ (\S+) \S+ \S+ \S+ *(.*)$/.exec(line)!;
    return `map ${permissions} ${kindOf(path)}`;
  });
}

const statusFields = ["Uid", "Gid", "Groups", "CapInh", "CapPrm", "CapEff", "CapAmb"]
  .concat(["NoNewPrivs", "Seccomp", "SigBlk"]);

/** Threads by name, and each value that any of them has: a thread that differs has a line. */
function threadLines(proc: Proc, pid: number): string[] {
  const lines: string[] = [];
  for (const name of proc.names(`/proc/${pid}/task`)) {
    const status = proc.text(`/proc/${pid}/task/${name}/status`);
    const value = (field: string) =>
      new RegExp(`^${field}:[ \\t]*(.*)$`, "m").exec(status)?.[1] ?? "";
    lines.push(
      `thread ${value("Name").replace(/^\d+$/, "named by a number").replace(/-\d+$/, "")}`,
    );
    for (const field of statusFields) {
      lines.push(`threads ${field} ${value(field).trim().replace(/\s+/g, " ") || "none"}`);
    }
  }
  return lines;
}

/** Namespaces and cgroup, beside those of whoever looks; directories, and how it fares without memory. */
function placeLines(proc: Proc, pid: number): string[] {
  const lines: string[] = [];
  for (const name of proc.names("/proc/self/ns")) {
    const own = proc.link(`/proc/self/ns/${name}`);
    const its = proc.link(`/proc/${pid}/ns/${name}`);
    lines.push(`namespace ${name} ${own === its ? "the machine's" : "another"}`);
  }
  const cgroup = (of: string | number) => proc.text(`/proc/${of}/cgroup`);
  lines.push(`cgroup ${cgroup(pid) === cgroup("self") ? "its starter's" : "another"}`);
  const score = (of: string | number) => proc.text(`/proc/${of}/oom_score_adj`).trim();
  lines.push(`oom_score_adj ${score(pid) === score("self") ? "its starter's" : score(pid)}`);
  const directory = proc.link(`/proc/${pid}/cwd`);
  lines.push(`directory ${`${directory}/` === projectRoot ? "the project" : directory}`);
  lines.push(`root ${proc.link(`/proc/${pid}/root`)}`);
  return lines;
}
