// Keeps the rules of a machine's life (machine.ts), whichever monitor runs it: a monitor only knows how
// to make each thing happen.
//
// What may be asked of a machine is here; its start, its end and how it is saved have files of their
// own.

import { type Client, connect, type ConnectOptions } from "../../controller/client.ts";
import { missingPrograms } from "./confinement.ts";
import { ConsoleLog } from "./console_log.ts";
import { Life } from "./life.ts";
import type { Machine, MachineEnd, MachineState } from "./machine.ts";
import { MachineError } from "./machine_error.ts";
import type { Monitor, Running } from "./monitor.ts";
import { checkOptions, type MachineOptions } from "./options.ts";
import type { Place } from "./place.ts";
import { pause } from "./reach.ts";
import { save } from "./saving.ts";
import { checkInfo } from "./snapshot_info.ts";
import { begin, type Start, type Started } from "./starting.ts";
import { Turns } from "./turns.ts";

/** A machine with its monitor. `createMachine` makes it. */
export class MonitoredMachine implements Machine {
  readonly ended: Promise<MachineEnd>;
  readonly #life: Life;
  readonly #turns = new Turns();
  #started: Started | undefined;

  /** @throws MachineError "bad_options" */
  constructor(readonly options: MachineOptions, readonly monitor: Monitor) {
    checkOptions(options);
    const console = new ConsoleLog(options.onConsole, () => void this.#life.lost());
    this.#life = new Life(console, this.#turns);
    this.ended = this.#life.ended;
  }

  get state(): MachineState {
    return this.#life.state;
  }

  get target(): string {
    if (this.#started === undefined) throw this.#life.unfit("use");
    return this.#started.running.target;
  }

  get lacks(): readonly string[] {
    const { options, monitor } = this;
    const host = [...monitor.lacks(options), ...missingPrograms()];
    host.push(...this.#started?.running.lacks ?? []);
    if (options.cgroup === undefined) host.push("host cgroup");
    return [...host, ...this.#started?.layersOff ?? []];
  }

  console(): string {
    return this.#life.console.text;
  }

  async start(): Promise<void> {
    await this.#begin({ verb: "start", boot: (place) => this.monitor.boot(place) });
  }

  async restore(snapshot: string): Promise<void> {
    this.#mustSave("restore");
    const boot = async (place: Place) => {
      await checkInfo(snapshot, this.options);
      return await this.monitor.restore(place, await Deno.realPath(snapshot));
    };
    await this.#begin({ verb: "restore", boot });
  }

  async connect(options?: ConnectOptions): Promise<Client> {
    if (this.state !== "ready") throw this.#life.unfit("connect to");
    return await connect(this.target, options);
  }

  async pause(): Promise<void> {
    await this.#inTurn("pause", ["ready"], async (running) => {
      await running.pause();
      this.#life.become("paused");
    });
  }

  async resume(): Promise<void> {
    await this.#inTurn("resume", ["paused"], async (running) => {
      await running.resume();
      this.#life.become("ready");
    });
  }

  async snapshot(directory: string): Promise<void> {
    this.#mustSave("save");
    await this.#inTurn(
      "save",
      ["ready", "paused"],
      (running, place) => save(running, place, directory, this.state === "paused"),
    );
  }

  async stop(graceMs = 5000): Promise<MachineEnd> {
    const life = this.#life;
    if (life.state === "new") life.skip();
    if (life.state === "starting") life.finish("killed");
    if (life.state !== "ready" && life.state !== "paused") return await this.ended;
    const wasPaused = life.state === "paused";
    life.state = "ending";
    const [{ running }, { died }] = [this.#started!, life.place!];
    const asked = this.#turns.over().then(async () => {
      if (wasPaused) await running.resume();
      await running.shutdown();
      return await died;
    });
    const late = new AbortController();
    const grace = pause(graceMs, late.signal).then(() => null);
    const death = await Promise.race([asked.catch(() => null), died, grace]);
    late.abort();
    life.finish(death === null ? "killed" : "stopped");
    return await this.ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #begin(start: Start): Promise<void> {
    const life = this.#life;
    this.#started = await begin(life, this.options, start);
    life.become("ready");
    void life.place!.died.then(() => {
      if (life.state !== "ending") life.finish("died"); // else it was asked to
    });
  }

  /** Calls the monitor when it is its turn, if the machine's state fits then. */
  async #inTurn(
    verb: string,
    states: readonly MachineState[],
    call: (running: Running, place: Place) => Promise<void>,
  ): Promise<void> {
    const life = this.#life;
    await this.#turns.take(async () => {
      if (!states.includes(life.state)) throw life.unfit(verb);
      try {
        await call(this.#started!.running, life.place!);
      } catch (cause) {
        if (cause instanceof MachineError) throw cause;
        if (life.isFinishing) throw life.unfit(verb);
        const message = `Cannot ${verb} the machine: ${(cause as Error).message}`;
        throw new MachineError("monitor", message, life.console.lines(4), { cause });
      }
    });
  }

  #mustSave(verb: string): void {
    const why = this.monitor.cannotSave(this.options);
    if (why !== null) throw new MachineError("unsupported", `Cannot ${verb} the machine: ${why}`);
  }
}
