// Keeps the rules of a machine's life (machine.ts), whichever monitor runs it: a monitor only knows how
// to make each thing happen.

import { type Client, connect, type ConnectOptions } from "../../controller/client.ts";
import { ConsoleLog } from "./console_log.ts";
import type { Machine, MachineEnd, MachineState } from "./machine.ts";
import { MachineError } from "./machine_error.ts";
import type { Monitor, Running } from "./monitor.ts";
import { checkOptions, type MachineOptions } from "./options.ts";
import { missingPrograms } from "./confinement.ts";
import { Place } from "./place.ts";
import { pause, reach } from "./reach.ts";
import { checkInfo, moveDirectory, writeInfo } from "./snapshot_info.ts";
import { startFailure } from "./start_failure.ts";

/** The time within which the agent must be ready, where the options say nothing. */
const READY_MS = 60_000;
/** The time within which a restored guest must be new, and a saved one must answer again. */
const AGAIN_MS = 30_000;
/** How long a monitor may take to end by itself after its guest said that it is lost. */
const FATAL_MS = 500;

/** A machine with its monitor. `createMachine` makes it. */
export class MonitoredMachine implements Machine {
  readonly ended: Promise<MachineEnd>;
  readonly #ended = Promise.withResolvers<MachineEnd>();
  readonly #console: ConsoleLog;
  /** Aborted when nothing must wait for the machine any more. */
  readonly #over = new AbortController();
  #state: MachineState = "new";
  #place: Place | undefined;
  #running: Running | undefined;
  #layersOff: readonly string[] = [];
  #finishing: Promise<void> | undefined;
  #booting: Promise<unknown> = Promise.resolve();
  /** The last of the calls that go one after another. */
  #last: Promise<unknown> = Promise.resolve();

  /** @throws MachineError "bad_options" */
  constructor(readonly options: MachineOptions, readonly monitor: Monitor) {
    checkOptions(options);
    this.ended = this.#ended.promise;
    this.#console = new ConsoleLog(options.onConsole, () => void this.#lost());
  }

  get state(): MachineState {
    return this.#state;
  }

  get target(): string {
    if (this.#running === undefined) throw this.#unfit("use");
    return this.#running.target;
  }

  get lacks(): readonly string[] {
    const { options, monitor } = this;
    const host = [...monitor.lacks(options), ...missingPrograms()];
    host.push(...this.#running?.lacks ?? []);
    if (options.cgroup === undefined) host.push("host cgroup");
    return [...host, ...this.#layersOff];
  }

  console(): string {
    return this.#console.text;
  }

  async start(): Promise<void> {
    await this.#begin("start", (place) => this.monitor.boot(place));
  }

  async restore(snapshot: string): Promise<void> {
    this.#mustSave("restore");
    await this.#begin("restore", async (place) => {
      await checkInfo(snapshot, this.options);
      return await this.monitor.restore(place, await Deno.realPath(snapshot));
    });
  }

  async connect(options?: ConnectOptions): Promise<Client> {
    if (this.#state !== "ready") throw this.#unfit("connect to");
    return await connect(this.target, options);
  }

  async pause(): Promise<void> {
    await this.#inTurn("pause", ["ready"], async (running) => {
      await running.pause();
      this.#become("paused");
    });
  }

