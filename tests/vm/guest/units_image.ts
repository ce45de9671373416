// Guests in which the agent is a service: under systemd, with the image's unit, and under a plain
// init, with the line that image/sallyport.openrc gives for it.
//
// They use Debian's own systemd and sysvinit, with only what these need to start: no udev, no
// D-Bus, no login. A program of the test looks at the agent from inside.

import { ensureAgent } from "../../../scripts/build/ensure_agent.ts";
import { cacheDirectory, root } from "../../../scripts/tools/paths.ts";
import { buildStub, type Call, RESULT } from "../../../image/boot_stub.ts";
import { Collector } from "../../../image/collect.ts";
import { writeCpio } from "../../../image/cpio.ts";
import type { FileTree } from "../../../image/file_tree.ts";
import { guestTree } from "../../../image/guest_tree.ts";
import { debianKernel, type Kernel, loadingOrder, wantedModules } from "../../../image/kernel.ts";
import { unitsProbe } from "./units_probe.ts";

/**
 * The program that the kernel starts (`rdinit=`). It loads modules, because there is no udev, and
 * then executes the real init.
 */
export const unitsInit = "/observer/init";

/** The program that starts the service. */
export type ServiceManager = "systemd" | "sysvinit";

/** Path of each service manager's program. */
export const managerProgram: Readonly<Record<ServiceManager, string>> = {
  systemd: "/usr/lib/systemd/systemd",
  sysvinit: "/usr/sbin/init",
};

/** Units that would need devices, a login, a message bus, or mount(8), which is setuid. */
const masked = [
  ...["dev-hugepages", "dev-mqueue", "sys-fs-fuse-connections", "sys-kernel-config"]
    .map((name) => `${name}.mount`),
  ...["sys-kernel-debug.mount", "sys-kernel-tracing.mount", "proc-sys-fs-binfmt_misc.automount"],
  ...["systemd-logind", "systemd-networkd", "systemd-remount-fs", "systemd-udev-trigger"]
    .map((name) => `${name}.service`),
  ...["systemd-udevd.service", "getty.target"],
];

const probeUnit = `[Unit]
After=sallyport.service
[Service]
ExecStart=/usr/bin/python3 -I /observer/units.py
`;

/** A built guest. */
export interface UnitsImage {
  kernel: string;
  initrd: string;
}

/** Builds the guest. */
export async function unitsImage(manager: ServiceManager): Promise<UnitsImage> {
  const kernel = await debianKernel("x86_64");
  const agent = (await ensureAgent("x86_64")).path;
  const { tree } = await guestTree({ arch: "x86_64", agent, languages: ["python", "sh"], kernel });
  const name = manager === "systemd" ? "systemd" : "sysvinit-core";
  const collector = new Collector("amd64");
  await collector.addContent(tree, {
    packages: [name],
    without: [/^usr\/share\/(polkit|dbus)/, /^usr\/lib\/pam/],
  });
  await collector.addLibraries(tree, [name], []);
  tree.symlink("usr/lib/sallyport/sallyport-agent", "/init");
  tree.file("observer/units.py", unitsProbe);
  if (manager === "systemd") await addUnits(tree);
  else await addInittab(tree);
  await addStub(tree, kernel, manager);
  const directory = `${cacheDirectory}/vm-units`;
  await Deno.mkdir(directory, { recursive: true });
  const initrd = `${directory}/${manager}.cpio`;
  await writeCpio(initrd, tree.entries());
  return { kernel: kernel.image, initrd };
}

async function addUnits(tree: FileTree): Promise<void> {
  const unit = await Deno.readTextFile(`${root}/image/sallyport.service`);
  const units = "etc/systemd/system";
  // Without this file, systemd would treat the boot as the image's first.
  tree.file("etc/machine-id", "5a11940f000040008000000000000000\n");
  for (const name of masked) tree.symlink(`${units}/${name}`, "/dev/null");
  tree.file(`${units}/sallyport.service`, unit);
  tree.file(`${units}/units-probe.service`, probeUnit);
  for (const name of ["sallyport", "units-probe"]) {
    tree.symlink(`${units}/multi-user.target.wants/${name}.service`, `../${name}.service`);
  }
  tree.symlink(`${units}/default.target`, "/usr/lib/systemd/system/multi-user.target");
}

async function addInittab(tree: FileTree): Promise<void> {
  const script = await Deno.readTextFile(`${root}/image/sallyport.openrc`);
  const line = script.match(/^#\s+(sp:.*)$/m)?.[1];
  if (line === undefined) throw new Error("Cannot find the line for /etc/inittab");
  const probe = "pr:2:once:/usr/bin/python3 -I /observer/units.py";
  tree.file("etc/inittab", `id:2:initdefault:\n${line}\n${probe}\n`);
}

/**
 * systemd mounts everything by itself. sysvinit leaves this to scripts, which this guest does not
 * have.
 */
const mounts: Readonly<Record<ServiceManager, readonly string[]>> = {
  systemd: [],
  sysvinit: ["proc /proc proc", "dev /dev devtmpfs", "sys /sys sysfs", "run /run tmpfs"],
};

async function addStub(tree: FileTree, kernel: Kernel, manager: ServiceManager): Promise<void> {
  const AT_FDCWD = -100;
  const calls: Call[] = mounts[manager].map((words) => ({
    call: "mount",
    args: [...words.split(" "), 0, 0],
  }));
  for (const name of await loadingOrder(kernel, wantedModules)) {
    const path = `/usr/lib/sallyport/modules/${name}.ko`;
    calls.push({ call: "openat", args: [AT_FDCWD, path, 0, 0] });
    calls.push({ call: "finit_module", args: [RESULT, "", 0] });
  }
  const become = { command: [managerProgram[manager]], environment: [] };
  tree.file(unitsInit.slice(1), buildStub("x86_64", calls, become), 0o755);
}
