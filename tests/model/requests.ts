// The messages by which an action is sent.

import { type Act, malformedOf } from "./actions.ts";
import { halves } from "./spec.ts";
import type { Program, RunWishes } from "./world.ts";

const codes: Record<Program, string> = {
  exit: "exit 3",
  die: "kill -KILL $$",
  write: "echo w > job",
  look: "if [ -f job ]; then cat job; else echo none; fi",
  cat: "cat",
  sleep: "sleep 30",
};

/** The fields of a run, for a raw line as for the library. */
export function runFields({ program, keep, stream, hasty, wait }: RunWishes) {
  return {
    language: "sh",
    code: codes[program],
    timeout_ms: hasty && (program === "cat" || program === "sleep") ? 40 : 30_000,
    ...(keep ? { keep } : {}),
    ...(stream ? { stream } : {}),
    ...(program === "cat" ? { stdin: { stream: true as const } } : {}),
    ...(wait === "no" ? {} : { wait_ms: wait === "short" ? 15 : 60_000 }),
  };
}

const line = (message: object, body = "") => `${JSON.stringify(message)}\n${body}`;

/** The bytes of `act`, as Latin-1 text. `halfOf`: which half was sent before. */
export function bytesOf(act: Act, id: number, halfOf: "line" | "body" | undefined): string {
  switch (act.do) {
    case "burst":
      return act.all.map((plain, index) => bytesOf(plain, id + index, undefined)).join("");
    case "run":
      return line({ type: "run", id, ...runFields(act.wishes) });
    case "put":
      return line({ type: "put", id, path: act.path, bytes: act.content.length }, act.content);
    case "stdin":
      return line({ type: "stdin", id, bytes: act.bytes }, "x".repeat(act.bytes));
    case "eof":
      return line({ type: "stdin", id, eof: true });
    case "malformed": {
      const { line: raw, request, body } = malformedOf(act.name);
      if (raw === undefined) return line({ ...request, id }, body);
      return act.name === "a line without end" ? raw : `${raw}\n`;
    }
    case "half-line":
      return `{"type":"ping","id":${id}`;
    case "half-put":
      return line({ type: "put", id, path: "half", bytes: halves.join("").length }, halves[0]);
    case "other-half":
      return halfOf === "line" ? "}\n" : halves[1];
    case "open":
    case "close":
    case "end-input":
      return "";
    default: {
      const { do: type, ...fields } = act;
      return line({ type, id, ...fields });
    }
  }
}
