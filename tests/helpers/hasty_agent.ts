// The agent with little patience for builds: a bomb ends after seconds, and not after half a minute.
//
// Nothing else differs from agent/main.ts, whose start-up this is.

import "./hasty_builds.ts"; // first: the agent starts while the next line is imported
import "../../agent/main.ts";
