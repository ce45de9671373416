// Ends launchers in the guest by SIGKILL, as the kernel does that looks for memory.

import { probe } from "./probe.ts";
import type { Stage } from "./scenario.ts";

/** Kills those of which `chosen`, an expression of Python about `pid`, holds. Resolves to their number. */
const killLaunchers = (stage: Stage, chosen: string): Promise<number> =>
  probe<number>(
    stage,
    `
import os, signal
def inside(pid):
    return [line for line in open("/proc/%s/status" % pid) if line.startswith("NSpid:")][0].split()[1:]
def files(pid):
    return [os.readlink("/proc/%s/fd/%s" % (pid, fd)) for fd in os.listdir("/proc/%s/fd" % pid)]
result = 0
for pid in os.listdir("/proc"):
    if not pid.isdigit(): continue
    try:
        if not open("/proc/%s/cmdline" % pid).read().startswith("sallyport-launcher"): continue
        if not (${chosen}): continue
        os.kill(int(pid), signal.SIGKILL)
        result += 1
    except (FileNotFoundError, ProcessLookupError): pass
`,
  );

/** Those with that number inside their sandbox, in every sandbox: 1 is the keeper, 2 the runner. */
export const killInside = (stage: Stage, number: number): Promise<number> =>
  killLaunchers(stage, `len(inside(pid)) > 1 and inside(pid)[-1] == "${number}"`);

/** The one that holds /dev/urandom: the guard of restores. */
export const killGuard = (stage: Stage): Promise<number> =>
  killLaunchers(stage, `"/dev/urandom" in files(pid)`);
