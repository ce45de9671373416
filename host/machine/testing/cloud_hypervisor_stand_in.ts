// Stands in for Cloud Hypervisor: takes its command line and its REST API, refuses what its
// specification refuses, and has a real agent for a guest.
//
// Written after vmm/src/api/openapi/cloud-hypervisor.yaml, API version 0.3.0, and
// docs/snapshot_restore.md. Fields that the specification knows and no machine uses are taken as
// they are.

import { parseArgs } from "node:util";
import * as v from "valibot";
import { Refusal, type Reply, serveApi } from "./stand_in_server.ts";
import { StandInGuest } from "./stand_in_guest.ts";

const text = v.pipe(v.string(), v.minLength(1));
const int = (min: number) => v.pipe(v.number(), v.integer(), v.minValue(min));
/** Optional fields of which only the name is known here. */
const known = (names: string) =>
  Object.fromEntries(names.split(" ").map((name) => [name, v.optional(v.unknown())]));

const consoleModes = v.picklist(["Off", "Pty", "Tty", "File", "Socket", "Null"]);
const vmConfig = v.strictObject({
  ...known("rate_limit_groups net rng balloon fs generic_vhost_user pmem debug_console devices"),
  ...known("user_devices vdpa numa iommu watchdog rtc pvpanic pci_segments platform tpm"),
  ...known("landlock_enable landlock_rules"),
  cpus: v.optional(v.strictObject({
    ...known("topology kvm_hyperv max_phys_bits nested affinity features core_scheduling"),
    boot_vcpus: int(1),
    max_vcpus: int(1),
  })),
  memory: v.optional(v.strictObject({
    ...known("hotplug_size hotplugged_size mergeable hotplug_method shared hugepages"),
    ...known("hugepage_size prefault reserve thp zones"),
    size: int(1),
  })),
  payload: v.strictObject({
    ...known("firmware igvm host_data"),
    kernel: v.optional(text),
    cmdline: v.optional(v.string()),
    initramfs: v.optional(text),
  }),
  disks: v.optional(v.array(v.strictObject({
    ...known("direct iommu num_queues queue_size vhost_user vhost_socket rate_limiter_config"),
    ...known("pci_segment pci_device_id id serial rate_limit_group queue_affinity backing_files"),
    ...known("sparse image_type lock_granularity"),
    path: v.optional(text),
    readonly: v.optional(v.boolean()),
  }))),
  vsock: v.optional(v.strictObject({
    ...known("iommu pci_segment pci_device_id id"),
    cid: int(3),
    socket: text,
  })),
  serial: v.optional(v.strictObject({ ...known("file socket"), mode: consoleModes })),
  console: v.optional(
    v.strictObject({
      ...known("file socket iommu id pci_segment pci_device_id"),
      mode: consoleModes,
    }),
  ),
});
const snapshotConfig = v.strictObject({ destination_url: text });
const restoreConfig = v.strictObject({
  ...known("zone_updates"),
  source_url: text,
  prefault: v.optional(v.boolean()),
  memory_restore_mode: v.optional(v.picklist(["Copy", "OnDemand", "CopyOnWrite"])),
  resume: v.optional(v.boolean()),
});

const done: Reply = { status: 204 };

function refuse(status: number, why: string): never {
  throw new Refusal({ status, body: [why] });
}

function read<S extends v.GenericSchema>(schema: S, body: unknown): v.InferOutput<S> {
  const found = v.safeParse(schema, body);
  if (found.success) return found.output;
  const { message, path } = found.issues[0];
  refuse(400, `${path?.map(({ key }) => key).join(".") ?? "body"}: ${message}`);
}

function directoryOf(url: string): string {
  const path = /^file:\/\/(\/.*)$/.exec(url)?.[1];
  if (path === undefined) refuse(500, `Invalid URL "${url}"`);
  if (!Deno.statSync(path).isDirectory) refuse(500, `"${path}" is no directory`);
  return path;
}

type VmConfig = v.InferOutput<typeof vmConfig>;
type State = "Created" | "Running" | "Paused" | "Shutdown";

class CloudHypervisor {
  #config: VmConfig | undefined;
  #state: State = "Created";
  #guest: StandInGuest | undefined;

  constructor(readonly keepsReset: boolean) {}

