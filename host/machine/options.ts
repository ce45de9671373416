// What a machine is started from, and what is refused before anything is started.

import { MachineError } from "./machine_error.ts";

/** The programs that can run a machine. `process` has no virtual machine around its agent. */
export const monitorNames = ["process", "qemu", "firecracker", "cloud_hypervisor"] as const;

/** One of them. */
export type MonitorName = typeof monitorNames[number];

/** What a guest boots. Paths on this host. */
export interface GuestImage {
  readonly kernel: string;
  readonly initrd?: string;
  /** A read-only disk. */
  readonly disk?: string;
  /** The guest's processor; this host's when left out. */
  readonly arch?: "x86_64" | "aarch64";
  /** Added to the kernel's command line. */
  readonly options?: readonly string[];
}

/** What the monitor `process` starts. */
export interface AgentImage {
  /**
   * The agent's program and arguments, without `--listen`. When left out, the compiled agent under
   * `dist/`, or where there is none the agent from source.
   */
  readonly agent?: readonly string[];
}

/** A machine to start. */
export interface MachineOptions {
  readonly monitor: MonitorName;
  /** `AgentImage` for the monitor `process`, `GuestImage` for all others. */
  readonly image: GuestImage | AgentImage;
  /** The machine's own directory: an absolute path at which nothing is yet. Gone when it ends. */
  readonly directory: string;
  /** The guest's context id, from 3 on. Two machines with the kernel's vsock must differ in it. */
  readonly cid: number;
  /** The guest's memory; for `process` only the limit of its cgroup. */
  readonly memoryMib: number;
  /** The guest's processors; for `process` only the limit of its cgroup. */
  readonly cpus: number;
  /** The port that the agent listens on; 5000 when left out. */
  readonly port?: number;
  /** Time from the start until the agent is ready; 60 s when left out. */
  readonly readyMs?: number;
  /** The monitor's program; found by its name when left out. Not for `process`. */
  readonly program?: string;
  /** Runs the monitor as another user. Needs root; not for `process`, whose agent drops by itself. */
  readonly user?: { readonly uid: number; readonly gid: number };
  /** A delegated cgroup v2 directory in which the machine gets a cgroup of its own. */
  readonly cgroup?: string;
  /** For `qemu`. */
  readonly qemu?: {
    /** q35 (virt for aarch64) when left out. */
    readonly machine?: "q35" | "microvm" | "virt";
    /** KVM where it works when left out. */
    readonly accel?: "kvm" | "tcg";
    /** Uses the project's own socket device even where the host has /dev/vhost-vsock. */
    readonly backend?: boolean;
  };
  /** For `firecracker`: the jailer's program. It needs `user`, and root. */
  readonly jailer?: string;
  /** Called with each piece of text on the machine's console. */
  readonly onConsole?: (text: string) => void;
}

/** Longest path of a Unix socket, without the final zero (unix(7)). */
const SOCKET_BYTES = 107;
/** What follows the machine's directory in the longest socket path. */
const LONGEST_SOCKET = "/run/control.sock";
/** The same below a jailer's root. */
const LONGEST_JAILED = "/jail/firecracker/machine/root/api.sock";

/** Whether an image is a guest's. */
export function isGuestImage(image: GuestImage | AgentImage): image is GuestImage {
  return "kernel" in image;
}

/** The guest's image. @throws MachineError "bad_options" if it is an agent's. */
export function guestImage({ image, monitor }: MachineOptions): GuestImage {
  if (isGuestImage(image)) return image;
  throw refused(`the monitor "${monitor}" needs an image with a kernel`);
}

/** @throws MachineError "bad_options" that says which option cannot be used, and why. */
export function checkOptions(options: MachineOptions): void {
  const { monitor, image, directory, cid, memoryMib, cpus, port = 5000, readyMs = 1 } = options;
  if (!monitorNames.includes(monitor)) throw refused(`there is no monitor "${monitor}"`);
  if (monitor === "process") {
    if (isGuestImage(image)) throw refused('the monitor "process" boots no kernel');
    if (options.user !== undefined) throw refused('the agent of "process" drops to its own user');
    if (image.agent?.length === 0) throw refused("an agent's command needs a program");
  } else guestImage(options);
  if (!directory.startsWith("/") || directory.includes("\0")) {
    throw refused(`the directory "${directory}" is not an absolute path`);
  }
  const longest = directory + (options.jailer === undefined ? LONGEST_SOCKET : LONGEST_JAILED);
  if (new TextEncoder().encode(longest).length > SOCKET_BYTES) {
    throw refused(`the directory "${directory}" is too long for the sockets in it`);
  }
  within("cid", cid, 3, 0xffff_fffe);
  within("memoryMib", memoryMib, 1, 1 << 24);
  within("cpus", cpus, 1, monitor === "firecracker" ? 32 : 255);
  within("port", port, 1, 0xffff_fffe);
  within("readyMs", readyMs, 1, 0x7fff_ffff);
  if (options.jailer !== undefined) {
    if (monitor !== "firecracker") throw refused("only Firecracker has a jailer");
    if (options.user === undefined) throw refused("a jailer needs the user to run as");
  }
}

function within(name: string, value: number, min: number, max: number): void {
  if (Number.isInteger(value) && value >= min && value <= max) return;
  throw refused(`"${name}" is ${value}, not a whole number from ${min} to ${max}`);
}

function refused(why: string): MachineError {
  return new MachineError("bad_options", `Cannot make the machine: ${why}`);
}
