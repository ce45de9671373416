// Takes the rules about places from the agent, for grudging_agent.ts.

import { Connection } from "../../agent/serve/connection.ts";
import { placeRules } from "../../agent/serve/places.ts";

Object.defineProperty(Connection.prototype, "idle", { get: () => undefined });
placeRules.all = placeRules.ofOnePeer;
