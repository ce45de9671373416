// QEMU's command line for a guest, as pure data, so that the same command is documented, run and
// tested.

/** A guest to start. */
export interface GuestMachine {
  arch: "x86_64" | "aarch64";
  kernel: string;
  initrd?: string;
  memoryMib: number;
  processors: number;
  /** Added to the kernel's command line. */
  options: readonly string[];
  /**
   * `microvm` has no PCI, so there is less to emulate, but without KVM its clock calibration may
   * hang. x86_64 only.
   */
  machine: "q35" | "microvm" | "virt";
  /** Whether to use /dev/kvm. */
  kvm: boolean;
  /**
   * The guest's socket device: the host's own, by context id, or a vhost-user back end's control
   * socket.
   */
  vsock: { cid: number } | { backend: string };
  /**
   * Puts the socket device on a separate PCI port, so that it can be removed and added again while
   * the guest runs: QEMU cannot save a guest that has a back end's device. A guest started from a
   * file begins without it.
   */
  removable?: boolean;
  /** Path of the monitor's own command socket (QMP). */
  qmp?: string;
  /** Path of a read-only disk. */
  disk?: string;
  /** Starts from a file that a stopped guest was saved to. */
  incoming?: string;
}

/** Name of the port that a removable socket device is on. */
export const socketPort = "socket-port";

/** Name of QEMU's program for a processor. */
export function qemuProgram(arch: "x86_64" | "aarch64"): string {
  return `qemu-system-${arch}`;
}

/**
 * The emulated processor. For Arm's pointer authentication it uses QEMU's own, much cheaper, hash.
 */
const emulatedCpu = { x86_64: "max", aarch64: "max,pauth-impdef=on" } as const;

/** All arguments of QEMU. */
export function qemuArguments(guest: GuestMachine): string[] {
  const shared = "backend" in guest.vsock;
  const pci = guest.machine !== "microvm";
  const suffix = pci ? "pci" : "device";
  const memory = shared ? ",memory-backend=mem" : "";
  const args = [
    ...["-machine", `${guest.machine}${memory}`],
    ...["-accel", guest.kvm ? "kvm" : "tcg,thread=multi,tb-size=128"],
    ...["-cpu", guest.kvm ? "host" : emulatedCpu[guest.arch]],
    ...["-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"],
    ...["-m", `${guest.memoryMib}M`, "-smp", String(guest.processors)],
    ...["-serial", "stdio"],
    ...["-kernel", guest.kernel],
    ...["-append", kernelCommandLine(guest)],
  ];
  if (guest.initrd !== undefined) args.push("-initrd", guest.initrd);
  if (shared) {
    args.push("-object", `memory-backend-memfd,id=mem,size=${guest.memoryMib}M,share=on`);
  }
  if (guest.removable) args.push("-device", `pcie-root-port,id=${socketPort},chassis=1,slot=1`);
  if ("backend" in guest.vsock) {
    const place = guest.removable ? `,id=vsock,bus=${socketPort}` : "";
    if (!guest.removable || guest.incoming === undefined) {
      args.push("-chardev", `socket,id=vsock,path=${guest.vsock.backend}`);
      args.push("-device", `vhost-user-vsock-${suffix},chardev=vsock${place}`);
    }
  } else args.push("-device", `vhost-vsock-${suffix},guest-cid=${guest.vsock.cid}`);
  if (guest.disk !== undefined) {
    args.push("-drive", `if=none,id=disk,format=raw,readonly=on,file=${guest.disk}`);
    args.push("-device", `virtio-blk-${suffix},drive=disk`);
  }
  if (guest.qmp !== undefined) args.push("-qmp", `unix:${guest.qmp},server=on,wait=off`);
  if (guest.incoming !== undefined) args.push("-incoming", `exec:cat ${guest.incoming}`);
  return args;
}

/** The kernel's command line: console, no waiting after a panic, then the image's own options. */
export function kernelCommandLine(guest: GuestMachine): string {
  const console = guest.arch === "aarch64" ? "ttyAMA0" : "ttyS0";
  // On a busy host an emulated guest's timer comes too late for the kernel's test of it, which then
  // panics: "IO-APIC + timer doesn't work!" (kernel-parameters.txt, no_timer_check).
  const emulated = guest.kvm ? [] : ["mitigations=off", "no_timer_check"];
  return [`console=${console}`, "panic=-1", "quiet", ...emulated, ...guest.options].join(" ");
}
