// What /proc tells of the guest beside a job's own processes: nothing but what programs need. With
// the layer "view" off, the same job reads it.

import assert from "node:assert/strict";
import { procNames } from "../../sandbox/proc_view.ts";
import { startAgent } from "../helpers/agent.ts";
import { connect, runJob, text } from "../helpers/job.ts";

/** Told by many a kernel, needed by no program. */
const covered =
  "kallsyms config.gz cmdline interrupts keys key-users acpi fs sched_debug timer_list modules " +
  "iomem ioports slabinfo softirqs vmallocinfo kmsg kcore crypto devices diskstats partitions " +
  "bus irq driver sysrq-trigger pagetypeinfo buddyinfo zoneinfo locks";

/** The covered names that a job finds, and those of the view. */
async function found(target: string): Promise<{ names: string[]; listed: string[] }> {
  await using client = await connect(target);
  const names = `${covered} ${Object.keys(procNames).join(" ")}`;
  const code = `for n in ${names}; do test -e /proc/$n && echo $n; done; echo; ls /proc`;
  const job = await runJob(client, { language: "sh", code });
  const [seen, listed] = text(job.stdout).split("\n\n").map((part) => part.trim().split("\n"));
  return { names: seen, listed };
}

const count = covered.split(" ").length;

Deno.test(`view: /proc has what programs need, and none of ${count} names more`, async () => {
  await using agent = await startAgent();
  const { names, listed } = await found(agent.target);
  assert.deepEqual(names.filter((name) => !(name in procNames)), []);
  assert.deepEqual(names.sort(), Object.keys(procNames).filter(exists).sort());
  assert.deepEqual(listed.filter((name) => !/^\d+$/.test(name)), ["self", "thread-self"]);
});

Deno.test("view: without the layer, a job finds the rest too", async () => {
  await using agent = await startAgent({ flags: ["--without", "view"] });
  const { names } = await found(agent.target);
  const more = covered.split(" ").filter(exists);
  assert.ok(more.length > 0);
  for (const name of more) assert.ok(names.includes(name), name);
});

function exists(name: string): boolean {
  try {
    Deno.lstatSync(`/proc/${name}`);
    return true;
  } catch {
    return false;
  }
}
