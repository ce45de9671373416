// Other sandboxes, each asked for what a job gets here as far as it can give it, and each tried
// before it is measured.
//
// Where a peer can do less (no Landlock, no prlimit), it is measured with less: it must never be
// slowed down by something that Sallyport does not do. None of them gets a cgroup, since jobs have
// none where this bench runs.

import { policy } from "../../policy/generated/policy.ts";
import { profiles } from "../../policy/generated/profiles.ts";
import { findProgram } from "../tools/command.ts";
import type { PeerKey } from "./catalogue.ts";
import { type Native, spawnTimes, type Starts } from "./native.ts";
import { ociBundle } from "./oci_bundle.ts";

/** A sandbox that a program can be started in. */
export interface SandboxPeer {
  readonly key: PeerKey;
  /** The start of one program in it; count and pause are the caller's. */
  start(argv: readonly string[]): Promise<Omit<Starts, "count" | "pauseMs">>;
}

/** The profile whose filter the peers get: the one that lets execve through without a listener. */
const filterProfile = profiles.sh;
/** Descriptor that the C peer opens the filter as. */
const FILTER_FD = "5";
const arch = Deno.build.arch as "x86_64" | "aarch64";

/** The directories a job sees, for bwrap: a link is a link there too. */
function bwrapRoot(): string[] {
  const args: string[] = [];
  for (const path of policy.read_only_paths) {
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

/** A program from outside the root that a job sees is shown by itself. */
function bwrapNeeds([program]: readonly string[]): string[] {
  const seen = policy.read_only_paths.some((path) => program.startsWith(`${path}/`));
  return seen ? [] : ["--ro-bind", program, program];
}

function firejailPeer(program: string): SandboxPeer {
  const flags = [
    ...["--quiet", "--noprofile", "--net=none", "--ipc-namespace", "--hostname=sandbox"],
    ...["--private-dev", "--tmpfs=/var/tmp", "--read-only=/", "--caps.drop=all", "--nonewprivs"],
    ...["--nogroups", "--seccomp"], // its own list, which it has compiled already
  ];
  return {
    key: "firejail",
    start: (argv) => Promise.resolve({ argv: [program, ...flags, ...argv] }),
  };
}

/**
 * crun gives up where cgroup v1 and v2 are mixed; so it sees version 2 alone, in a mount namespace
 * of its own.
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

/** The sandboxes that work here, and for each other one why it is left out. */
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
