// A run as server-sent events: `queued`, `began`, its output as it comes, and last `result` or
// `error`.

import { contentOf } from "./content.ts";
import type { Job, JobResult } from "./job.ts";
import { problemOf } from "./problem_of.ts";

/** The events, as their text. Who stops reading must cancel the run himself. */
export async function* eventStream(
  id: string,
  job: Job,
  body: (result: JobResult) => unknown,
): AsyncGenerator<string> {
  yield event("queued", { id });
  try {
    await job.began;
    yield event("began", { id });
    for await (const { stream, offset, bytes } of job) {
      yield event(stream, { offset, content: contentOf(bytes) });
    }
    yield event("result", body(await job.result));
  } catch (error) {
    yield event("error", problemOf(error).body);
  }
}

/** JSON has no line breaks of its own, so that one line of data is enough. */
const event = (name: string, data: unknown) => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
