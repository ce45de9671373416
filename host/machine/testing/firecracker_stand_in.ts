// Stands in for Firecracker: takes its command line and its API, refuses what its specification
// refuses, and has a real agent for a guest.
//
// Written after src/firecracker/swagger/firecracker.yaml 1.17.0-dev, docs/vsock.md and
// docs/snapshotting. What the specification says in words ("Pre-boot only", "should be in the Paused
// state") is checked too.

import * as v from "valibot";
import { parseArgs } from "node:util";
import { Refusal, type Reply, serveApi } from "./stand_in_server.ts";
import { StandInGuest } from "./stand_in_guest.ts";

const text = v.pipe(v.string(), v.minLength(1));
const int = (min: number, max = Number.MAX_SAFE_INTEGER) =>
  v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max));

const machineConfig = v.strictObject({
  vcpu_count: int(1, 32),
  mem_size_mib: int(1),
  smt: v.optional(v.boolean()),
  track_dirty_pages: v.optional(v.boolean()),
  cpu_template: v.optional(v.picklist(["C3", "T2", "T2S", "T2CL", "T2A", "V1N1", "None"])),
  huge_pages: v.optional(v.picklist(["None", "Transparent", "2M"])),
});
const bootSource = v.strictObject({
  kernel_image_path: text,
  initrd_path: v.optional(text),
  boot_args: v.optional(v.string()),
});
const drive = v.strictObject({
  drive_id: text,
  is_root_device: v.boolean(),
  is_read_only: v.boolean(),
  path_on_host: text,
  partuuid: v.optional(text),
  cache_type: v.optional(v.picklist(["Unsafe", "Writeback"])),
  io_engine: v.optional(v.picklist(["Sync", "Async"])),
});
const vsock = v.strictObject({
  guest_cid: int(3, 0xffff_ffff),
  uds_path: text,
  vsock_id: v.optional(text),
});
const action = v.strictObject({
  action_type: v.picklist(["FlushMetrics", "InstanceStart", "SendCtrlAltDel"]),
});
const vm = v.strictObject({ state: v.picklist(["Paused", "Resumed"]) });
const create = v.strictObject({
  snapshot_path: text,
  mem_file_path: text,
  snapshot_type: v.optional(v.picklist(["Full", "Diff"])),
});
const load = v.strictObject({
  snapshot_path: text,
  mem_backend: v.strictObject({
    backend_type: v.picklist(["File", "Uffd"]),
    backend_path: text,
  }),
  track_dirty_pages: v.optional(v.boolean()),
  resume_vm: v.optional(v.boolean()),
  clock_realtime: v.optional(v.boolean()),
});

const done: Reply = { status: 204 };

function refuse(fault_message: string): never {
  throw new Refusal({ status: 400, body: { fault_message } });
}

function read<S extends v.GenericSchema>(schema: S, body: unknown): v.InferOutput<S> {
  const found = v.safeParse(schema, body);
  if (found.success) return found.output;
  const { message, path } = found.issues[0];
  refuse(`The request body is wrong: ${path?.map(({ key }) => key).join(".") ?? ""} ${message}`);
}

function mustExist(path: string): void {
  try {
    Deno.openSync(path).close();
  } catch (error) {
    refuse(`Cannot open "${path}": ${(error as Error).message}`);
  }
}

/** What was configured before the start. */
interface Config {
  machine?: v.InferOutput<typeof machineConfig>;
  boot?: v.InferOutput<typeof bootSource>;
  vsock?: v.InferOutput<typeof vsock>;
  drives: v.InferOutput<typeof drive>[];
}

class Firecracker {
  #config: Config = { drives: [] };
  #guest: StandInGuest | undefined;
  #configured = false;

  constructor(readonly keepsReset: boolean) {}

  async handle(method: string, path: string, body: unknown): Promise<Reply> {
    const name = `${method} ${path}`;
    if (name === "GET /") return { status: 200, body: { state: "Not started" } };
    if (name === "PATCH /vm") return this.#setState(read(vm, body).state);
    if (name === "PUT /snapshot/create") return await this.#save(read(create, body));
    if (name === "PUT /snapshot/load") return await this.#load(read(load, body));
    if (name === "PUT /actions") return await this.#act(read(action, body).action_type);
    if (this.#guest !== undefined) {
      refuse("The requested operation is not supported after starting the microVM.");
    }
    this.#configure(name, path, body);
    this.#configured = true;
    return done;
  }

