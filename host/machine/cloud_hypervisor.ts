// The monitor `cloud_hypervisor`: one process for each machine, told over its REST API.
//
// Sockets and image files are named relative to its working directory, so that a snapshot can be
// restored in another machine's directory.

import { CloudHypervisorApi } from "./cloud_hypervisor_api.ts";
import type { Monitor, Running } from "./monitor.ts";
import { guestImage, type MachineOptions } from "./options.ts";
import type { Place } from "./place.ts";
import { programOf } from "./programs.ts";

const API = "api.sock", VSOCK = "v.sock";
const OPEN_FILES = 4096;

/**
 * The kernel's command line. A restart of the guest would start it again in the same process, so
 * after a panic it stays where it is: the machine sees the panic on the console.
 */
function commandLine(options: MachineOptions): string {
  const own = ["console=ttyS0", "panic=0", "quiet"];
  if (options.port !== undefined) own.push(`sallyport.listen=vsock:${options.port}`);
  return [...own, ...guestImage(options).options ?? []].join(" ");
}

async function launch(place: Place): Promise<CloudHypervisorApi> {
  const program = programOf("cloud-hypervisor", place.options.program);
  const command = [program, "--api-socket", `path=${API}`];
  await place.spawn({ name: "Cloud Hypervisor", command, asUser: true, openFiles: OPEN_FILES });
  const api = new CloudHypervisorApi(`${place.root}/${API}`);
  await place.until("Cloud Hypervisor does not answer", api.ping);
  return api;
}

async function boot(place: Place): Promise<Running> {
  const { cid, cpus, memoryMib } = place.options;
  const { kernel, initrd, disk } = guestImage(place.options);
  const api = await launch(place);
  await api.create({
    cpus: { boot_vcpus: cpus, max_vcpus: cpus },
    memory: { size: memoryMib * 1024 * 1024 },
    payload: {
      kernel: await place.link("kernel", kernel),
      initramfs: initrd && await place.link("initrd", initrd),
      cmdline: commandLine(place.options),
    },
    disks: disk === undefined
      ? undefined
      : [{ path: await place.link("disk", disk), readonly: true }],
    vsock: { cid, socket: VSOCK },
    serial: { mode: "Tty" },
    console: { mode: "Off" },
  });
  await api.boot();
  return running(place, api);
}

async function restore(place: Place, snapshot: string): Promise<Running> {
  const { disk } = guestImage(place.options);
  const api = await launch(place);
  if (disk !== undefined) await place.link("disk", disk);
  await api.restore({ source_url: `file://${snapshot}` });
  await api.resume();
  return running(place, api);
}

function running(place: Place, api: CloudHypervisorApi): Running {
  const { port = 5000 } = place.options;
  return {
    target: `firecracker:${place.root}/${VSOCK}:${port}`,
    pause: api.pause,
    resume: api.resume,
    snapshot: async (into) => {
      await api.pause();
      await api.snapshot({ destination_url: `file://${into}` });
    },
    shutdown: async () => {
      await api.shutdown();
      await api.shutdownMonitor();
    },
  };
}

/** Cloud Hypervisor. */
export const cloudHypervisorMonitor: Monitor = {
  name: "cloud_hypervisor",
  lacks: ({ user }) => user === undefined ? ["host user"] : [],
  cannotSave: () => null,
  boot,
  restore,
};
