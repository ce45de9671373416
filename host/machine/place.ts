// What one machine has on this host: its directory, its cgroup, its processes and its console.
//
// Every process of a machine is started here, so that all of them are in the marker, limited, and
// ended together. When `kill` and `remove` have resolved, nothing of the machine is left.

import { enterCgroup, makeCgroup, removeCgroup } from "./cgroup.ts";
import { environment, prefix } from "./confinement.ts";
import type { ConsoleLog } from "./console_log.ts";
import { startGuard } from "./guard.ts";
import { MachineError } from "./machine_error.ts";
import { makeMarked, removeMarked } from "./marked_directory.ts";
import { type Marker, newMarker, writeMarker } from "./marker.ts";
import type { MachineOptions } from "./options.ts";
import { pause } from "./reach.ts";
import {
  descendants,
  killGroup,
  type ProcessIdentity,
  signal,
  startOf,
  untilGone,
} from "./processes.ts";

/** How long killed processes may take to be gone. */
const GONE_MS = 5000;
/** A process to start. */
export interface Program {
  /** What it is, for messages: "QEMU", "the agent". */
  readonly name: string;
  readonly command: readonly string[];
  /** Runs it as the user of the options. */
  readonly asUser?: boolean;
  /**
   * It changes its ids by itself. The kernel then forgets that it is to end with this process
   * (PR_SET_PDEATHSIG), so a guard of ours ends it.
   */
  readonly changesIds?: boolean;
  /** How many files it may have open; as many as this process when left out. */
  readonly openFiles?: number;
  readonly cwd?: string;
}

/** The end of one of a machine's processes. */
export interface Death {
  /** The program's name. */
  readonly name: string;
  readonly status: Deno.CommandStatus;
}

interface Child {
  readonly identity: ProcessIdentity;
  readonly ended: Promise<unknown>;
}

/** The machine's belongings. */
export class Place {
  /** The monitor's working directory: sockets, and links to the image's files. */
  root: string;
  /** The first process to end. A machine lives as long as all of its processes. */
  readonly died: Promise<Death>;
  readonly #died = Promise.withResolvers<Death>();
  readonly #children: Child[] = [];
  #marker: Marker = newMarker();
  #cgroup: string | undefined;
  readonly #closers: (() => void)[] = [];
  /** Set as soon as the end begins: nothing is started any more. */
  #killing: Promise<readonly ProcessIdentity[]> | undefined;

  private constructor(
    readonly options: MachineOptions,
    readonly console: ConsoleLog,
    /** Aborted when nothing must wait for the machine any more. */
    readonly over: AbortSignal,
  ) {
    this.root = `${options.directory}/run`;
    this.died = this.#died.promise;
  }

