// The stand-ins must refuse what their specifications refuse: a stand-in that takes everything would
// prove nothing about the monitors' own requests.

import assert from "node:assert/strict";
import { request } from "../unix_http.ts";
import { standInProgram } from "./stand_in_program.ts";

type Step = [method: "GET" | "PUT" | "PATCH", path: string, body: unknown, status: number];

/** Starts a stand-in and makes requests, of which each must have its status. */
async function steps(name: "firecracker" | "cloud_hypervisor", all: readonly Step[]) {
  const directory = await Deno.makeTempDir({ prefix: "sp-stand-in-" });
  const program = await standInProgram(directory, name);
  const option = name === "firecracker"
    ? ["--api-sock", "api", "--id", "a"]
    : ["--api-socket", "api"];
  await Deno.writeTextFile(`${directory}/kernel`, "hangs");
  await Deno.mkdir(`${directory}/snapshot`);
  const child = new Deno.Command(program, {
    args: option,
    cwd: directory,
    stdin: "null",
    stdout: "null",
  }).spawn();
  try {
    for (let tries = 0; tries < 500; tries++) {
      if (await listens(`${directory}/api`)) break; // the socket is there a moment before that
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    for (const [method, path, body, expected] of all) {
      const sent = JSON.parse(JSON.stringify(body ?? null).replaceAll("HERE", directory));
      const { status, body: said } = await request(
        `${directory}/api`,
        method,
        path,
        sent ?? undefined,
      );
      assert.equal(status, expected, `${method} ${path} ${JSON.stringify(body)}: ${said}`);
    }
  } finally {
    child.kill("SIGKILL");
    await child.status;
    await Deno.remove(directory, { recursive: true });
  }
}

async function listens(path: string): Promise<boolean> {
  try {
    (await Deno.connect({ transport: "unix", path })).close();
    return true;
  } catch {
    return false;
  }
}

Deno.test("Firecracker's stand-in refuses what the specification refuses", () =>
  steps("firecracker", [
    ["GET", "/", undefined, 200],
    ["PUT", "/actions", { action_type: "InstanceStart" }, 400], // no boot source
    ["PUT", "/actions", { action_type: "Reboot" }, 400],
    ["PATCH", "/vm", { state: "Paused" }, 400], // not started
    ["PUT", "/nothing", {}, 400],
    ["PUT", "/machine-config", { vcpu_count: 33, mem_size_mib: 1 }, 400],
    ["PUT", "/machine-config", { vcpu_count: 1 }, 400],
    ["PUT", "/machine-config", { vcpu_count: 1, mem_size_mib: 1, more: 1 }, 400],
    ["PUT", "/machine-config", { vcpu_count: 1, mem_size_mib: 1 }, 204],
    ["PUT", "/boot-source", { kernel_image_path: "none" }, 400],
    ["PUT", "/boot-source", { initrd_path: "kernel" }, 400],
    ["PUT", "/boot-source", { kernel_image_path: "kernel" }, 204],
    ["PUT", "/drives/a", drive("b"), 400],
    ["PUT", "/drives/a", { ...drive("a"), path_on_host: "none" }, 400],
    ["PUT", "/drives/a", drive("a"), 204],
    ["PUT", "/vsock", { guest_cid: 2, uds_path: "v" }, 400],
    ["PUT", "/vsock", { guest_cid: 3, uds_path: "v" }, 204],
    ["PUT", "/snapshot/load", load, 400], // configured already
    ["PUT", "/actions", { action_type: "InstanceStart" }, 204],
    ["PUT", "/actions", { action_type: "InstanceStart" }, 400],
    ["PUT", "/vsock", { guest_cid: 3, uds_path: "v" }, 400], // started
    ["PUT", "/snapshot/create", create, 400], // not paused
    ["PATCH", "/vm", { state: "Stopped" }, 400],
    ["PATCH", "/vm", { state: "Paused" }, 204],
    ["PUT", "/snapshot/create", { snapshot_path: "s" }, 400],
    ["PUT", "/snapshot/create", create, 204],
    ["PATCH", "/vm", { state: "Resumed" }, 204],
  ]));

const drive = (drive_id: string) => ({
  ...{ drive_id, is_root_device: false, is_read_only: true, path_on_host: "kernel" },
});
const create = { snapshot_path: "s", mem_file_path: "m" };
const load = {
  snapshot_path: "kernel",
  mem_backend: { backend_type: "File", backend_path: "kernel" },
};

const vm = { payload: { kernel: "kernel" } };
const at = (name: string, body: unknown, status: number): Step => [
  ...["PUT", `/api/v1/${name}`, body, status] as Step,
];

Deno.test("Cloud Hypervisor's stand-in refuses what the specification refuses", () =>
  steps("cloud_hypervisor", [
    ["GET", "/api/v1/vmm.ping", undefined, 200],
    ["PUT", "/vm.boot", undefined, 404], // not below /api/v1
    at("vm.boot", undefined, 404), // not created
    at("vm.create", {}, 400),
    at("vm.create", { ...vm, more: 1 }, 400),
    at("vm.create", { ...vm, cpus: { boot_vcpus: 2 } }, 400),
    at("vm.create", { ...vm, cpus: { boot_vcpus: 2, max_vcpus: 1 } }, 400),
    at("vm.create", { ...vm, memory: {} }, 400),
    at("vm.create", { ...vm, vsock: { cid: 2, socket: "v" } }, 400),
    at("vm.create", { ...vm, serial: { mode: "tty" } }, 400),
    at("vm.create", { ...vm, vsock: { cid: 3, socket: "v" } }, 204),
    at("vm.create", vm, 500), // there is one
    at("vm.restore", { source_url: "file://HERE/snapshot" }, 404), // created already
    at("vm.pause", undefined, 405), // not booted
    at("vm.shutdown", undefined, 405),
    at("vm.boot", {}, 400),
    at("vm.boot", undefined, 204),
    at("vm.resume", undefined, 405), // not paused
    at("vm.snapshot", { destination_url: "file://HERE/snapshot" }, 500), // not paused
    at("vm.pause", undefined, 204),
    at("vm.pause", undefined, 405),
    at("vm.snapshot", { destination_url: "HERE/snapshot" }, 500), // no URL
    at("vm.snapshot", { destination_url: "file://HERE/snapshot" }, 204),
    at("vm.resume", undefined, 204),
    at("vm.shutdown", undefined, 204),
  ]));
