// The agent, with a place kept for half a second and not for ten.

import "./brisk_places.ts"; // first: the agent starts while the next line is imported
import "../../agent/main.ts";
