// Firecracker's API, as far as a machine needs it: bodies with the names and limits of its published
// specification (src/firecracker/swagger/firecracker.yaml, version 1.17.0-dev).
//
// `vsock_override` is left out on purpose: relative socket paths do the same, and also with older
// versions.

import { MachineError } from "./machine_error.ts";
import { request } from "./unix_http.ts";

/** PUT /machine-config. From 1 to 32 processors. */
export interface MachineConfiguration {
  readonly vcpu_count: number;
  readonly mem_size_mib: number;
  readonly smt?: boolean;
  readonly huge_pages?: "None" | "Transparent" | "2M";
}

/** PUT /boot-source. */
export interface BootSource {
  readonly kernel_image_path: string;
  readonly initrd_path?: string;
  readonly boot_args?: string;
}

/** PUT /drives/{drive_id}. */
export interface Drive {
  readonly drive_id: string;
  readonly is_root_device: boolean;
  readonly path_on_host: string;
  readonly is_read_only: boolean;
}

/** PUT /vsock. A context id is at least 3. */
export interface Vsock {
  readonly guest_cid: number;
  readonly uds_path: string;
}

/** PUT /actions. `SendCtrlAltDel` exists on x86_64 only. */
export interface InstanceActionInfo {
  readonly action_type: "InstanceStart" | "SendCtrlAltDel";
}

/** PATCH /vm. */
export interface Vm {
  readonly state: "Paused" | "Resumed";
}

/** PUT /snapshot/create, of a paused machine. */
export interface SnapshotCreateParams {
  readonly snapshot_type: "Full";
  readonly snapshot_path: string;
  readonly mem_file_path: string;
}

/** PUT /snapshot/load, before anything else. */
export interface SnapshotLoadParams {
  readonly snapshot_path: string;
  readonly mem_backend: { readonly backend_type: "File"; readonly backend_path: string };
  readonly resume_vm: boolean;
}

/** The API of one Firecracker process. */
export class FirecrackerApi {
  constructor(readonly socket: string) {}

  /** Whether it answers. @throws if not */
  ping = () => this.#send("GET", "/");
  machineConfig = (body: MachineConfiguration) => this.#send("PUT", "/machine-config", body);
  bootSource = (body: BootSource) => this.#send("PUT", "/boot-source", body);
  drive = (body: Drive) => this.#send("PUT", `/drives/${body.drive_id}`, body);
  vsock = (body: Vsock) => this.#send("PUT", "/vsock", body);
  action = (action_type: InstanceActionInfo["action_type"]) =>
    this.#send("PUT", "/actions", { action_type } satisfies InstanceActionInfo);
  vm = (state: Vm["state"]) => this.#send("PATCH", "/vm", { state } satisfies Vm);
  createSnapshot = (body: SnapshotCreateParams) => this.#send("PUT", "/snapshot/create", body);
  loadSnapshot = (body: SnapshotLoadParams) => this.#send("PUT", "/snapshot/load", body);

  async #send(method: "GET" | "PUT" | "PATCH", path: string, body?: unknown): Promise<void> {
    const answer = await request(this.socket, method, path, body);
    if (answer.status === 200 || answer.status === 204) return;
    const why = faultOf(answer.body);
    throw new MachineError("monitor", `Firecracker refused ${method} ${path}: ${why}`);
  }
}

function faultOf(body: string): string {
  try {
    return JSON.parse(body).fault_message ?? body;
  } catch {
    return body;
  }
}
