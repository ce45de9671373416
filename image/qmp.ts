// QEMU's machine protocol (QMP): one JSON object per line. Commands go out; answers and events come
// in.

/** A connection to a monitor. */
export class Qmp {
  readonly #lines: AsyncIterator<string>;
  readonly #events: string[] = [];

  private constructor(readonly connection: Deno.Conn) {
    this.#lines = lines(connection);
  }

  /** Connects and negotiates the protocol. */
  static async connect(path: string): Promise<Qmp> {
    const qmp = new Qmp(await Deno.connect({ transport: "unix", path }));
    await qmp.#lines.next(); // greeting
    await qmp.run("qmp_capabilities");
    return qmp;
  }

  /** Runs a command and returns its result. Throws an Error with QEMU's description. */
  async run(command: string, options: Record<string, unknown> = {}): Promise<unknown> {
    const message = JSON.stringify({ execute: command, arguments: options }) + "\n";
    await this.connection.write(new TextEncoder().encode(message));
    while (true) {
      const next = await this.#lines.next();
      if (next.done) throw new Error(`Cannot run "${command}": the monitor has gone`);
      const answer = JSON.parse(next.value);
      if ("return" in answer) return answer.return;
      if ("error" in answer) throw new Error(`Cannot run "${command}": ${answer.error.desc}`);
      this.#events.push(answer.event);
    }
  }

  /** Waits for the next event of this name that no earlier call has returned. */
  async event(name: string): Promise<void> {
    while (!this.#events.includes(name)) {
      const next = await this.#lines.next();
      if (next.done) throw new Error(`Cannot see "${name}": the monitor has gone`);
      this.#events.push(JSON.parse(next.value).event);
    }
    this.#events.splice(this.#events.indexOf(name), 1);
  }

  /** Saves a stopped guest to a file and waits until that is done. */
  async save(path: string): Promise<void> {
    await this.run("migrate", { uri: `exec:cat > ${path}` });
    for (let waitedMs = 0; waitedMs < 60_000; waitedMs += 50) {
      const { status, ...rest } = await this.run("query-migrate") as { status: string };
      if (status === "completed") return;
      if (status === "failed" || status === "cancelled") {
        throw new Error(`Cannot save the guest: ${status} ${JSON.stringify(rest)}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error("Cannot save the guest: not done after 60 s");
  }

  [Symbol.dispose](): void {
    try {
      this.connection.close();
    } catch (error) {
      // Where the monitor has gone, reading to the end has closed it already.
      if (!(error instanceof Deno.errors.BadResource)) throw error;
    }
  }
}

async function* lines(connection: Deno.Conn): AsyncGenerator<string> {
  let rest = "";
  for await (const text of connection.readable.pipeThrough(new TextDecoderStream())) {
    const parts = (rest + text).split("\n");
    rest = parts.pop()!;
    yield* parts.filter((part) => part.trim() !== "");
  }
}
