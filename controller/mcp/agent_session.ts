// What one MCP session has of an agent: one connection, with the sandbox that lives as long as it.
//
// It is opened for the first call, since hosts begin sessions that they never use, and an agent
// serves few connections. Calls use it one after another. A lost one is opened again for the next
// call, which then says that the files are gone: a model would go on as if they were there.

import type { InfoReply } from "../../protocol/protocol.ts";
import { type Client, ConnectionError } from "../client.ts";
import { deferred } from "../deferred.ts";
import { ImageWatch } from "./images.ts";

/** An agent that has not answered within this time is as good as gone. */
const signOfLifeMs = 3000;

/** Time for a call that was cancelled to end: more than any grace period. */
const longestEndMs = 5000;

/** What a call is told where an earlier connection was lost. */
const startedAnew = "The connection to the agent was lost since the last call, and was opened " +
  "again: this sandbox is new, and earlier files are gone.";

/** The agent, as one MCP session has it. */
export class AgentSession implements AsyncDisposable {
  readonly #open: () => Promise<Client>;
  readonly #patienceMs: number;
  #client: Client | null = null;
  #turn: Promise<void> = Promise.resolve();
  #closed = false;
  /** The languages and limits of the agent that was there at first. */
  readonly info: InfoReply;
  /** The images that were seen in the sandbox. */
  readonly images = new ImageWatch();

  private constructor(open: () => Promise<Client>, info: InfoReply, patienceMs: number) {
    this.#open = open;
    this.#patienceMs = patienceMs;
    this.info = info;
  }

  /**
   * Asks the agent what it is.
   *
   * @param open Opens a connection to the agent.
   * @param patienceMs Time for a call that was cancelled to end, before the connection is given up.
   * @throws What `open` throws.
   */
  static async begin(
    open: () => Promise<Client>,
    patienceMs: number = longestEndMs,
  ): Promise<AgentSession> {
    await using client = await open();
    return new AgentSession(open, await client.info(), patienceMs);
  }

  /** Whether it has a connection, and so a sandbox. */
  get connected(): boolean {
    return this.#client !== null;
  }

  /**
   * Does `work` when all earlier calls have ended. `note` says what the caller should be told of
   * the sandbox.
   *
   * @throws {ConnectionError} There is no connection, or it was lost in the middle.
   */
  async use<T>(
    signal: AbortSignal,
    work: (client: Client) => Promise<T>,
  ): Promise<{ value: T; note: string | null }> {
    const mine = deferred<void>();
    const before = this.#turn;
    this.#turn = before.then(() => mine.promise);
    try {
      await orAborted(before, signal);
      const { client, note } = await this.#live();
      using _patience = afterAbort(signal, this.#patienceMs, () => void this.#drop());
      return { value: await work(client), note };
    } catch (error) {
      if (error instanceof ConnectionError) await this.#drop();
      throw error;
    } finally {
      mine.resolve();
    }
  }

  /** Throws the sandbox away and begins a new one. */
  async reset(signal: AbortSignal): Promise<void> {
    await this.use(signal, async () => {
      await this.#drop();
      await this.#live();
    });
  }

  /** Closes the connection, which cancels a run and drops the sandbox. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    await this.#drop();
  }

  async #live(): Promise<{ client: Client; note: string | null }> {
    if (this.#closed) throw new ConnectionError("The session is closed");
    let note: string | null = null;
    try {
      if (this.#client !== null) await answers(this.#client);
    } catch (error) {
      if (!(error instanceof ConnectionError)) throw error;
      await this.#drop();
      note = startedAnew;
    }
    this.#client ??= await this.#open();
    const client = this.#client;
    // It may have been closed while the connection was opened.
    if (this.#closed) await this.#drop();
    return { client, note };
  }

  async #drop(): Promise<void> {
    const client = this.#client;
    this.#client = null;
    this.images.forget();
    await client?.close();
  }
}

/** Waits for a sign of life; a machine that is paused or gone may never give one. */
async function answers(client: Client): Promise<void> {
  const late = deferred<never>();
  const timer = setTimeout(() => {
    const message = `Agent did not answer within ${signOfLifeMs} ms`;
    late.reject(new ConnectionError(message, { problem: "timeout" }));
  }, signOfLifeMs);
  const sign = client.ping();
  sign.catch(() => {}); // it fails when the connection is closed
  try {
    await Promise.race([sign, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Does `act` some time after the abort, unless it is disposed before. An agent that does not answer
 * must not hold up the calls behind one that was cancelled.
 */
function afterAbort(signal: AbortSignal, ms: number, act: () => void): Disposable {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const onAbort = () => timer = setTimeout(act, ms);
  if (signal.aborted) onAbort();
  else signal.addEventListener("abort", onAbort, { once: true });
  return {
    [Symbol.dispose]() {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
    },
  };
}

async function orAborted(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const aborted = deferred<never>();
  const onAbort = () => aborted.reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