  /** Makes the directory and the cgroup. @throws MachineError "directory" */
  static async make(
    options: MachineOptions,
    console: ConsoleLog,
    over: AbortSignal,
  ): Promise<Place> {
    const place = new Place(options, console, over);
    const { directory, user, cgroup } = options;
    let made = false;
    try {
      // A monitor of another user must reach what is in `run`, and nothing else.
      await makeMarked(directory, user === undefined ? 0o700 : 0o711, place.#marker);
      made = true;
      await place.makeDirectory(place.root);
      if (cgroup !== undefined) {
        place.#cgroup = await makeCgroup(cgroup, directory.slice(1).replaceAll("/", "-"), options);
        await place.#mark({ cgroup: place.#cgroup });
      }
      return place;
    } catch (cause) {
      if (made) await place.remove();
      const why = (cause as Error).message;
      throw new MachineError(
        "directory",
        `Cannot make the machine's directory "${directory}": ${why}`,
        [],
        { cause },
      );
    }
  }

  /** Starts a process. Its output goes to the console. */
  async spawn(started: Program): Promise<ProcessIdentity> {
    const { name, asUser, changesIds, cwd } = started;
    const [program, ...args] = [...prefix(started.openFiles), ...started.command];
    const { user } = this.options;
    if (this.#killing !== undefined) throw new Error("it has ended");
    const child = new Deno.Command(program, {
      args,
      cwd: cwd ?? this.root,
      clearEnv: true, // a monitor needs no secrets of this process
      env: environment(),
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      // Ctrl-C is for this process, which ends its machines in order; and a group can be killed.
      detached: true,
      ...asUser ? user : {},
    }).spawn();
    const identity = { pid: child.pid, start: startOf(child.pid) ?? 0 };
    const read = Promise.all([child.stdout, child.stderr].map((one) => this.console.follow(one)));
    const ended = child.status.then(async (status) => {
      await read; // so that the console has the last words before anybody learns of the end
      this.#died.resolve({ name, status });
    });
    this.#children.push({ identity, ended });
    await this.#mark({ processes: [...this.#marker.processes, identity] });
    if (this.#cgroup !== undefined && startOf(child.pid) !== null) {
      await enterCgroup(this.#cgroup, child.pid);
    }
    if (changesIds && this.#killing === undefined) this.#guard(child.pid);
    return identity;
  }

  /** Has something done once the processes are ended. */
  defer(closer: () => void): void {
    this.#closers.push(closer);
  }

  /** Makes a directory for the monitor's user. */
  async makeDirectory(path: string): Promise<void> {
    const { user } = this.options;
    await Deno.mkdir(path, { mode: 0o700 });
    if (user !== undefined) await Deno.chown(path, user.uid, user.gid);
  }

  /** Makes a link to a file of this host in the working directory. Returns its name there. */
  async link(name: string, path: string): Promise<string> {
    const real = await Deno.realPath(path).catch((cause) => {
      const why = (cause as Error).message;
      throw new MachineError("bad_image", `Cannot use "${path}": ${why}`, [], { cause });
    });
    const link = `${this.root}/${name}`;
    if (this.options.jailer === undefined) await Deno.symlink(real, link);
    // In a jail no link leads out. A copy is needed where a file is on another file system.
    else await Deno.link(real, link).catch(() => Deno.copyFile(real, link));
    return name;
  }

  /** Waits until `probe` gives something. @throws the last error, after `limitMs` or at the end. */
  async until<T>(what: string, probe: () => Promise<T>, limitMs = 15_000): Promise<T> {
    const end = performance.now() + limitMs;
    for (;;) {
      try {
        return await probe();
      } catch (cause) {
        if (this.over.aborted) throw cause;
        if (performance.now() > end) throw new Error(`${what} after ${limitMs} ms`, { cause });
        await pause(10, this.over);
      }
    }
  }

  /** Ends all processes, at once and once. Returns those that could not be ended. */
  kill(): Promise<readonly ProcessIdentity[]> {
    this.#killing ??= this.#kill();
    return this.#killing;
  }

  async #kill(): Promise<readonly ProcessIdentity[]> {
    const top = this.#children.map(({ identity }) => identity);
    // A list of children may lack one while another ends, so it is looked at twice.
    const pids = top.map(({ pid }) => pid);
    const family = [...top, ...descendants(...pids), ...descendants(...pids)];
    for (const process of top) killGroup(process);
    for (const process of family) signal(process, "SIGKILL");
    const left = await untilGone(family, GONE_MS);
    for (const close of this.#closers.splice(0)) close();
    if (left.length === 0) await Promise.all(this.#children.map(({ ended }) => ended));
    return left;
  }

  /** Removes everything, once all processes are ended. Returns what went wrong, or null. */
  async remove(): Promise<string | null> {
    try {
      if (this.#cgroup !== undefined) await removeCgroup(this.#cgroup);
      await removeMarked(this.options.directory);
      return null;
    } catch (error) {
      return (error as Error).message;
    }
  }

  #guard(pid: number): void {
    const guard = startGuard(pid);
    const identity = { pid: guard.pid, start: startOf(guard.pid) ?? 0 };
    const ended = guard.status.then(() => guard.stdin.close().catch(() => {}));
    this.#children.push({ identity, ended });
  }

  async #mark(change: Partial<Marker>): Promise<void> {
    this.#marker = { ...this.#marker, ...change };
    await writeMarker(this.options.directory, this.#marker);
  }
}
