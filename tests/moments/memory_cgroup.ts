// A cgroup for an agent whose memory can be made short for a while, where this machine lets us make
// one: cgroup v1's memory controller below our own cgroup, or v2's at the top.

/** One cgroup, of the version that the machine has. */
export interface MemoryCgroup {
  readonly directory: string;
  /** Leaves its processes `roomBytes` more than they use. */
  squeeze(roomBytes: number): void;
  /** Takes the limit away. */
  release(): void;
  /** Removes it. It must have no process any more. */
  remove(): void;
}

let made = 0;

/** Makes one; null where that is not possible. */
export function makeMemoryCgroup(): MemoryCgroup | null {
  const own = /^\d+:memory:(.*)$/m.exec(Deno.readTextFileSync("/proc/self/cgroup"))?.[1];
  const name = `moments-${Deno.pid}-${++made}`;
  const v1 = own === undefined
    ? []
    : [`/sys/fs/cgroup/memory${own}/${name}`, `/sys/fs/cgroup/memory/${name}`];
  for (const directory of [...v1, `/sys/fs/cgroup/${name}`]) {
    if (!canMake(directory)) continue;
    for (const version of [v1Files, v2Files]) {
      if (exists(`${directory}/${version.limit}`)) return cgroupAt(directory, version);
    }
    Deno.removeSync(directory);
  }
  return null;
}

const v1Files = { limit: "memory.limit_in_bytes", usage: "memory.usage_in_bytes", none: "-1" };
const v2Files = { limit: "memory.max", usage: "memory.current", none: "max" };

function cgroupAt(directory: string, { limit, usage, none }: typeof v1Files): MemoryCgroup {
  const write = (text: string) => Deno.writeTextFileSync(`${directory}/${limit}`, text);
  return {
    directory,
    squeeze(roomBytes) {
      for (let more = roomBytes;; more *= 2) {
        const used = Number(Deno.readTextFileSync(`${directory}/${usage}`));
        try {
          return write(String(used + more));
        } catch (error) {
          // EBUSY: more is in use by now than it may be, and cannot be reclaimed.
          if (more > 1 << 30) throw error;
        }
      }
    },
    release: () => write(none),
    remove: () => Deno.removeSync(directory),
  };
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}

function canMake(directory: string): boolean {
  try {
    Deno.mkdirSync(directory);
    return true;
  } catch {
    return false;
  }
}
