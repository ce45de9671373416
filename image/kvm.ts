// Whether KVM works here. That /dev/kvm can be opened does not prove it.

import { qemuProgram } from "./qemu.ts";

type Arch = "x86_64" | "aarch64";

/**
 * Whether a processor can run any guest's kernel. A KVM without that (PVM's, in clouds that nest
 * their machines) starts every machine, and boots only kernels that were made for it.
 *
 * @param cpuInfo The text of /proc/cpuinfo.
 */
export function virtualizes(arch: Arch, cpuInfo: string): boolean {
  if (arch !== "x86_64") return true; // arm64's KVM has no other way
  const [, flags = ""] = /^flags\s*:(.*)$/m.exec(cpuInfo) ?? [];
  return flags.split(" ").some((flag) => flag === "vmx" || flag === "svm");
}

/** Whether this host's processor can. */
export function hostVirtualizes(arch: Arch): boolean {
  return virtualizes(arch, Deno.readTextFileSync("/proc/cpuinfo"));
}

/** Whether QEMU can run a guest with KVM here. */
export async function kvmWorks(arch: Arch): Promise<boolean> {
  if (!await Deno.stat("/dev/kvm").then(() => true, () => false)) return false;
  if (!hostVirtualizes(arch)) return false;
  const child = new Deno.Command(qemuProgram(arch), {
    args: ["-machine", "accel=kvm", "-cpu", "host", "-nodefaults", "-display", "none", "-S"],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const timer = setTimeout(() => child.kill("SIGKILL"), 1000);
  const { signal } = await child.status; // a working machine waits for its first command
  clearTimeout(timer);
  return signal === "SIGKILL";
}
