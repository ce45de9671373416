// Gives the compiled-in policy the Deno that the variable DENO_OF_JOBS names. Used by
// typescript_agent.ts.

import { dirname } from "node:path";
import { policy } from "../../policy/generated/policy.ts";

const deno = Deno.env.get("DENO_OF_JOBS")!;
const [, ...args] = policy.languages.typescript.argv;
Object.assign(policy.languages.typescript, { argv: [deno, ...args] });
Object.assign(policy, { read_only_paths: [...policy.read_only_paths, dirname(deno)] });
