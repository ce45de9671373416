// Looks at this host: which monitors work here, and what they would need.
//
// It changes nothing, and starts nothing but programs that print their version, an agent that checks
// its layers, and QEMU for a moment to try KVM.

import { hostVirtualizes, kvmWorks } from "../../image/kvm.ts";
import { qemuProgram } from "../../image/qemu.ts";
import { delegatedCgroup } from "./cgroup.ts";
import { missingPrograms } from "./confinement.ts";
import { agentRefuses } from "./process.ts";
import { versionOf } from "./programs.ts";

/** One thing that was looked at. */
export interface Finding {
  readonly what: string;
  readonly ok: boolean;
  /** What was found, or what is missing. */
  readonly says: string;
  readonly isMonitor: boolean;
}

/** Opens a device as a monitor would. Returns null, or why it cannot be opened. */
export function openable(path: string): string | null {
  try {
    Deno.openSync(path, { read: true, write: true }).close();
    return null;
  } catch (error) {
    return error instanceof Deno.errors.NotFound ? `no ${path}` : (error as Error).message;
  }
}

/** Free 2 MiB pages of /proc/meminfo, and how many MiB are available. */
export function memoryOf(meminfo: string): { availableMib: number; hugePages: number } {
  const field = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(meminfo)?.[1]);
  return {
    availableMib: Math.floor((field("MemAvailable") || 0) / 1024),
    hugePages: field("HugePages_Free") || 0,
  };
}

/** Looks at everything. The monitors come first. */
export async function findings(): Promise<Finding[]> {
  const arch = Deno.build.arch;
  const [qemu, firecracker, cloud] = await Promise.all(
    [qemuProgram(arch), "firecracker", "cloud-hypervisor"].map(versionOf),
  );
  const [jailer, refusal] = await Promise.all([versionOf("jailer"), agentRefuses()]);
  const noKvm = openable("/dev/kvm");
  const kvm = qemu === null ? noKvm === null && hostVirtualizes(arch) : await kvmWorks(arch);
  const kvmWhy = noKvm ??
    (hostVirtualizes(arch)
      ? "/dev/kvm opens, and QEMU cannot start a machine with it"
      : "/dev/kvm opens, but the processor has neither vmx nor svm");
  const needsKvm = (version: string | null, name: string) => {
    if (version === null) return { ok: false, says: `${name} is not installed` };
    return kvm ? { ok: true, says: version } : { ok: false, says: `${version}, but ${kvmWhy}` };
  };
  const monitors: Omit<Finding, "isMonitor">[] = [
    {
      what: "process",
      ok: refusal === null,
      says: refusal ?? "an agent on this host; no virtual machine around it",
    },
    {
      what: "qemu",
      ok: qemu !== null,
      says: qemu === null ? "QEMU is not installed" : `${qemu}${kvm ? "" : "; emulated"}`,
    },
    { what: "firecracker", ...needsKvm(firecracker, "Firecracker") },
    { what: "cloud_hypervisor", ...needsKvm(cloud, "Cloud Hypervisor") },
  ];
  const noVhost = openable("/dev/vhost-vsock");
  const { availableMib, hugePages } = memoryOf(Deno.readTextFileSync("/proc/meminfo"));
  const cgroup = delegatedCgroup();
  const missing = missingPrograms();
  const things: Omit<Finding, "isMonitor">[] = [
    { what: "KVM", ok: kvm, says: kvm ? "works" : kvmWhy },
    {
      what: "vhost-vsock",
      ok: noVhost === null,
      says: noVhost === null ? "opens" : `${noVhost}; QEMU uses a socket device of the project`,
    },
    { what: "jailer", ok: jailer !== null, says: jailer ?? "not installed" },
    {
      what: "cgroup",
      ok: "directory" in cgroup,
      says: "directory" in cgroup ? `delegated: ${cgroup.directory}` : cgroup.why,
    },
    {
      what: "limits",
      ok: missing.length === 0,
      says: missing.length === 0 ? "prlimit and setpriv" : `without ${missing.join(", ")}`,
    },
    { what: "root", ok: Deno.uid() === 0, says: Deno.uid() === 0 ? "yes" : `user ${Deno.uid()}` },
    { what: "hugepages", ok: hugePages > 0, says: `${hugePages} free` },
    { what: "memory", ok: availableMib >= 512, says: `${availableMib} MiB available` },
  ];
  return [
    ...monitors.map((one) => ({ ...one, isMonitor: true })),
    ...things.map((one) => ({ ...one, isMonitor: false })),
  ];
}
