// Waiting with a time limit, under the name that the scenarios know.

export { within } from "../../../scripts/tools/timed.ts";
