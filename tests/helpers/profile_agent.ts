// The agent with one more language for each profile: a compiled program under that profile's
// filter.
//
// Otherwise it is the same as agent/main.ts, which it starts. So one fixture can show what every
// filter does. It must never be used to build a machine image.

import "./profile_languages.ts"; // first: the agent starts while the next line is imported
import "../../agent/main.ts";
