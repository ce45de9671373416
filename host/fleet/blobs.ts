// What is larger than a message: its bytes go into an object store, and the message names them.

import { jetstream } from "@nats-io/jetstream";
import type { ObjectStore } from "@nats-io/obj";
import type { NatsConnection } from "@nats-io/transport-node";
import { fleetError } from "./fleet_error.ts";
import { blobStores } from "./names.ts";
import { divided, joined, pack, type Packed, unpack, type Unpacked } from "./packed.ts";
import { objectStore } from "./prepare.ts";
import type { FleetSettings } from "./settings.ts";

/** Which of a tenant's two stores. */
export type BlobKind = "jobs" | "outcomes";

/** Room for headers beside a payload, within the server's limit. */
const HEADERS = 4096;

/** The object stores. They are opened when they are first needed. */
export class Blobs {
  readonly #stores = new Map<string, Promise<ObjectStore>>();

  constructor(readonly nc: NatsConnection, readonly settings: FleetSettings) {}

  /** The most bytes of one message. */
  get roomBytes(): number {
    return (this.nc.info?.max_payload ?? 1024 * 1024) - HEADERS;
  }

  /** A message, and if it is too large its bytes under `name` in the store first. */
  async pack(kind: BlobKind, tenant: string, name: string, message: Packed) {
    const whole = message.parts.reduce((sum, { length }) => sum + length, 0);
    const inline = whole < this.roomBytes ? pack(message) : undefined;
    if (inline !== undefined && inline.length <= this.roomBytes) return { bytes: inline };
    const bytes = pack(message, name);
    if (bytes.length > this.roomBytes) {
      const why = `everything but code, files and output takes ${bytes.length} bytes`;
      throw new TypeError(`Cannot send a message: ${why}, more than ${this.roomBytes}`);
    }
    await this.#do("store", async () => {
      await (await this.#store(kind, tenant)).putBlob({ name }, joined(message.parts));
    });
    return { bytes, blob: name };
  }

  /** The parts of a message, from the store if they are there; null if they are not any more. */
  async parts(kind: BlobKind, tenant: string, message: Unpacked): Promise<Uint8Array[] | null> {
    const { blob, bytes, lengths } = message;
    if (blob === undefined) return divided(bytes, lengths);
    const found = await this.#do(
      "fetch",
      async () => await (await this.#store(kind, tenant)).getBlob(blob),
    );
    return found === null ? null : divided(found, lengths);
  }

  /** Removes a blob. One that is gone is no error. */
  async remove(kind: BlobKind, tenant: string, name: string): Promise<void> {
    await this.#do("remove", async () => await (await this.#store(kind, tenant)).delete(name));
  }

  /** Makes a tenant's stores, for a submitter that may not. */
  async makeStores(tenant: string): Promise<void> {
    await this.#do("make stores for", async () => {
      for (const kind of ["jobs", "outcomes"] as const) await this.#store(kind, tenant);
    });
  }

  #store(kind: BlobKind, tenant: string): Promise<ObjectStore> {
    const name = blobStores(tenant)[kind];
    let store = this.#stores.get(name);
    if (store === undefined) {
      const ttlMs = kind === "outcomes" ? this.settings.outcomeTtlMs : undefined;
      store = objectStore(jetstream(this.nc), name, this.settings, ttlMs);
      this.#stores.set(name, store);
      store.catch(() => this.#stores.delete(name));
    }
    return store;
  }

  async #do<Value>(verb: string, act: () => Promise<Value>): Promise<Value> {
    try {
      return await act();
    } catch (cause) {
      throw fleetError(`Cannot ${verb} what is larger than a message`, cause);
    }
  }
}

/** Reads a message of this project's: its line, and its parts from wherever they are. */
export async function fetchMessage(
  blobs: Blobs,
  kind: BlobKind,
  tenant: string,
  message: Uint8Array,
): Promise<Packed | null> {
  const unpacked = unpack(message);
  const parts = await blobs.parts(kind, tenant, unpacked);
  return parts === null ? null : { line: unpacked.line, parts };
}
