// A client of a sequence that uses the client library. What its calls resolve to is put in the words
// of the protocol, so that the same model judges it.

import { type Client, connect, ConnectionError, RequestError } from "../../controller/client.ts";
import type { StreamingRun } from "../../controller/run.ts";
import type { Act, Plain } from "./actions.ts";
import type { Seen } from "./expect.ts";
import { type Notice, type Peer, shownEntries } from "./peer.ts";
import { runFields } from "./requests.ts";

const decoder = new TextDecoder();

/** A client through the library. */
export class LibraryPeer implements Peer {
  readonly inbox: Seen[] = [{ type: "ready" }];
  readonly #client: Client;
  readonly #notice: Notice;
  readonly #pending = new Set<Promise<void>>();
  #run: StreamingRun | undefined;

  private constructor(client: Client, notice: Notice) {
    this.#client = client;
    this.#notice = notice;
  }

  /** Connects to the agent's socket. */
  static async connect(path: string, notice: Notice): Promise<LibraryPeer> {
    return new LibraryPeer(await connect(`unix:${path}`), notice);
  }

  async send(act: Act, id: number): Promise<void> {
    switch (act.do) {
      case "run": {
        const run = this.#client.run(runFields(act.wishes));
        this.#run = run;
        return this.#follow(this.#whole(run, id));
      }
      case "stdin":
        return await this.#run!.write("x".repeat(act.bytes));
      case "eof":
        return await this.#run!.closeStdin();
      case "cancel":
        return await this.#run!.cancel();
      case "signal":
        return await this.#run!.signal(act.signal);
      case "burst": {
        // Which of two calls that were answered at once settles first says nothing of the order of
        // the answers: the raw clients see that.
        let before = Promise.resolve();
        act.all.forEach((plain, index) => {
          before = this.#ask(plain, id + index, before);
          this.#follow(before);
        });
        return;
      }
      default:
        return this.#follow(this.#ask(act as Plain, id));
    }
  }

  async barrier(): Promise<void> {
    await this.#client.ping().catch(() => {});
  }

  async close(): Promise<void> {
    await this.#client.close();
    await Promise.all(this.#pending);
  }

  #take(seen: Seen) {
    this.inbox.push(seen);
    this.#notice();
  }

  #follow(done: Promise<void>) {
    const settled: Promise<void> = done.catch((error) => {
      if (!(error instanceof ConnectionError)) throw error; // it is closed: nobody waits any more
    }).finally(() => this.#pending.delete(settled));
    this.#pending.add(settled);
  }

  async #whole(run: StreamingRun, id: number): Promise<void> {
    try {
      const streamed = this.#streamed(run);
      await run.acked;
      this.#take({ type: "ack", id });
      const result = await run.result;
      const { status, exit_code, signal } = result;
      const out = await streamed + decoder.decode(result.output.stdout);
      this.#take({ type: "result", id, status, exit_code, signal, out });
    } catch (error) {
      this.#refused(error, id);
    }
  }

  async #streamed(run: StreamingRun): Promise<string> {
    let text = "";
    try {
      for await (const { stream, bytes } of run) {
        if (stream === "stdout") text += decoder.decode(bytes);
      }
    } catch { /* the result says the same */ }
    return text;
  }

  #refused(error: unknown, id: number) {
    if (!(error instanceof RequestError)) throw error;
    this.#take({ type: "error", id, code: error.code, field: error.field });
  }

  async #ask(plain: Plain, id: number, before?: Promise<void>): Promise<void> {
    try {
      const answer = await this.#answer(plain);
      await before;
      this.#take({ id, ...answer });
    } catch (error) {
      await before;
      this.#refused(error, id);
    }
  }

  async #answer(plain: Plain): Promise<Seen> {
    const client = this.#client;
    switch (plain.do) {
      case "ping":
        await client.ping();
        return { type: "pong" };
      case "info":
        await client.info();
        return { type: "info" };
      case "get":
        return { type: "file", body: decoder.decode(await client.get(plain.path)) };
      case "list": {
        const { path, recursive } = plain;
        return { type: "files", entries: shownEntries(await client.list(path, { recursive })) };
      }
      case "put":
        await client.put(plain.path, plain.content);
        break;
      case "mkdir":
        await client.mkdir(plain.path);
        break;
      case "link":
        await client.link(plain.path, plain.target);
        break;
      case "remove":
        await client.remove(plain.path, { recursive: plain.recursive });
        break;
      case "reset":
        await client.reset();
    }
    return { type: "done" };
  }
}
