// The agent without the rules by which places are given on: nobody who is idle makes room, and one
// peer may take all. For attacks that must succeed then.

import "./grudging_places.ts"; // first: the agent starts while the next line is imported
import "../../agent/main.ts";
