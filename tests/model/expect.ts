// A message that the model expects of the agent, and whether a message is that one.

import type { ClientName } from "./world.ts";

/** Who gets messages: a client, or one of the crowd. */
export type Receiver = ClientName | "crowd";

/** A message as a client saw it, with the fields that the model looks at; or the connection's end. */
export interface Seen {
  readonly type: string;
  readonly id?: number;
  readonly [field: string]: unknown;
}

/** What a message must be. */
export interface Expect {
  readonly client: Receiver;
  readonly type: string;
  readonly id?: number;
  /** Fields it must have; a function says whether a value is right. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** Whether time decides when it comes. All others come in the order of the requests. */
  readonly floats?: boolean;
  /** Whether it answers a message about a run: the library keeps these to itself. */
  readonly aboutRun?: boolean;
}

/** The answer `type` to the request `id`. */
export function answer(
  client: Receiver,
  type: string,
  id?: number,
  fields: Expect["fields"] = {},
): Expect {
  return { client, type, id, fields };
}

/** An error. */
export function refusal(
  client: Receiver,
  id: number | undefined,
  code: string,
  field?: string,
): Expect {
  return answer(client, "error", id, { code, field });
}

/** Whether `seen` is what `expect` says. */
export function isExpected(seen: Seen, { type, id, fields }: Expect): boolean {
  if (seen.type !== type || seen.id !== id) return false;
  return Object.entries(fields).every(([name, value]) =>
    typeof value === "function"
      ? value(seen[name])
      : JSON.stringify(seen[name]) === JSON.stringify(value)
  );
}

/** Whether exactly these messages came: those that float at any place, the others in order. */
export function areExpected(seen: readonly Seen[], expects: readonly Expect[]): boolean {
  if (seen.length !== expects.length) return false;
  const inOrder = expects.filter(({ floats }) => !floats);
  const floating = expects.filter(({ floats }) => floats);
  return seen.every((message) => {
    if (inOrder.length > 0 && isExpected(message, inOrder[0])) return inOrder.shift();
    const index = floating.findIndex((expect) => isExpected(message, expect));
    return index >= 0 && floating.splice(index, 1);
  });
}
