// Makes machines: the one place that knows all monitors, and what other rooms import.

import { cloudHypervisorMonitor } from "./cloud_hypervisor.ts";
import { firecrackerMonitor } from "./firecracker.ts";
import type { Machine } from "./machine.ts";
import type { Monitor } from "./monitor.ts";
import { MonitoredMachine } from "./monitored_machine.ts";
import type { MachineOptions, MonitorName } from "./options.ts";
import { processMonitor } from "./process.ts";
import { qemuMonitor } from "./qemu.ts";

export { clearLeftovers, type Leftover } from "./leftovers.ts";
export type { Machine, MachineEnd, MachineState } from "./machine.ts";
export { MachineError, type MachineErrorKind } from "./machine_error.ts";
export {
  type AgentImage,
  type GuestImage,
  type MachineOptions,
  type MonitorName,
  monitorNames,
} from "./options.ts";

const monitors: Readonly<Record<MonitorName, Monitor>> = {
  process: processMonitor,
  qemu: qemuMonitor,
  firecracker: firecrackerMonitor,
  cloud_hypervisor: cloudHypervisorMonitor,
};

/**
 * Makes a machine that is not started. Nothing is on the host yet.
 *
 * @throws MachineError "bad_options"
 */
export function createMachine(options: MachineOptions): Machine {
  return new MonitoredMachine(options, monitors[options.monitor]);
}
