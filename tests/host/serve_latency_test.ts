// What the service adds to a run, measured as `deno task host overhead` does, and far below what
// anybody would notice. Other programs may run at the same time: the figures to go by are the task's.

import assert from "node:assert/strict";
import { overheadLines } from "../../host/overhead/command.ts";
import { measureOverhead } from "../../host/overhead/overhead.ts";
import { median } from "../../scripts/tools/quantile.ts";
import { overHttp } from "./serve_stage.ts";

const RUNS = 40;
/** Far above what it is, in milliseconds and by the time of the library's own run. */
const [MOST_MS, MOST_RUNS] = [20, 2];

Deno.test("the service adds little to a run", overHttp, async () => {
  const times = await measureOverhead(RUNS);
  for (const line of overheadLines(times, RUNS)) console.log(line);
  for (const [way, values] of times) assert.equal(values.length, RUNS, way);
  const [library, service] = [times.get("library")!, times.get("service")!].map(median);
  const added = service - library;
  assert.ok(added < Math.max(MOST_MS, MOST_RUNS * library), `it adds ${added} ms`);
});
