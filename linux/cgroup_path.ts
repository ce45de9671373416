// Finds a process's own cgroup in the file system. Pure: texts of /proc in, a path out.

/** A cgroup v2 hierarchy as this process sees it. */
export interface CgroupPlace {
  /** Path of our own cgroup within the hierarchy: "/" or "/a/b". */
  readonly own: string;
  /** Its directory. */
  readonly directory: string;
}

/**
 * Finds our cgroup's directory.
 *
 * @param selfCgroup /proc/self/cgroup: "0::PATH" is the line of v2 (cgroups(7)).
 * @param mountInfo /proc/self/mountinfo (proc_pid_mountinfo(5)).
 * @throws Error saying what is missing.
 */
export function findCgroup(selfCgroup: string, mountInfo: string): CgroupPlace {
  const own = /^0::(\/.*)$/m.exec(selfCgroup)?.[1];
  if (own === undefined) throw new Error("this kernel has no cgroup v2");
  let seen = false;
  for (const line of mountInfo.split("\n")) {
    const fields = line.split(" ");
    const dash = fields.indexOf("-", 6); // six fields come before it, and optional ones
    if (dash < 0 || fields[dash + 1] !== "cgroup2") continue;
    seen = true;
    const [root, point] = [unescape(fields[3]), unescape(fields[4])];
    const below = within(root, own);
    if (below !== undefined) return { own, directory: point + below };
  }
  throw new Error(
    seen ? `no mounted cgroup v2 tree shows "${own}"` : "no cgroup v2 tree is mounted",
  );
}

/** What follows `root` in `path`: "" or "/..."; undefined if `path` is not below `root`. */
function within(root: string, path: string): string | undefined {
  const rest = root === "/" ? path : path.startsWith(root) ? path.slice(root.length) : undefined;
  if (rest === "" || rest === "/") return "";
  return rest?.startsWith("/") ? rest : undefined;
}

/** The kernel writes blanks and backslashes in octal: "\040". */
function unescape(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal) => String.fromCharCode(parseInt(octal, 8)));
}
