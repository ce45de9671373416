// Other sandboxes, each configured as far as possible like a job's sandbox here, and each tried
// before it is measured.
//
// A peer that can do less (no Landlock, no prlimit) is measured with less: something that Sallyport
// does not do must never slow it down. No peer gets a cgroup, because jobs have none where this
// bench runs.

import { policy } from "../../policy/generated/policy.ts";
import { profiles } from "../../policy/generated/profiles.ts";
import { findProgram } from "../tools/command.ts";
import type { PeerKey } from "./catalogue.ts";
import { type Native, spawnTimes, type Starts } from "./native.ts";
import { ociBundle } from "./oci_bundle.ts";

/** A sandbox that a program can be started in. */
export interface SandboxPeer {
  readonly key: PeerKey;
  /** How to start one program in it. The caller sets count and pause. */
  start(argv: readonly string[]): Promise<Omit<Starts, "count" | "pauseMs">>;
}

/** The profile whose filter the peers get: the one that allows execve without a listener. */
const filterProfile = profiles.sh;
/** Descriptor number under which the C peer opens the filter. */
const FILTER_FD = "5";
const arch = Deno.build.arch as "x86_64" | "aarch64";

/** The directories a job sees, as arguments for bwrap. A symlink stays a symlink. */
function bwrapRoot(): string[] {
  const args: string[] = [];
  for (const path of [...policy.read_only_paths, "/etc"]) {
    try {
      if (Deno.lstatSync(path).isSymlink) args.push("--symlink", Deno.readLinkSync(path), path);
      else args.push("--ro-bind", path, path);
    } catch {
      continue; // not on this machine, and not in a job's root either
    }
  }
  return args;
}

function bwrapPeers(program: string, filter: string): SandboxPeer[] {
  const equal = [
    "--unshare-all",
    ...bwrapRoot(),
    ...["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--tmpfs", "/sandbox"],
    ...["--uid", "1000", "--gid", "1000", "--hostname", "sandbox", "--cap-drop", "ALL"],
    ...["--chdir", "/sandbox", "--die-with-parent", "--new-session", "--seccomp", FILTER_FD],
  ];
  return [
    {
      key: "bwrap",
      start: (argv) =>
        Promise.resolve({ argv: [program, "--unshare-all", "--ro-bind", "/", "/", ...argv] }),
    },
    {
      key: "bwrapEqual",
      start: (argv) =>
        Promise.resolve({ argv: [program, ...equal, ...bwrapNeeds(argv), ...argv], file: filter }),
    },
  ];
}

/** A program outside those directories is mounted separately. */
function bwrapNeeds([program]: readonly string[]): string[] {
  const seen = policy.read_only_paths.some((path) => program.startsWith(`${path}/`));
  return seen ? [] : ["--ro-bind", program, program];
}

function firejailPeer(program: string): SandboxPeer {
  const flags = [
    ...["--quiet", "--noprofile", "--net=none", "--ipc-namespace", "--hostname=sandbox"],
    ...["--private-dev", "--tmpfs=/var/tmp", "--read-only=/", "--caps.drop=all", "--nonewprivs"],
    ...["--nogroups", "--seccomp"], // its own list, which is already compiled
  ];
  return {
    key: "firejail",
    start: (argv) => Promise.resolve({ argv: [program, ...flags, ...argv] }),
  };
}

/**
 * crun fails where cgroup v1 and v2 are mixed, so it runs in a mount namespace in which it sees
 * only version 2.
 */
function underPureCgroup(): string[] {
  try {
    Deno.statSync("/sys/fs/cgroup/unified");
  } catch {
    return [];
  }
  const script = 'mount -t cgroup2 none /sys/fs/cgroup && exec "$@"';
  return ["unshare", "--mount", "sh", "-c", script, "sh"];
}

function crunPeer(program: string, directory: string, filter: Uint8Array): SandboxPeer {
  const under = underPureCgroup();
  const options = ["--cgroup-manager=disabled", `--root=${directory}/crun`];
  return {
    key: "crun",
    start: async (argv) => {
      const bundle = await ociBundle(directory, argv, filter);
      return { argv: [program, ...options, "run", `--bundle=${bundle}`, "sallyport-bench"], under };
    },
  };
}

/** The sandboxes that work here, and for every other one the reason why it is left out. */
export async function findSandboxPeers(
  native: Native,
  directory: string,
): Promise<{ found: SandboxPeer[]; skipped: string[] }> {
  const filter = filterProfile.filter[arch];
  const file = `${directory}/filter.bpf`;
  await Deno.writeFile(file, filter);
  const makers: Record<string, (program: string) => SandboxPeer[]> = {
    bwrap: (program) => bwrapPeers(program, file),
    crun: (program) => [crunPeer(program, directory, filter)],
    firejail: (program) => [firejailPeer(program)],
  };
  const found: SandboxPeer[] = [];
  const skipped: string[] = [];
  for (const [name, make] of Object.entries(makers)) {
    const program = findProgram(name);
    if (program === null) {
      skipped.push(`${name} is not installed`);
      continue;
    }
    for (const peer of make(program)) {
      try {
        await spawnTimes(native, { ...await peer.start(["/bin/true"]), count: 1, pauseMs: 0 });
        found.push(peer);
      } catch (error) {
        const said = (error as Error).message.trim().split("\n").at(-1);
        skipped.push(`${peer.key} does not run /bin/true here (${said})`);
      }
    }
  }
  return { found, skipped };
}
