// The monitor `firecracker`: one process for each machine, configured over its API, in a jail where
// the options name a jailer.
//
// Every path that Firecracker gets is relative to its working directory. So the same requests work
// inside a jail, where that directory is the root, and a snapshot, which remembers the paths of its
// machine, can be restored in another machine's directory.

import { MachineError } from "./machine_error.ts";
import type { Monitor, Running } from "./monitor.ts";
import { FirecrackerApi } from "./firecracker_api.ts";
import { guestImage, type MachineOptions } from "./options.ts";
import type { Place } from "./place.ts";
import { programOf } from "./programs.ts";

/** The machine's id: it is alone in its directory, so all have the same. */
const ID = "machine";
const API = "api.sock", VSOCK = "v.sock", STATE = "snapshot.state", MEMORY = "snapshot.memory";
const OPEN_FILES = 2048;

/** The kernel's command line. Firecracker ends when its guest restarts, and only then. */
function bootArguments(options: MachineOptions): string {
  const own = ["console=ttyS0", "reboot=k", "panic=1", "quiet", "sallyport.end=restart"];
  if (options.port !== undefined) own.push(`sallyport.listen=vsock:${options.port}`);
  return [...own, ...guestImage(options).options ?? []].join(" ");
}

/** Starts the process, jailed or not, and waits for its API. */
async function launch(place: Place): Promise<FirecrackerApi> {
  const { program, jailer, user, directory } = place.options;
  const firecracker = programOf("firecracker", program);
  const own = ["--api-sock", API];
  if (jailer === undefined) {
    const command = [firecracker, "--id", ID, ...own];
    await place.spawn({ name: "Firecracker", command, asUser: true, openFiles: OPEN_FILES });
  } else {
    const jail = `${directory}/jail`;
    const { uid, gid } = user!;
    const ids = ["--uid", String(uid), "--gid", String(gid)];
    const command = [
      ...[programOf("jailer", jailer), "--id", ID, "--exec-file", firecracker, ...ids],
      ...["--chroot-base-dir", jail, "--resource-limit", `no-file=${OPEN_FILES}`, "--", ...own],
    ];
    // docs/jailer.md: <chroot-base-dir>/<name of exec-file>/<id>/root. It may be there before.
    const root = `${jail}/${firecracker.split("/").at(-1)}/${ID}/root`;
    await Deno.mkdir(root, { recursive: true, mode: 0o711 });
    await place.spawn({ name: "Firecracker", command, changesIds: true });
    place.root = root;
  }
  const api = new FirecrackerApi(`${place.root}/${API}`);
  await place.until("Firecracker does not answer", api.ping);
  return api;
}

async function boot(place: Place): Promise<Running> {
  const { cid, cpus, memoryMib } = place.options;
  const { kernel, initrd, disk } = guestImage(place.options);
  const api = await launch(place);
  await api.machineConfig({ vcpu_count: cpus, mem_size_mib: memoryMib });
  await api.bootSource({
    kernel_image_path: await place.link("kernel", kernel),
    initrd_path: initrd && await place.link("initrd", initrd),
    boot_args: bootArguments(place.options),
  });
  if (disk !== undefined) {
    const path_on_host = await place.link("disk", disk);
    const is_root_device = initrd === undefined;
    await api.drive({ drive_id: "disk", path_on_host, is_root_device, is_read_only: true });
  }
  await api.vsock({ guest_cid: cid, uds_path: VSOCK });
  await api.action("InstanceStart");
  return running(place, api);
}

async function restore(place: Place, snapshot: string): Promise<Running> {
  const { disk } = guestImage(place.options);
  const api = await launch(place);
  if (disk !== undefined) await place.link("disk", disk);
  const snapshot_path = await place.link(STATE, `${snapshot}/${STATE}`);
  const backend_path = await place.link(MEMORY, `${snapshot}/${MEMORY}`);
  const mem_backend = { backend_type: "File", backend_path } as const;
  await api.loadSnapshot({ snapshot_path, mem_backend, resume_vm: true });
  return running(place, api);
}

function running(place: Place, api: FirecrackerApi): Running {
  const { port = 5000 } = place.options;
  return {
    target: `firecracker:${place.root}/${VSOCK}:${port}`,
    pause: () => api.vm("Paused"),
    resume: () => api.vm("Resumed"),
    snapshot: async (into) => {
      const inside = into.slice(place.root.length + 1);
      await api.vm("Paused");
      await api.createSnapshot({
        snapshot_type: "Full",
        snapshot_path: `${inside}/${STATE}`,
        mem_file_path: `${inside}/${MEMORY}`,
      });
    },
    shutdown: () => {
      const { arch = Deno.build.arch } = guestImage(place.options);
      if (arch === "x86_64") return api.action("SendCtrlAltDel");
      const message = "Firecracker cannot ask an aarch64 guest to end";
      return Promise.reject(new MachineError("unsupported", message));
    },
  };
}

/** Firecracker. */
export const firecrackerMonitor: Monitor = {
  name: "firecracker",
  lacks: ({ user, jailer }) => [
    ...user === undefined ? ["host user"] : [],
    ...jailer === undefined ? ["jail"] : [],
  ],
  cannotSave: () => null,
  boot,
  restore,
};
