// Ends a process when this one is gone, however it went.
//
// PR_SET_PDEATHSIG would do that, but the kernel forgets it when a process changes its ids, as an
// agent and a jailer do. A shell waits on a pipe from this process instead.

/** Starts the guard of `pid`. End it as soon as that process has ended: pids are given out again. */
export function startGuard(pid: number): Deno.ChildProcess {
  return new Deno.Command("/bin/sh", {
    args: ["-c", 'read -r end; kill -s KILL "$0"', String(pid)],
    stdin: "piped",
    stdout: "null",
    stderr: "null",
    detached: true,
  }).spawn();
}
