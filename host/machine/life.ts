// Where a machine is in its life, and its end: it ends once, everything of it is ended and removed,
// and only then is the end told.

import type { ConsoleLog } from "./console_log.ts";
import type { MachineEnd, MachineState } from "./machine.ts";
import { MachineError } from "./machine_error.ts";
import type { Place } from "./place.ts";
import { pause } from "./reach.ts";
import type { Turns } from "./turns.ts";

/** How long a monitor may take to end by itself after its guest said that it is lost. */
const FATAL_MS = 500;

/** The life of one machine. */
export class Life {
  state: MachineState = "new";
  /** What it has on the host, once that is made. */
  place: Place | undefined;
  /** What goes on for its start. */
  booting: Promise<unknown> = Promise.resolve();
  readonly ended: Promise<MachineEnd>;
  readonly #ended = Promise.withResolvers<MachineEnd>();
  /** Aborted when nothing must wait for the machine any more. */
  readonly #over = new AbortController();
  #finishing: Promise<void> | undefined;

  constructor(readonly console: ConsoleLog, readonly turns: Turns) {
    this.ended = this.#ended.promise;
  }

  /** Aborted when nothing must wait for the machine any more. */
  get over(): AbortSignal {
    return this.#over.signal;
  }

  /** Whether its end has begun. */
  get isFinishing(): boolean {
    return this.#finishing !== undefined;
  }

  /** Changes the state, unless the machine is ending. */
  become(state: MachineState): void {
    if (this.#finishing === undefined && this.state !== "ending") this.state = state;
  }

  /** Nothing must wait for the machine any more. */
  giveUp(): void {
    this.#over.abort();
  }

  /** The guest said that it is lost. Its monitor may end by itself, and may not. */
  async lost(): Promise<void> {
    await Promise.race([pause(FATAL_MS, this.over), this.place?.died]);
    if (this.state === "starting") this.giveUp();
    else if (this.state === "ready" || this.state === "paused") this.finish("died");
  }

  /** It ends without ever having begun. */
  skip(): void {
    this.state = "ended";
    this.#ended.resolve({ how: "stopped", why: null, survivors: [], remains: null });
  }

  /** Ends everything and removes it, once. */
  finish(how: MachineEnd["how"]): Promise<void> {
    this.#finishing ??= this.#finish(how);
    return this.#finishing;
  }

  async #finish(how: MachineEnd["how"]): Promise<void> {
    if (this.state !== "starting") this.state = "ending";
    this.#over.abort();
    const died = this.place?.died;
    const death = died && await Promise.race([died, Promise.resolve(undefined)]);
    await this.place?.kill();
    // What is going on fails now. Only then does nobody write into the directory any more.
    await Promise.allSettled([this.booting, this.turns.over()]);
    const left = await this.place?.kill() ?? []; // a place that was made meanwhile, too
    const remains = await this.place?.remove() ?? null;
    const { name, status } = death ?? {};
    this.state = "ended";
    this.#ended.resolve({
      how,
      process: name,
      code: status?.code,
      signal: status?.signal,
      why: this.console.fatal,
      survivors: left.map(({ pid }) => pid),
      remains,
    });
  }

  /** The error of a call that does not fit the state. */
  unfit(verb: string): MachineError {
    if (this.state !== "ended" && this.state !== "ending") {
      return new MachineError("state", `Cannot ${verb} the machine: it is "${this.state}"`);
    }
    const message = `Cannot ${verb} the machine: it has ended`;
    return new MachineError("ended", message, this.console.lines());
  }
}
