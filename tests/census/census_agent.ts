// The agent with the walker as one more language for each profile. Otherwise it is agent/main.ts,
// which it starts. It must never be used to build a machine image.

import "./census_languages.ts"; // first: the agent starts while the next line is imported
import "../../agent/main.ts";
