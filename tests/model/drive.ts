// Carries out actions on a real agent, and holds what comes against what the model allows.

import { type Action, shown } from "./actions.ts";
import { areExpected, type Expect, type Receiver, type Seen } from "./expect.ts";
import { LibraryPeer } from "./library_peer.ts";
import { type Peer, RawPeer } from "./peer.ts";
import { RawConnection } from "./raw_connection.ts";
import { PLACES, possible } from "./spec.ts";
import type { Possible } from "./spec_run.ts";
import type { Tally } from "./tally.ts";
import type { ClientName, World } from "./world.ts";

/** How long an answer may take: far more than any does. */
const PATIENCE_MS = 15_000;
/** The same while a difference is shrunk: it has been seen, and each try costs so much. */
const SHORT_PATIENCE_MS = 1_500;

/** How often to look again. */
const SLICE_MS = 200;
/** What takes so long lets time decide: the agent gives up a client that stops within a message. */
const SLOW_MS = 5_000;

/** The machine stood still: the sequence says nothing. */
export class TooSlow extends Error {}

/** The clients of one sequence. */
export class Driver {
  readonly #path: string;
  readonly #peers = new Map<ClientName, Peer>();
  /** What the crowd got. */
  readonly #crowd: Seen[] = [];
  readonly #done: string[] = [];
  readonly #opened = performance.now();
  #wake: () => void = () => {};

  /** @param path The agent's socket. */
  constructor(path: string, readonly tally?: Tally, readonly shrinking = false) {
    this.#path = path;
  }

  /**
   * Carries out `action`, and returns what is then true.
   *
   * @throws Error The agent did what the model does not allow.
   */
  async act(world: World, action: Action): Promise<World> {
    const allowed = possible(world, action);
    this.#done.push(shown(action));
    const barrier = this.#perform(world, action);
    let passed = false;
    barrier.finally(() => {
      passed = true;
      this.#wake();
    }).catch(() => {});
    const began = performance.now();
    const patience = this.shrinking ? SHORT_PATIENCE_MS : PATIENCE_MS;
    let waited = 0;
    while (waited < patience) {
      const changed = this.#change(SLICE_MS);
      const found = passed ? allowed.find((one) => this.#matches(one)) : undefined;
      if (found !== undefined) {
        this.#forget(found); // before anything else comes
        this.#wake();
        await Promise.all([barrier, changed]);
        this.tally?.add(action, found.expects);
        return found.world;
      }
      const slice = performance.now();
      await changed;
      const took = performance.now() - slice;
      if (took > SLOW_MS) throw new TooSlow();
      waited += took;
    }
    if (began - this.#opened > SLOW_MS) throw new TooSlow();
    throw new Error(this.#difference(allowed, passed));
  }

  /** Closes all connections. */
  async close(): Promise<void> {
    for (const peer of this.#peers.values()) await peer.close();
    this.#peers.clear();
  }

  /** Sends the action; resolves when what is answered at once has been answered. */
  async #perform(world: World, action: Action): Promise<void> {
    if (action === "crowd") return await this.#invite(PLACES - world.clients.size);
    const { client, act } = action;
    if (act.do === "open") {
      const notice = () => this.#wake();
      const kind = client === "library" ? LibraryPeer : RawPeer;
      const peer = await kind.connect(this.#path, notice);
      this.#peers.set(client, peer);
      return await peer.barrier(); // who has asked for something does not give way
    }
    const peer = this.#peers.get(client)!;
    if (act.do === "close") {
      await peer.close();
      this.#peers.delete(client);
      return;
    }
    await peer.send(act, world.nextId);
    await peer.barrier();
  }

  async #invite(places: number): Promise<void> {
    const guests: RawConnection[] = [];
    for (let guest = 0; guest <= places; guest++) {
      const connection = await RawConnection.connect(this.#path);
      guests.push(connection);
      await new Promise<void>((resolve) => {
        connection.follow(({ type, ...rest }) => {
          this.#crowd.push({ type, code: "code" in rest ? rest.code : undefined });
          if (type === "ready") void connection.send('{"type":"ping"}\n'); // or it would give way
          if (type === "pong") resolve();
        }, () => {
          if (guest === places) this.#crowd.push({ type: "closed" });
          resolve();
        });
      });
    }
    for (const guest of guests) await guest.close();
  }

  #change(limitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, limitMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #seen(client: Receiver): readonly Seen[] {
    return client === "crowd" ? this.#crowd : this.#peers.get(client)?.inbox ?? [];
  }

  #matches({ expects }: Possible): boolean {
    const of = (client: Receiver) =>
      expects.filter((expect) => expect.client === client && isVisible(expect));
    return [...this.#peers.keys(), "crowd" as const].every((client) =>
      areExpected(this.#seen(client), of(client))
    );
  }

  #forget({ world }: Possible) {
    for (const [client, peer] of this.#peers) {
      peer.inbox.length = 0;
      if (!world.clients.has(client)) this.#peers.delete(client), void peer.close();
    }
    this.#crowd.length = 0;
  }

  #difference(allowed: Possible[], passed: boolean): string {
    const came = [...this.#peers.keys(), "crowd" as const]
      .flatMap((client) => this.#seen(client).map((seen) => `${client} ${clipped(seen)}`));
    const ways = allowed.slice(0, 6).map(({ expects }) =>
      expects.filter(isVisible).map(({ client, type, id, fields }) =>
        `${client} ${clipped({ type, id, ...fields })}`
      ).join("; ") || "nothing"
    );
    return [
      `${this.#done.join(", ")} was answered with what the model does not allow`,
      `came: ${came.join("; ") || "nothing"}${passed ? "" : " (and a ping behind it no answer)"}`,
      ...[...new Set(ways)].map((way) => `allowed: ${way}`),
    ].join("\n  ");
  }
}

/** The library shows no answers to messages about a run. */
function isVisible({ client, aboutRun }: Expect): boolean {
  return !(client === "library" && aboutRun);
}

function clipped(message: object): string {
  const text = JSON.stringify(message);
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
