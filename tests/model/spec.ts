// The protocol as a machine: what an agent may answer to an action, and what is then true.
//
// It reads as docs/protocol.md does, and is pure. Where time decides (a run that ends by itself, a
// wait that is over) it gives every outcome that is allowed; what the agent does selects one.

import { type Act, type Action, malformedOf, type Plain } from "./actions.ts";
import { answerPlain } from "./spec_plain.ts";
import {
  begin,
  cancelled,
  ended,
  gaveUp,
  joined,
  type Possible,
  surely,
  WINDOW,
} from "./spec_run.ts";
import { answer, type Expect, refusal } from "./expect.ts";
import { type ClientName, newClient, owes, withClient, type World } from "./world.ts";

/** Connections of one peer that an agent serves. */
export const PLACES = 8;
/** What a half put says before and after the pause. */
export const halves = ["hal", "ves"] as const;

/** All that may happen: time passes, the action is answered, time passes. */
export function possible(world: World, action: Action): Possible[] {
  return [...passing(world)].flatMap((before) =>
    respond(before.world, action).flatMap((during) =>
      [...passing(during.world)].map((after) => joined(joined(before, during), after))
    )
  );
}

/** What time alone may bring, beginning with nothing. */
function* passing(world: World): Generator<Possible> {
  yield surely(world);
  const next = (world.run?.endings ?? []).map((ending) => ended(world, ending));
  for (const waiting of world.line) {
    const mayGo = waiting.client === undefined || waiting.wishes.wait === "short";
    if (mayGo) next.push(gaveUp(world, waiting));
  }
  for (const first of next) {
    for (const rest of passing(first.world)) yield joined(first, rest);
  }
}

function respond(world: World, action: Action): Possible[] {
  if (action === "crowd") return [surely(world, ...crowd(world))];
  const { client, act } = action;
  const id = world.nextId;
  const count = act.do === "burst" ? act.all.length : 1;
  return answers({ ...world, nextId: id + count }, client, act, id);
}

/** Everybody else who finds a place is served and keeps it by a ping; one more is told "busy". */
function crowd({ clients }: World): Expect[] {
  const served = Array.from({ length: PLACES - clients.size }, () => [
    answer("crowd", "ready"),
    answer("crowd", "pong"),
  ]);
  return [...served.flat(), refusal("crowd", undefined, "busy"), answer("crowd", "closed")];
}

function answers(world: World, name: ClientName, act: Act, id: number): Possible[] {
  const state = world.clients.get(name) ?? newClient;
  switch (act.do) {
    case "open":
      return [surely(withClient(world, name, newClient), answer(name, "ready"))];
    case "close":
      return [surely(leaves(world, name))];
    case "end-input":
      // It still gets what it is owed; then, or if it stopped within a message, it is closed.
      return state.half !== undefined || !owes(world, name)
        ? [surely(leaves(world, name), answer(name, "closed"))]
        : [surely(withClient(world, name, { ...state, endedInput: true }))];
    case "malformed":
      return refused(world, name, act.name, id);
    case "half-line":
      return [surely(withClient(world, name, { ...state, half: { kind: "line", id } }))];
    case "half-put": {
      const half = { kind: "body", id, path: "half", refused: owes(world, name) } as const;
      const next = withClient(world, name, { ...state, half });
      return [surely(next, ...half.refused ? [refusal(name, id, "busy", "type")] : [])];
    }
    case "other-half": {
      const { half } = state;
      const whole = withClient(world, name, { ...state, half: undefined });
      if (half?.kind === "line") return [surely(whole, answer(name, "pong", half.id))];
      if (half === undefined || half.refused) return [surely(whole)];
      const content = halves.join("");
      return [answerPlain(whole, name, { do: "put", path: half.path, content }, half.id)];
    }
    case "burst":
      // Time passes between two of them, too.
      return act.all.reduce(
        (sums: Possible[], plain: Plain, index) =>
          sums.flatMap((sum) =>
            [...passing(sum.world)].map((before) => {
              const during = answerPlain(before.world, name, plain, id + index);
              return joined(joined(sum, before), during);
            })
          ),
        [surely(world)],
      );
    case "run":
    case "stdin":
    case "eof":
    case "cancel":
    case "signal":
      return answerRun(world, name, act, id);
    default:
      return [answerPlain(world, name, act, id)];
  }
}

