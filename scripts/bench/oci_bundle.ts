// An OCI bundle that asks a runtime for what a job gets: the same namespaces, ids, root, tmpfs and
// filter.
//
// Format: OCI runtime specification 1.0. The filter is passed as BPF (crun(1),
// run.oci.seccomp_bpf_data), so that the runtime does not compile one at each start.

import { policy } from "../../policy/generated/policy.ts";

/** Ids of a sandbox's root and of its job, inside and outside (README, "Ids"). */
const ids = [{ inside: 0, outside: 65532 }, { inside: 1000, outside: 65533 }];

/** Makes or replaces the bundle for one command below `directory`. Returns its path. */
export async function ociBundle(
  directory: string,
  argv: readonly string[],
  filter: Uint8Array,
): Promise<string> {
  const bundle = `${directory}/bundle`;
  const root = `${bundle}/rootfs`;
  const shown = [...policy.read_only_paths, "/etc"].filter((path) => lookAt(path) !== null);
  const links = shown.filter((path) => lookAt(path)!.isSymlink);
  const bound = shown.filter((path) => !links.includes(path));
  if (lookAt(root) === null) {
    for (const path of ["/proc", "/dev", "/tmp", "/sandbox", ...bound]) {
      await Deno.mkdir(root + path, { recursive: true });
    }
    for (const path of links) await Deno.symlink(await Deno.readLink(path), root + path);
  }
  const [program] = argv;
  if (!shown.some((path) => program.startsWith(`${path}/`))) { // mounted separately
    await Deno.mkdir(root + program.slice(0, program.lastIndexOf("/")), { recursive: true });
    await Deno.writeFile(root + program, new Uint8Array(0));
    bound.push(program);
  }
  await Deno.writeTextFile(`${bundle}/config.json`, JSON.stringify(config(argv, bound, filter)));
  return bundle;
}

/** The file at a path, or null if there is none. */
function lookAt(path: string): Deno.FileInfo | null {
  try {
    return Deno.lstatSync(path);
  } catch {
    return null;
  }
}

function config(argv: readonly string[], shown: readonly string[], filter: Uint8Array) {
  const tmpfs = (destination: string, bytes: number, mode: string) => ({
    destination,
    type: "tmpfs",
    source: "tmpfs",
    options: [
      "nosuid",
      ...(destination === "/dev" ? [] : ["nodev"]),
      `size=${bytes}`,
      `mode=${mode}`,
    ],
  });
  const { sandbox_bytes, tmp_bytes, open_files } = policy.limits;
  const nofile = open_files.default;
  const mappings = ids.map(({ inside, outside }) => ({
    containerID: inside,
    hostID: outside,
    size: 1,
  }));
  return {
    ociVersion: "1.0.0",
    process: {
      terminal: false,
      user: { uid: 1000, gid: 1000 },
      args: argv,
      env: ["PATH=/usr/bin:/bin", "LANG=C.UTF-8", "HOME=/tmp"],
      cwd: "/sandbox",
      capabilities: {},
      rlimits: [{ type: "RLIMIT_NOFILE", hard: nofile, soft: nofile }],
      noNewPrivileges: true,
    },
    root: { path: "rootfs", readonly: true },
    hostname: "sandbox",
    mounts: [
      {
        destination: "/proc",
        type: "proc",
        source: "proc",
        options: ["nosuid", "nodev", "noexec"],
      },
      tmpfs("/dev", 65536, "755"),
      tmpfs("/tmp", tmp_bytes, "1777"),
      tmpfs("/sandbox", sandbox_bytes, "1777"),
      ...shown.map((path) => ({
        destination: path,
        type: "bind",
        source: path,
        options: ["rbind", "ro", "nosuid", "nodev"],
      })),
    ],
    linux: {
      namespaces: ["user", "pid", "network", "ipc", "uts", "mount", "cgroup"].map((type) => ({
        type,
      })),
      uidMappings: mappings,
      gidMappings: mappings,
    },
    annotations: { "run.oci.seccomp_bpf_data": filter.toBase64() },
  };
}
