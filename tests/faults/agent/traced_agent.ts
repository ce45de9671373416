// The agent, once somebody traces it.

import "./await_tracer.ts";
import "../../../agent/main.ts";