/** A message that breaks a rule gets one error. The connection goes on unless the framing is lost. */
function refused(
  world: World,
  name: ClientName,
  what: Parameters<typeof malformedOf>[0],
  id: number,
) {
  const { request, code = "bad_request", field, fatal } = malformedOf(what);
  const error = refusal(name, request === undefined ? undefined : id, code, field);
  if (!fatal) return [surely(world, error)];
  const closed = surely(leaves(world, name), answer(name, "closed"));
  return [joined(surely(world, error), closed)];
}

/** A connection that ends takes its sandbox with it, its place in line, and its run. */
function leaves(world: World, name: ClientName): World {
  const { run } = world;
  const mayHaveEnded = run !== undefined && run.endings.length > 0;
  const line = world.line
    .map((waiting) => waiting.client === name ? { ...waiting, client: undefined } : waiting)
    .filter(({ client }) => client !== undefined || mayHaveEnded);
  const gone = { ...withClient(world, name, undefined), line };
  if (run?.client !== name) return gone;
  return { ...gone, run: { ...run, client: undefined, endings: [{ status: "cancelled" }] } };
}

function answerRun(
  world: World,
  name: ClientName,
  act: Extract<Act, { do: "run" | "stdin" | "eof" | "cancel" | "signal" }>,
  id: number,
): Possible[] {
  const { run } = world;
  if (act.do === "run") {
    const { wishes } = act;
    if (run === undefined) return [begin(world, { client: name, id, wishes })];
    if (wishes.wait === "no" || owes(world, name)) {
      return [surely(world, refusal(name, id, "busy", "run"))];
    }
    return [surely({ ...world, line: [...world.line, { client: name, id, wishes }] })];
  }
  const waiting = world.line.find(({ client }) => client === name);
  if (act.do === "cancel" && waiting !== undefined) return [gaveUp(world, waiting)];
  const aside = (expect: Expect) => ({ ...expect, aboutRun: true });
  if (run?.client !== name) {
    return [surely(world, aside(typeRefusal(name, id, true)))];
  }
  if (act.do === "cancel") return cancelled(world);
  if (act.do === "signal") {
    const deadly = act.signal !== "SIGWINCH";
    const endings = [...run.endings, { status: "signaled", signal: act.signal }];
    const next = deadly ? { ...world, run: { ...run, endings } } : world;
    return [surely(next, aside(answer(name, "done", id)))];
  }
  if (run.inputRefused) return [surely(world)];
  const refuse = (error: Expect) => {
    const next = { ...world, run: { ...run, inputRefused: true } };
    return [surely(next, aside(error))];
  };
  if (run.wishes.program !== "cat" || run.inputEnded) return refuse(typeRefusal(name, id, false));
  if (act.do === "eof") {
    const endings = [...run.endings, { status: "exited", exit_code: 0 }];
    return [surely({ ...world, run: { ...run, inputEnded: true, endings } })];
  }
  if (act.bytes > WINDOW) return refuse(refusal(name, id, "too_large", "bytes"));
  return [surely({ ...world, run: { ...run, input: run.input + act.bytes } })];
}

/** Two refusals that only their words tell apart: nothing runs, or its input is not to be sent now. */
function typeRefusal(name: ClientName, id: number, idle: boolean): Expect {
  const error = refusal(name, id, "bad_request", "type");
  const message = (text: unknown) => String(text).includes("nothing running") === idle;
  return { ...error, fields: { ...error.fields, message } };
}
