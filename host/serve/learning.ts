// A source of machines that asks the first agent it reaches what it can do. All machines are of one
// image, so that one answer is true for all.

import type { Client } from "../../controller/client.ts";
import type { InfoReply } from "../../protocol/replies.ts";
import type { MachineSource, PooledMachine } from "../pool/machine_source.ts";

/** The same source; `learn` is called once. */
export function learning(
  source: MachineSource<Client>,
  learn: (info: InfoReply) => void,
): MachineSource<Client> {
  let known = false;
  const asking = (machine: PooledMachine<Client>): PooledMachine<Client> => ({
    ended: machine.ended,
    start: () => machine.start(),
    restore: (snapshot) => machine.restore(snapshot),
    snapshot: (directory) => machine.snapshot(directory),
    stop: (graceMs) => machine.stop(graceMs),
    async connect(options) {
      const client = await machine.connect(options);
      if (!known) {
        learn(await client.info());
        known = true;
      }
      return client;
    },
  });
  return {
    open: () => source.open(),
    make: (name) => asking(source.make(name)),
    snapshotPath: () => source.snapshotPath(),
    dropSnapshot: async (path) => await source.dropSnapshot?.(path),
    memoryMib: (name) => source.memoryMib(name),
    close: () => source.close(),
  };
}
