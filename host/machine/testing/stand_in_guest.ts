// The guest of a stand-in: a real agent behind a socket that speaks Firecracker's form.
//
// What its "kernel" file says decides how it boots: "panics", "hangs", or anything else: it works.

import { writeAll } from "../../../controller/transport.ts";
import { agentCommand, rootlessFlags } from "../../../scripts/tools/source_agent.ts";
import { root } from "../../../scripts/tools/paths.ts";
import { startGuard } from "../guard.ts";
import { freeze, identityOf, type ProcessIdentity, thaw } from "../processes.ts";

/** What a guest is made of. */
export interface GuestConfig {
  /** Path of the kernel's file. */
  readonly kernel: string;
  /** The kernel's command line. */
  readonly words: string;
  /** Path of the socket. */
  readonly socket: string;
}

/** One guest. It calls `onEnd` when it has ended by itself. */
export class StandInGuest {
  #agent: ProcessIdentity | undefined;
  #paused = false;
  readonly #port: number;

  constructor(
    readonly config: GuestConfig,
    readonly onEnd: () => void,
    /** Whether a `reset` passes its time and seed on: an agent that is not PID 1 refuses them. */
    readonly keepsReset: boolean,
  ) {
    this.#port = Number(/sallyport\.listen=vsock:(\d+)/.exec(config.words)?.[1] ?? 5000);
  }

  /** Boots it. */
  async boot(): Promise<void> {
    const kernel = await Deno.readTextFile(this.config.kernel);
    console.log(`[    0.000000] Linux version of a stand-in, told: ${this.config.words}`);
    this.#listen();
    if (kernel === "hangs") return;
    if (kernel === "panics") {
      console.log("[    0.100000] Kernel panic - not syncing: No working init found.");
      // panic=0 stays for ever; any other value restarts, which ends Firecracker.
      if (!/\bpanic=0\b/.test(this.config.words)) setTimeout(this.onEnd, 50);
      return;
    }
    const [program, ...args] = [...agentCommand(), "--listen", "unix:agent.sock", ...rootlessFlags];
    const child = new Deno.Command(program, {
      args: [...args.map((word) => word === "agent/main.ts" ? `${root}/${word}` : word)],
      stdin: "null",
      stdout: "inherit",
      stderr: "inherit",
    });
    const started = child.spawn();
    startGuard(started.pid);
    this.#agent = identityOf(started.pid)!;
    started.status.then(this.onEnd);
  }

  /** Stops the guest's time. */
  pause(): void {
    if (this.#agent !== undefined) freeze(this.#agent);
    this.#paused = true;
  }

  /** Lets it go on. */
  resume(): void {
    if (this.#agent !== undefined) thaw(this.#agent);
    this.#paused = false;
  }

  get isPaused(): boolean {
    return this.#paused;
  }

  #listen(): void {
    const listener = Deno.listen({ transport: "unix", path: this.config.socket });
    (async () => {
      for await (const host of listener) this.#join(host).catch(() => {});
    })();
  }

  async #join(host: Deno.Conn): Promise<void> {
    const wanted = /^CONNECT (\d+)\n$/.exec(await readLine(host));
    const agent = wanted !== null && Number(wanted[1]) === this.#port && this.#agent !== undefined
      ? await Deno.connect({ transport: "unix", path: "agent.sock" }).catch(() => null)
      : null;
    if (agent === null) return host.close(); // nobody listens in the guest
    await writeAll(host, new TextEncoder().encode("OK 1073741824\n"));
    agent.readable.pipeTo(host.writable).catch(() => {});
    const kept = new TransformStream<Uint8Array, Uint8Array>({
      transform: (bytes, controller) => controller.enqueue(this.#fresh(bytes)),
    });
    await host.readable.pipeThrough(kept).pipeTo(agent.writable).catch(() => {});
  }

  /** Does what a guest's restore guard does: takes the time and the seed out of a `reset`. */
  #fresh(bytes: Uint8Array): Uint8Array {
    const text = new TextDecoder().decode(bytes);
    if (this.keepsReset || !/^\{[^\n]*"type":"reset"[^\n]*"seed"/.test(text)) return bytes;
    const { seed, time_ms, ...rest } = JSON.parse(text);
    console.log(`stand-in: new time ${typeof time_ms}, new seed of ${seed.length / 2} bytes`);
    return new TextEncoder().encode(JSON.stringify(rest) + "\n");
  }
}

async function readLine(conn: Deno.Conn): Promise<string> {
  const byte = new Uint8Array(1);
  let line = "";
  while (!line.endsWith("\n") && line.length < 32) {
    if (await conn.read(byte) === null) break;
    line += String.fromCharCode(byte[0]);
  }
  return line;
}
