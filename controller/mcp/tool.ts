// What a tool is: its description for the model, its arguments, and what it does.

import type { CallToolResult, ToolAnnotations } from "@modelcontextprotocol/server";
import * as v from "valibot";
import type { AgentSession } from "./agent_session.ts";
import type { Notify } from "./progress.ts";

/** What a call has beside its arguments. */
export interface Call {
  readonly session: AgentSession;
  /** Aborted when the client cancels the call. */
  readonly signal: AbortSignal;
  /** Sends progress; absent if the client did not ask for it. */
  readonly notify?: Notify;
}

/** A tool. */
export interface Tool {
  readonly name: string;
  readonly title: string;
  /** For the model. */
  readonly description: string;
  /** What a host may assume of it. */
  readonly annotations: ToolAnnotations;
  /** The arguments. */
  readonly input: v.GenericSchema;
  /** The structured result, if it has one. */
  readonly output?: v.GenericSchema;
  /** Does it. `args` are what `input` made of them. */
  readonly call: (args: unknown, call: Call) => Promise<CallToolResult>;
}

/** A tool whose arguments have the type that its schema says. */
export function tool<Input extends v.GenericSchema>(
  description: Omit<Tool, "input" | "call"> & {
    readonly input: Input;
    readonly call: (args: v.InferOutput<Input>, call: Call) => Promise<CallToolResult>;
  },
): Tool {
  return {
    ...description,
    call: (args, call) => description.call(v.parse(description.input, args), call),
  };
}

/** Every tool works in a closed world: a sandbox without a network. */
export const closedWorld = { openWorldHint: false } as const;

/** Texts of an answer, without those that are missing. */
export function texts(...parts: (string | null)[]): CallToolResult["content"] {
  return parts.filter((part) => part !== null).map((text) => ({ type: "text", text }));
}
