// Cloud Hypervisor's API, as far as a machine needs it: bodies with the names and limits of its
// published specification (vmm/src/api/openapi/cloud-hypervisor.yaml, API version 0.3.0).

import { MachineError } from "./machine_error.ts";
import { request } from "./unix_http.ts";

/** PUT vm.create. */
export interface VmConfig {
  readonly cpus: { readonly boot_vcpus: number; readonly max_vcpus: number };
  /** In bytes. */
  readonly memory: { readonly size: number };
  readonly payload: {
    readonly kernel: string;
    readonly initramfs?: string;
    readonly cmdline: string;
  };
  readonly disks?: readonly { readonly path: string; readonly readonly: boolean }[];
  /** A context id is at least 3. */
  readonly vsock: { readonly cid: number; readonly socket: string };
  readonly serial: { readonly mode: ConsoleMode };
  readonly console: { readonly mode: ConsoleMode };
}

/** Where a console goes. `Tty` is standard output. */
export type ConsoleMode = "Off" | "Tty" | "Null";

/** PUT vm.restore. */
export interface RestoreConfig {
  /** "file://" and a directory. */
  readonly source_url: string;
}

/** PUT vm.snapshot, of a paused machine, into a directory that is there. */
export interface VmSnapshotConfig {
  readonly destination_url: string;
}

/** The API of one Cloud Hypervisor process. */
export class CloudHypervisorApi {
  constructor(readonly socket: string) {}

  /** Whether it answers. @throws if not */
  ping = () => this.#send("GET", "vmm.ping");
  create = (config: VmConfig) => this.#send("PUT", "vm.create", config);
  boot = () => this.#send("PUT", "vm.boot");
  pause = () => this.#send("PUT", "vm.pause");
  resume = () => this.#send("PUT", "vm.resume");
  snapshot = (config: VmSnapshotConfig) => this.#send("PUT", "vm.snapshot", config);
  restore = (config: RestoreConfig) => this.#send("PUT", "vm.restore", config);
  shutdown = () => this.#send("PUT", "vm.shutdown");
  shutdownMonitor = () => this.#send("PUT", "vmm.shutdown");

  async #send(method: "GET" | "PUT", name: string, body?: unknown): Promise<void> {
    const { status, body: said } = await request(this.socket, method, `/api/v1/${name}`, body);
    if (status === 200 || status === 204) return;
    const message = `Cloud Hypervisor refused ${name} with ${status}: ${said.trim()}`;
    throw new MachineError("monitor", message);
  }
}