  async handle(method: string, path: string, body: unknown): Promise<Reply> {
    const name = path.replace("/api/v1/", "");
    if (name === "vmm.ping" && method === "GET") return { status: 200, body: { version: "x" } };
    if (method !== "PUT") refuse(404, "There is no such endpoint");
    if (name === "vmm.shutdown") return this.#exit();
    if (name === "vm.create") return this.#create(read(vmConfig, body));
    if (name === "vm.restore") return await this.#restore(read(restoreConfig, body));
    const snapshot = name === "vm.snapshot" ? read(snapshotConfig, body) : undefined;
    if (snapshot === undefined && body !== undefined) refuse(400, "a body where none is known");
    if (this.#config === undefined) refuse(404, "The VM is not created");
    switch (name) {
      case "vm.boot":
        if (this.#state !== "Created") refuse(500, "The VM is booted");
        return await this.#boot();
      case "vm.pause":
        this.#mustBe("Running");
        this.#guest!.pause();
        return this.#become("Paused");
      case "vm.resume":
        this.#mustBe("Paused");
        this.#guest!.resume();
        return this.#become("Running");
      case "vm.snapshot":
        return await this.#save(directoryOf(snapshot!.destination_url));
      case "vm.shutdown":
        if (this.#guest === undefined) refuse(405, "The VM is not started");
        this.#guest.pause();
        return this.#become("Shutdown");
    }
    refuse(404, "There is no such endpoint");
  }

  #mustBe(state: State): void {
    if (this.#state !== state) refuse(405, `The VM is ${this.#state}, not ${state}`);
  }

  #become(state: State): Reply {
    this.#state = state;
    return done;
  }

  #exit(): Reply {
    setTimeout(() => Deno.exit(0), 20);
    return done;
  }

  #create(config: VmConfig): Reply {
    if (this.#config !== undefined) refuse(500, "The VM is already created");
    const { cpus, payload, disks = [] } = config;
    if (cpus !== undefined && cpus.boot_vcpus > cpus.max_vcpus) refuse(400, "more than max_vcpus");
    if (payload.kernel === undefined) refuse(400, "no payload");
    for (const path of [payload.kernel, payload.initramfs, ...disks.map((disk) => disk.path)]) {
      if (path !== undefined) Deno.openSync(path).close();
    }
    this.#config = config;
    return done;
  }

  async #boot(kernel = this.#config!.payload.kernel!): Promise<Reply> {
    const { payload, vsock, serial } = this.#config!;
    const config = {
      kernel,
      words: payload.cmdline ?? "",
      socket: vsock?.socket ?? "no.sock",
    };
    if (serial?.mode !== "Tty") console.log = () => {};
    this.#guest = new StandInGuest(config, () => Deno.exit(0), this.keepsReset);
    await this.#guest.boot();
    return this.#become("Running");
  }

  async #save(directory: string): Promise<Reply> {
    if (this.#guest === undefined) refuse(405, "The VM is not booted");
    if (this.#state !== "Paused") refuse(500, "The VM is not paused");
    await Deno.writeTextFile(`${directory}/config.json`, JSON.stringify(this.#config));
    await Deno.writeTextFile(`${directory}/memory-ranges`, "memory");
    await Deno.writeTextFile(`${directory}/state.json`, "{}");
    return done;
  }

  async #restore({ source_url, resume }: v.InferOutput<typeof restoreConfig>): Promise<Reply> {
    if (this.#config !== undefined) refuse(404, "The VM is already created");
    const directory = directoryOf(source_url);
    for (const name of ["memory-ranges", "state.json"]) await Deno.stat(`${directory}/${name}`);
    this.#config = read(vmConfig, JSON.parse(await Deno.readTextFile(`${directory}/config.json`)));
    // The guest of a snapshot is in its memory: its kernel's file is not needed any more.
    await Deno.writeTextFile("loaded-kernel", "works");
    await this.#boot("loaded-kernel");
    if (resume) return done;
    this.#guest!.pause();
    return this.#become("Paused");
  }
}

const { values } = parseArgs({
  options: {
    "api-socket": { type: "string" },
    "keeps-reset": { type: "boolean", default: false }, // the stand-in's own
  },
});
const monitor = new CloudHypervisor(values["keeps-reset"]);
const socket = values["api-socket"]!.replace(/^path=/, "");
await serveApi(socket, (...request) => monitor.handle(...request));
