// A copy of this run's Deno where every user can reach it, for agents that run TypeScript: /tmp is
// hidden from a sandbox.

import type { AgentOptions } from "./agent.ts";

/** The copy, until it is disposed. */
export interface DenoOfJobs extends AsyncDisposable {
  /** How to start an agent whose jobs run with it. */
  readonly options: AgentOptions;
}

/** Copies it. */
export async function copyDeno(): Promise<DenoOfJobs> {
  const directory = await Deno.makeTempDir({ dir: "/var/tmp", prefix: "sallyport-deno-" });
  await Deno.chmod(directory, 0o755);
  await Deno.copyFile(Deno.execPath(), `${directory}/deno`);
  return {
    options: {
      entry: "tests/helpers/typescript_agent.ts",
      allowAll: true,
      env: { DENO_OF_JOBS: `${directory}/deno` },
    },
    [Symbol.asyncDispose]: () => Deno.remove(directory, { recursive: true }),
  };
}
