// The monitor `qemu`: with KVM where it works, else emulated; commanded over QMP.
//
// Where the host has no vhost-vsock device, the project's own back end is a second process of the
// machine. QEMU cannot save a guest that has a back end's device, so the device is taken out before
// and put in again afterwards, on q35 and virt, which have a port for that.

import { backendCommand } from "../../image/guest.ts";
import { kvmWorks } from "../../image/kvm.ts";
import { type GuestMachine, qemuArguments, qemuProgram } from "../../image/qemu.ts";
import { Qmp } from "../../image/qmp.ts";
import { plug, unplug } from "../../image/socket_device.ts";
import type { Monitor, Running } from "./monitor.ts";
import { guestImage, type MachineOptions } from "./options.ts";
import type { Place } from "./place.ts";
import { programOf } from "./programs.ts";

const STATE = "guest.state";
const QMP = "qmp.sock", CONTROL = "control.sock", HOST = "host.sock";
const OPEN_FILES = 4096;

/** Whether KVM works, for each processor; trying takes up to a second. */
const tried = new Map<string, Promise<boolean>>();

function usesKvm(arch: "x86_64" | "aarch64"): Promise<boolean> {
  if (!tried.has(arch)) {
    tried.set(arch, arch === Deno.build.arch ? kvmWorks(arch) : Promise.resolve(false));
  }
  return tried.get(arch)!;
}

const hasVhost = () => Deno.stat("/dev/vhost-vsock").then(() => true, () => false);

function machineOf({ qemu, image }: MachineOptions): GuestMachine["machine"] {
  const arch = "arch" in image && image.arch || Deno.build.arch;
  return qemu?.machine ?? (arch === "aarch64" ? "virt" : "q35");
}

/** Starts the back end, if one is needed, and QEMU. */
async function launch(place: Place, snapshot?: string): Promise<Qemu> {
  const { options } = place;
  const { kernel, initrd, disk, arch = Deno.build.arch, options: words = [] } = guestImage(options);
  const program = programOf(qemuProgram(arch), options.program);
  const backend = options.qemu?.backend === true || !await hasVhost();
  if (backend) {
    const command = backendCommand(CONTROL, HOST, options.cid);
    await place.spawn({ name: "the socket device", command, asUser: true });
    await place.until(
      "the socket device does not start",
      () => Deno.lstat(`${place.root}/${HOST}`),
    );
  }
  const { accel } = options.qemu ?? {};
  const kvm = accel === undefined ? await usesKvm(arch) : accel === "kvm";
  const listen = options.port === undefined ? [] : [`sallyport.listen=vsock:${options.port}`];
  const args = qemuArguments({
    arch,
    kernel: await place.link("kernel", kernel),
    initrd: initrd && await place.link("initrd", initrd),
    disk: disk && await place.link("disk", disk),
    memoryMib: options.memoryMib,
    processors: options.cpus,
    options: [...listen, ...words],
    machine: machineOf(options),
    kvm,
    vsock: backend ? { backend: CONTROL } : { cid: options.cid },
    removable: backend && machineOf(options) !== "microvm",
    qmp: QMP,
    incoming: snapshot && await place.link(STATE, `${snapshot}/${STATE}`),
  });
  const command = [program, ...args];
  await place.spawn({ name: "QEMU", command, asUser: true, openFiles: OPEN_FILES });
  const connect = () => Qmp.connect(`${place.root}/${QMP}`);
  const qmp = await place.until("QEMU does not answer", connect);
  place.defer(() => qmp[Symbol.dispose]());
  return new Qemu(place, qmp, backend, kvm ? [] : ["KVM"]);
}

async function boot(place: Place): Promise<Running> {
  return await launch(place);
}

async function restore(place: Place, snapshot: string): Promise<Running> {
  const qemu = await launch(place, snapshot);
  await qemu.loaded();
  await qemu.resume();
  return qemu;
}

/** A running QEMU. */
class Qemu implements Running {
  readonly target: string;
  /** Whether the socket device is out: before a restored or saved guest goes on. */
  #out = false;

  constructor(
    readonly place: Place,
    readonly qmp: Qmp,
    readonly backend: boolean,
    readonly lacks: readonly string[],
  ) {
    const { cid, port = 5000 } = place.options;
    this.target = backend ? `firecracker:${place.root}/${HOST}:${port}` : `vsock:${cid}:${port}`;
  }

  async pause(): Promise<void> {
    await this.qmp.run("stop");
  }

  async resume(): Promise<void> {
    await this.qmp.run("cont");
    if (this.#out) await plug(this.qmp, this.place.root);
    this.#out = false;
  }

  async snapshot(into: string): Promise<void> {
    if (this.backend) {
      await unplug(this.qmp);
      this.#out = true;
    }
    await this.qmp.run("stop");
    await this.qmp.save(`${into.slice(this.place.root.length + 1)}/${STATE}`);
  }

  /** Waits until a guest that comes from a file is there. */
  async loaded(): Promise<void> {
    this.#out = this.backend;
    await this.place.until("QEMU does not load the snapshot", async () => {
      const { status } = await this.qmp.run("query-status") as { status: string };
      if (status === "inmigrate") throw new Error("it is being loaded");
    }, 60_000);
  }

  /** By Ctrl-Alt-Del where there is a keyboard; else QEMU itself ends, in order. */
  async shutdown(): Promise<void> {
    if (machineOf(this.place.options) !== "q35") return void await this.qmp.run("quit");
    const keys = ["ctrl", "alt", "delete"].map((data) => ({ type: "qcode", data }));
    await this.qmp.run("send-key", { keys });
  }
}

/** QEMU. */
export const qemuMonitor: Monitor = {
  name: "qemu",
  lacks: ({ user }) => user === undefined ? ["host user"] : [],
  cannotSave: (options) =>
    machineOf(options) === "microvm"
      ? "a microvm has no port from which its socket device can be taken out"
      : null,
  boot,
  restore,
};
