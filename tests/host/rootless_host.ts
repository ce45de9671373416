// A host that runs one machine of the monitor `process` and tells about it; for a test that runs it
// as an ordinary user.

import { createMachine } from "../../host/machine/create_machine.ts";

const [directory, ...agent] = Deno.args;
await using machine = createMachine({
  ...{ monitor: "process", image: { agent }, directory, cid: 3, memoryMib: 512, cpus: 1 },
});
await machine.start();
await machine.pause();
await machine.resume();
await using client = await machine.connect();
const { output } = await client.run({ language: "sh", code: "echo $((6 * 7))" }).result;
const said = new TextDecoder().decode(output.stdout).trim();
const { how, survivors } = await machine.stop();
console.log(JSON.stringify({ uid: Deno.uid(), said, lacks: machine.lacks, how, survivors }));
