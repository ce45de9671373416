// Has a job try one action of fixtures/forbidden, under the strict profile of compiled programs or
// under another one, and returns what came of it.

import assert from "node:assert/strict";
import { fixture } from "../helpers/fixture.ts";
import { type Client, type Job, runJob, text } from "../helpers/job.ts";
import type { Attempt } from "./forbidden_cases.ts";

/** The program that tries them. */
export const source = "forbidden/forbidden.c";

/** What came of one action. */
export interface Came {
  readonly action: string;
  readonly ok: boolean;
  readonly errno: number;
}

/** How a test names an attempt. */
export const title = ({ action, argument }: Attempt): string =>
  `${action} ${argument ?? ""}`.trim();

/** Makes one attempt. `language` is one of profile_agent.ts; without it, the program's own. */
export async function attempt(
  client: Client,
  { action, argument }: Attempt,
  language?: string,
): Promise<Came & { readonly job: Job }> {
  const { code, language: own } = await fixture(source);
  const args = argument === undefined ? [action] : [action, argument];
  const job = await runJob(client, { language: language ?? own, code, args });
  assert.equal(job.result.status, "exited", JSON.stringify(job.result) + text(job.stderr));
  return { ...JSON.parse(text(job.stdout)), job };
}
