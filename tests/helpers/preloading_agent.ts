// The agent with other libraries that its waiting Python loads.
//
// Nothing else differs from agent/main.ts, whose start-up this is. Reading the variable needs the
// runtime's permissions: `allowAll`.

import "./preloads.ts"; // first: the agent starts while the next line is imported
import "../../agent/main.ts";
