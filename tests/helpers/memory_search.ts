// Searches the memory of a process for bytes, as root, through /proc/PID/mem.

/** Where the bytes were found: the kind of mapping, and how often. */
export interface MemoryFinds {
  readonly searched: number;
  readonly finds: Readonly<Record<string, number>>;
}

const CHUNK = 1 << 22;

/** Searches every readable mapping of `pid`, but files that it cannot write. */
export function searchMemory(pid: number, marker: string): MemoryFinds {
  const wanted = [marker, [...marker].join("\0")].map((text) => new TextEncoder().encode(text));
  const finds: Record<string, number> = {};
  let searched = 0;
  using memory = Deno.openSync(`/proc/${pid}/mem`);
  for (const line of Deno.readTextFileSync(`/proc/${pid}/maps`).split("\n")) {
    if (line === "") continue; // the last; and all there is of a process that has ended
    const [, from, to, permissions, path] = /^(\w+)-(\w+) (\S+) \S+ \S+ \S+ *(.*)$/.exec(line)!;
    if (!permissions.startsWith("rw")) continue;
    const end = Number(`0x${to}`);
    // Chunks overlap, so that nothing is missed between two of them.
    for (let at = Number(`0x${from}`); at < end; at += CHUNK - 2 * marker.length) {
      const bytes = readAt(memory, at, Math.min(CHUNK, end - at));
      searched += bytes.length;
      const count = wanted.reduce((sum, each) => sum + countOf(bytes, each), 0);
      const name = path === "" ? "nameless memory" : path;
      if (count > 0) finds[name] = (finds[name] ?? 0) + count;
    }
  }
  return { searched, finds };
}

function readAt(file: Deno.FsFile, at: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  try {
    file.seekSync(BigInt(at), Deno.SeekMode.Start);
    return bytes.subarray(0, file.readSync(bytes) ?? 0);
  } catch {
    return bytes.subarray(0, 0); // a guard page, or memory that was given back meanwhile
  }
}

function countOf(bytes: Uint8Array, wanted: Uint8Array): number {
  let count = 0;
  for (let at = bytes.indexOf(wanted[0]); at >= 0; at = bytes.indexOf(wanted[0], at + 1)) {
    if (wanted.every((byte, index) => bytes[at + index] === byte)) count++;
  }
  return count;
}