  #configure(name: string, path: string, body: unknown): void {
    if (name === "PUT /machine-config") this.#config.machine = read(machineConfig, body);
    else if (name === "PUT /boot-source") {
      this.#config.boot = read(bootSource, body);
      mustExist(this.#config.boot.kernel_image_path);
      if (this.#config.boot.initrd_path !== undefined) mustExist(this.#config.boot.initrd_path);
    } else if (name === "PUT /vsock") this.#config.vsock = read(vsock, body);
    else if (/^PUT \/drives\/\w+$/.test(name)) {
      const wanted = read(drive, body);
      if (path !== `/drives/${wanted.drive_id}`) refuse("The id from the path does not match.");
      mustExist(wanted.path_on_host);
      this.#config.drives.push(wanted);
    } else refuse(`Invalid request method and/or path: ${name}.`);
  }

  async #act(type: string): Promise<Reply> {
    if (type === "InstanceStart") {
      if (this.#guest !== undefined) refuse("The microVM is already running.");
      if (this.#config.boot === undefined) {
        refuse("Cannot start microvm without kernel configuration.");
      }
      await this.#boot();
    } else if (this.#guest === undefined) {
      refuse("The requested operation is not supported before starting the microVM.");
    } else if (type === "SendCtrlAltDel") {
      setTimeout(() => Deno.exit(0), 20); // the guest restarts, so Firecracker ends
    }
    return done;
  }

  async #boot(): Promise<void> {
    const { boot, vsock } = this.#config;
    const config = {
      kernel: boot!.kernel_image_path,
      words: boot!.boot_args ?? "",
      socket: vsock?.uds_path ?? "no.sock",
    };
    this.#guest = new StandInGuest(config, () => Deno.exit(0), this.keepsReset);
    await this.#guest.boot();
  }

  #setState(state: "Paused" | "Resumed"): Reply {
    if (this.#guest === undefined) {
      refuse("The requested operation is not supported before starting the microVM.");
    }
    if (state === "Paused") this.#guest.pause();
    else this.#guest.resume();
    return done;
  }

  async #save(params: v.InferOutput<typeof create>): Promise<Reply> {
    if (this.#guest === undefined || !this.#guest.isPaused) {
      refuse("Cannot save: the microVM is not paused.");
    }
    await Deno.writeTextFile(params.snapshot_path, JSON.stringify(this.#config));
    await Deno.writeTextFile(params.mem_file_path, "memory");
    return done;
  }

  async #load(params: v.InferOutput<typeof load>): Promise<Reply> {
    if (this.#guest !== undefined || this.#configured) {
      refuse("Loading a microVM snapshot is not allowed after configuring resources.");
    }
    mustExist(params.snapshot_path);
    mustExist(params.mem_backend.backend_path);
    this.#config = JSON.parse(await Deno.readTextFile(params.snapshot_path));
    for (const { path_on_host } of this.#config.drives) mustExist(path_on_host);
    // The guest of a snapshot is in its memory: its kernel's file is not needed any more.
    await Deno.writeTextFile("loaded-kernel", "works");
    this.#config.boot = { ...this.#config.boot!, kernel_image_path: "loaded-kernel" };
    await this.#boot();
    if (!params.resume_vm) this.#guest!.pause();
    return done;
  }
}

const { values } = parseArgs({
  options: {
    "api-sock": { type: "string" },
    id: { type: "string" },
    "start-time-us": { type: "string" },
    "keeps-reset": { type: "boolean", default: false }, // the stand-in's own
  },
});
if (!/^[a-zA-Z0-9-]{1,64}$/.test(values.id ?? "")) throw new Error(`Invalid id "${values.id}"`);
const firecracker = new Firecracker(values["keeps-reset"]);
await serveApi(values["api-sock"]!, (...request) => firecracker.handle(...request));
