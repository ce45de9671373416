// The agent with more patience than its policy: compilers that take a second on a processor take
// twenty on an emulated one.
//
// Nothing else differs from agent/main.ts, whose start-up this is.

import "./patient_limits.ts"; // first: the agent starts while the next line is imported
import "../../../agent/main.ts";
