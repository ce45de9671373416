// What the service counts and measures: its pool's events and state, and its own runs and answers.

import type { PoolEvent } from "../pool/events.ts";
import type { PoolStatus } from "../pool/status.ts";
import { Instruments } from "./instruments.ts";

const machineStates = ["booting", "idle", "busy", "renewing", "ending"] as const;

/** The metrics of a service. */
export class ServiceMetrics {
  readonly #instruments = new Instruments();
  readonly #waited = this.#instruments.seconds(
    "sallyport_queue_wait_seconds",
    "Time in the line for a machine",
  );
  readonly #runs = this.#instruments.counter("sallyport_runs_total", "Runs, by how they ended");
  readonly #took = this.#instruments.seconds(
    "sallyport_run_seconds",
    "Time from a run's request to its result",
  );
  readonly #booted = this.#instruments.seconds(
    "sallyport_boot_seconds",
    "Time until a machine was ready",
  );
  readonly #machines = this.#instruments.counter(
    "sallyport_machine_events_total",
    "Machines that were booting, ready, boot_failed, died or recycled",
  );
  readonly #again = this.#instruments.counter(
    "sallyport_runs_again_total",
    "Runs that lost their machine and waited again",
  );
  readonly #answers = this.#instruments.counter(
    "sallyport_http_requests_total",
    "Answers, by route and status",
  );

  /** @param status The pool's state when somebody asks. */
  constructor(status: () => PoolStatus | null) {
    const gauge = (name: string, help: string, of: (status: PoolStatus) => number) =>
      this.#instruments.gauge(name, help, () => {
        const now = status();
        return now === null ? [] : [[{}, of(now)]];
      });
    gauge("sallyport_queue_length", "Runs that wait for a machine", ({ waiting }) => waiting);
    gauge("sallyport_running", "Runs that have a machine", ({ running }) => running);
    this.#instruments.gauge("sallyport_machines", "Machines, by state", () => {
      const machines = status()?.machines ?? [];
      return machineStates.map((state) =>
        [{ state }, machines.filter((machine) => machine.state === state).length] as const
      );
    });
  }

  /** From the pool. */
  happened(event: PoolEvent): void {
    switch (event.type) {
      case "began":
        return this.#waited(event.waitedMs);
      case "again":
        return this.#again();
      case "ready":
        this.#booted(event.bootMs);
        return this.#machines({ event: event.type });
      case "booting":
      case "boot_failed":
      case "died":
      case "recycled":
        return this.#machines({ event: event.type });
    }
  }

  /** A run has ended: `status` is its status, or the code of its refusal. */
  ran(status: string, ms: number): void {
    this.#runs({ status });
    this.#took(ms);
  }

  answered(route: string, status: number): void {
    this.#answers({ route, status: String(status) });
  }

  text(): string {
    return this.#instruments.text();
  }
}
