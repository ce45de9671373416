// Describes the measuring machine in one line.

/**
 * Processor, number of processors, kernel, system and Deno version; nothing that identifies the
 * machine.
 */
export function machine(): string {
  const read = (path: string) => {
    try {
      return Deno.readTextFileSync(path);
    } catch {
      return "";
    }
  };
  const model = /^model name\s*:\s*(.+)$/m.exec(read("/proc/cpuinfo"))?.[1] ?? Deno.build.arch;
  const count = navigator.hardwareConcurrency;
  const system = /^PRETTY_NAME="?([^"\n]+)/m.exec(read("/etc/os-release"))?.[1] ?? "Linux";
  const kernel = /^(\d+\.\d+)/.exec(Deno.osRelease())?.[1] ?? Deno.osRelease();
  return `${count} x ${model.trim()}, Linux ${kernel}, ${system}, Deno ${Deno.version.deno}`;
}
