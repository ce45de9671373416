// The real agent, with faults: its launchers' programs and its own calls go wrong where a test says.
//
// Start-up, filter, loop and jobs are those of agent/main.ts. Nothing of this is in the shipped agent:
// the rows of programs are changed on their way, and the C library is replaced by a double.

import { Program } from "../../../sandbox/program.ts";
import { Service } from "../../../agent/serve/service.ts";
import { type Fault, request, type Seen, startVariable } from "../fault.ts";
import { changed } from "./faulty_program.ts";
import { doubleCalls } from "./faulty_calls.ts";
import { heedMarks } from "./marked_filter.ts";

const programs = new Map<string, { steps: { name: string; call: string }[]; times: number }>();
const calls = new Map<string, number>();
let fault: Fault | undefined;
let fired = false;
let watching = true; // the start
/** The descriptor over which the test asks: its calls are none of the agent's. */
let asking = -1;

function watch(next?: Fault): void {
  programs.clear();
  calls.clear();
  fault = next;
  fired = false;
  withStep = 0;
  watching = true;
}

/** A short hash of a program's steps, the same in every run. */
function idOf(steps: readonly { name: string; call: string }[]): string {
  let hash = 0x811c9dc5;
  for (const { name, call } of steps) {
    for (const char of `${name}|${call};`) hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193);
  }
  return (hash >>> 0).toString(16).padStart(8, "0");
}

function isDue({ nth }: Fault["point"], times: number): boolean {
  return fault!.lasts ? times >= nth : times === nth && !fired;
}

let withStep = 0;

/** The row of the fault's step; -1 where that is not in the program, or its time has not come. */
function rowOfStep(steps: Program["steps"]): number {
  const point = fault?.point;
  if (point?.by !== "step") return -1;
  const row = steps.findIndex(({ name }) => name === point.step);
  return row >= 0 && isDue(point, ++withStep) ? row : -1;
}

const encode = Program.prototype.encode;
Program.prototype.encode = function (this: Program): Uint8Array<ArrayBuffer> {
  const encoded = encode.call(this);
  if (!watching) return encoded;
  const id = idOf(this.steps);
  const known = programs.get(id) ??
    { steps: this.steps.map(({ name, call }) => ({ name, call })), times: 0 };
  known.times++;
  programs.set(id, known);
  const point = fault?.point;
  const row = point?.by === "launcher" && point.program === id && isDue(point, known.times)
    ? point.row
    : rowOfStep(this.steps);
  if (row < 0) return encoded;
  fired = true;
  return changed(encoded, this.steps, row, fault!.act);
};

heedMarks();
doubleCalls((call, first) => {
  if (!watching || first === asking) return undefined;
  const count = (calls.get(call) ?? 0) + 1;
  calls.set(call, count);
  const point = fault?.point;
  if (point?.by !== "agent" || point.call !== call || !isDue(point, count)) return undefined;
  fired = true;
  return fault!.act;
});

function seen(): Seen {
  return {
    programs: [...programs].map(([id, program]) => ({ id, ...program })),
    calls: Object.fromEntries(calls),
    fired,
  };
}

const onRequest = Service.prototype.onRequest;
Service.prototype.onRequest = function (session, value, bytes) {
  if (value.type !== request) return onRequest.call(this, session, value, bytes);
  asking = session.connection.fd;
  const report = seen();
  if (value.peek !== true) watching = false;
  session.connection.send({ type: "fault", ...report } as { type: string });
  if (value.watch) watch(value.fault as Fault | undefined);
};

const atStart = Deno.env.get(startVariable);
if (atStart !== undefined && atStart !== "") fault = JSON.parse(atStart);
await import("../../../agent/main.ts");
