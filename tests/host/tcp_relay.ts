// A relay in front of a server, whose wire can be cut for a while: nothing arrives on either side,
// and nobody is told. That is what a partition of the network looks like.

/** A relay. Disposing closes it. */
export class TcpRelay implements AsyncDisposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #connections = new Set<Deno.Conn>();
  #whole: Promise<void> = Promise.resolve();
  #mend = () => {};

  constructor(readonly toPort: number) {
    void this.#accept();
  }

  get port(): number {
    return (this.#listener.addr as Deno.NetAddr).port;
  }

  /** From now on nothing passes. */
  cut(): void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#whole = promise;
    this.#mend = resolve;
  }

  /** What waited passes, and all that follows. */
  mend(): void {
    this.#mend();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#mend();
    this.#listener.close();
    for (const connection of this.#connections) close(connection);
    return Promise.resolve();
  }

  async #accept(): Promise<void> {
    try {
      for await (const near of this.#listener) void this.#join(near);
    } catch {
      return; // it was closed
    }
  }

  async #join(near: Deno.Conn): Promise<void> {
    this.#connections.add(near);
    await this.#whole;
    let far: Deno.Conn | undefined;
    try {
      far = await Deno.connect({ hostname: "127.0.0.1", port: this.toPort });
      this.#connections.add(far);
      await Promise.race([this.#pump(near, far), this.#pump(far, near)]);
    } catch {
      // Either side has ended; so does the other.
    }
    for (const one of [near, far]) {
      if (one === undefined) continue;
      close(one);
      this.#connections.delete(one);
    }
  }

  async #pump(from: Deno.Conn, to: Deno.Conn): Promise<void> {
    const buffer = new Uint8Array(64 * 1024);
    for (;;) {
      const count = await from.read(buffer);
      await this.#whole;
      if (count === null) return;
      for (let at = 0; at < count;) at += await to.write(buffer.subarray(at, count));
    }
  }
}

function close(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch {
    // It is closed already.
  }
}
