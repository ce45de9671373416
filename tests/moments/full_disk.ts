// Fills the file systems of a sandbox from outside, and empties them again.

import { OUTER_JOB, SANDBOX } from "../../sandbox/layout.ts";

/** What the file is called that fills one. */
const name = ".filled-from-outside";

/** The sandbox's own file systems. */
const directories = [SANDBOX, "/tmp"];

/**
 * Fills the sandbox that `keeper` is in. A file there must belong to an id of its user namespace, so
 * it is the job's, whose quota it also is.
 */
export async function fillDisk(keeper: number): Promise<void> {
  await Promise.all(directories.map(async (directory) => {
    const own = ["--reuid", OUTER_JOB, "--regid", OUTER_JOB, "--clear-groups"].join(" ");
    const script = `cd /proc/${keeper}/root${directory} || exit 0 # it has gone
exec setpriv ${own} sh -c 'exec head -c 200000000 /dev/zero > ${name}'`;
    const { success } = await new Deno.Command("/bin/sh", {
      args: ["-c", script],
      stdout: "null",
      stderr: "null",
    }).output();
    if (success && exists(`/proc/${keeper}/root${directory}/${name}`)) {
      throw new Error(`"${directory}" of a sandbox takes 200 MB`);
    }
  }));
}

/** Removes what filled it. The sandbox may have gone, with all its files. */
export function emptyDisk(keeper: number): void {
  for (const directory of directories) {
    try {
      Deno.removeSync(`/proc/${keeper}/root${directory}/${name}`);
    } catch {
      // It has gone.
    }
  }
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
