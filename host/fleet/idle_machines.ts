// Machines that do nothing, at once: for measuring what everything around a run costs.

import type { Client, Result } from "../../controller/client.ts";
import type { JobClient, JobRun, MachineSource } from "../pool/machine_source.ts";

const stream = { total: 0, dropped: 0 };
const nothing = new Uint8Array(0);
const result = {
  ...{ type: "result", status: "exited", exit_code: 0, wall_ms: 0, denied: [], survivors: 0 },
  ...{ cpu_user_ms: 0, cpu_system_ms: 0, memory_peak_bytes: 0, memory_source: "rusage" },
  ...{ stdout: stream, stderr: stream, timing: {} },
  output: { stdout: nothing, stderr: nothing },
} as unknown as Result;

const run: JobRun = {
  acked: Promise.resolve(),
  result: Promise.resolve(result),
  write: () => Promise.resolve(),
  closeStdin: () => Promise.resolve(),
  cancel: () => Promise.resolve(),
  async *[Symbol.asyncIterator]() {},
};
const client: JobClient = {
  run: () => run,
  ping: () => Promise.resolve(0),
  close: () => Promise.resolve(),
};

/** Where they come from. */
export function idleMachines(): MachineSource<Client> {
  const done = () => Promise.resolve();
  return {
    open: done,
    make() {
      const ended = Promise.withResolvers<{ how: string; why: null }>();
      const stop = () => Promise.resolve(ended.resolve({ how: "stopped", why: null }));
      const connect = () => Promise.resolve(client as unknown as Client);
      return { ended: ended.promise, start: done, restore: done, snapshot: done, connect, stop };
    },
    snapshotPath: () => Promise.resolve(""),
    memoryMib: () => Promise.resolve(null),
    close: done,
  };
}
