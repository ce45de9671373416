// The agent with Deno at another place. An image has it as /usr/bin/deno; a machine that runs the
// tests has it from npm, where a job's user may have no way to it.
//
// Nothing else differs from agent/main.ts, whose start-up this is. Reading the variable needs the
// runtime's permissions: `allowAll`.

import "./typescript_here.ts"; // first: the agent starts while the next line is imported
import "../../agent/main.ts";
