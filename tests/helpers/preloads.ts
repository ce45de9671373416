// Gives the compiled-in policy the libraries that the variable PRELOADED names, for Python to load
// ahead. Used by preloading_agent.ts.

import { policy } from "../../policy/generated/policy.ts";

const preload = Deno.env.get("PRELOADED")!.split(" ");
Object.assign(policy.languages.python.warm!, { preload });