  async resume(): Promise<void> {
    await this.#inTurn("resume", ["paused"], async (running) => {
      await running.resume();
      this.#become("ready");
    });
  }

  async snapshot(directory: string): Promise<void> {
    this.#mustSave("save");
    await this.#inTurn("save", ["ready", "paused"], async (running, place) => {
      if (await Deno.lstat(directory).then(() => true, () => false)) {
        throw new MachineError("directory", `Cannot save to "${directory}": it is there already`);
      }
      const wasPaused = this.#state === "paused";
      if (wasPaused) await running.resume();
      const into = `${place.root}/snapshot`;
      await place.makeDirectory(into);
      try {
        await running.snapshot(into);
        await writeInfo(into, this.options);
        await moveDirectory(into, directory);
      } catch (error) {
        await Deno.remove(into, { recursive: true }).catch(() => {});
        await running.resume().catch(() => {}); // it may not have stopped; the first error counts
        throw error;
      }
      await running.resume();
      await (await this.#again(running)).close();
      if (wasPaused) await running.pause();
    });
  }

  async stop(graceMs = 5000): Promise<MachineEnd> {
    if (this.#state === "new") {
      this.#state = "ended";
      this.#ended.resolve({ how: "stopped", why: null, survivors: [], remains: null });
    }
    const [running, place] = [this.#running, this.#place];
    if (this.#state === "starting") this.#finish("killed");
    if (this.#state !== "ready" && this.#state !== "paused") return await this.ended;
    const wasPaused = this.#state === "paused";
    this.#state = "ending";
    const asked = this.#last.catch(() => {}).then(async () => {
      if (wasPaused) await running!.resume();
      await running!.shutdown();
      return await place!.died;
    });
    const late = new AbortController();
    const grace = pause(graceMs, late.signal).then(() => null);
    const death = await Promise.race([asked.catch(() => null), place!.died, grace]);
    late.abort();
    this.#finish(death === null ? "killed" : "stopped");
    return await this.ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** The common part of `start` and `restore`. */
  async #begin(verb: "start" | "restore", boot: (place: Place) => Promise<Running>) {
    if (this.#state !== "new") throw this.#unfit(verb);
    this.#state = "starting";
    let late = false;
    const timer = setTimeout(() => {
      late = !this.#over.signal.aborted;
      this.#over.abort();
    }, this.options.readyMs ?? READY_MS);
    try {
      this.#booting = this.#ready(verb, boot);
      await this.#booting;
      this.#state = "ready";
      void this.#place!.died.then(() => {
        if (this.#state !== "ending") this.#finish("died"); // else it was asked to
      });
    } catch (cause) {
      const stopped = this.#finishing !== undefined;
      await this.#finish("failed");
      if (stopped) throw this.#unfit(verb);
      const lateMs = late ? this.options.readyMs ?? READY_MS : null;
      throw startFailure(verb, cause, lateMs, await this.ended, this.#console.lines());
    } finally {
      clearTimeout(timer);
    }
  }

  /** Makes the place, boots, and waits for the agent. */
  async #ready(verb: "start" | "restore", boot: (place: Place) => Promise<Running>) {
    const over = this.#over.signal;
    const place = this.#place = await Place.make(this.options, this.#console, over);
    if (over.aborted) throw new Error("it has ended");
    void place.died.then(() => this.#over.abort());
    over.addEventListener("abort", () => void place.kill());
    this.#running = await boot(place);
    await using client = await reach(this.#running.target, over);
    if (verb === "restore") await client.reset({ restored: true }).catch(this.#notNew);
    const { hardening } = await client.info();
    this.#layersOff = hardening.filter(({ on }) => !on).map(({ layer }) => layer);
    if (over.aborted) throw new Error("it has ended");
  }

  #notNew = (cause: unknown): never => {
    throw new MachineError(
      "restore_failed",
      `Cannot restore the machine: its agent cannot make it new: ${(cause as Error).message}`,
      this.#console.lines(),
      { cause },
    );
  };

  /** Calls go one after another: a monitor hears one command at a time. */
  async #inTurn(
    verb: string,
    states: readonly MachineState[],
    call: (running: Running, place: Place) => Promise<void>,
  ): Promise<void> {
    const turn = this.#last.catch(() => {}).then(async () => {
      if (!states.includes(this.#state)) throw this.#unfit(verb);
      try {
        await call(this.#running!, this.#place!);
      } catch (cause) {
        if (cause instanceof MachineError) throw cause;
        if (this.#finishing !== undefined) throw this.#unfit(verb);
        const message = `Cannot ${verb} the machine: ${(cause as Error).message}`;
        throw new MachineError("monitor", message, this.#console.lines(4), { cause });
      }
    });
    this.#last = turn;
    await turn;
  }

  /** A client of a machine that must soon answer again. */
  async #again(running: Running): Promise<Client> {
    const signal = AbortSignal.any([this.#over.signal, AbortSignal.timeout(AGAIN_MS)]);
    return await reach(running.target, signal);
  }

  #become(state: MachineState): void {
    if (this.#finishing === undefined && this.#state !== "ending") this.#state = state;
  }

  /** The guest said that it is lost. Its monitor may end by itself, and may not. */
  async #lost(): Promise<void> {
    await Promise.race([pause(FATAL_MS, this.#over.signal), this.#place?.died]);
    if (this.#state === "starting") this.#over.abort();
    else if (this.#state === "ready" || this.#state === "paused") this.#finish("died");
  }

  /** Ends everything and removes it, once. */
  #finish(how: MachineEnd["how"]): Promise<void> {
    this.#finishing ??= (async () => {
      if (this.#state !== "starting") this.#state = "ending";
      this.#over.abort();
      const died = this.#place?.died;
      const death = died && await Promise.race([died, Promise.resolve(undefined)]);
      await this.#place?.kill();
      // What is going on fails now. Only then does nobody write into the directory any more.
      await Promise.allSettled([this.#booting, this.#last]);
      const left = await this.#place?.kill() ?? []; // a place that was made meanwhile, too
      const remains = await this.#place?.remove() ?? null;
      const { name, status } = death ?? {};
      this.#state = "ended";
      this.#ended.resolve({
        how,
        process: name,
        code: status?.code,
        signal: status?.signal,
        why: this.#console.fatal,
        survivors: left.map(({ pid }) => pid),
        remains,
      });
    })();
    return this.#finishing;
  }

  #mustSave(verb: string): void {
    const why = this.monitor.cannotSave(this.options);
    if (why !== null) throw new MachineError("unsupported", `Cannot ${verb} the machine: ${why}`);
  }

  #unfit(verb: string): MachineError {
    if (this.#state !== "ended" && this.#state !== "ending") {
      return new MachineError("state", `Cannot ${verb} the machine: it is "${this.#state}"`);
    }
    const message = `Cannot ${verb} the machine: it has ended`;
    return new MachineError("ended", message, this.#console.lines());
  }
}
