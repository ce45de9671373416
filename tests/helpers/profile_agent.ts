// The agent with one more language for each profile: a compiled program under that profile's own
// filter.
//
// Nothing else differs from agent/main.ts, whose start-up this is: so one fixture can show what
// every filter does. It must never be what a machine image is built from.

import "./profile_languages.ts"; // first: the agent starts while the next line is imported
import "../../agent/main.ts";
