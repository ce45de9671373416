// Shortens the time for which a place is kept, for brisk_agent.ts.

import { placeRules } from "../../agent/serve/places.ts";

placeRules.keptMs = 500;
