// The server of one MCP session: its tools, and every call's way to one and back.
//
// What goes wrong with a call is its result, in the agent's words, so that the model reads it.

import {
  type CallToolResult,
  ProtocolError,
  ProtocolErrorCode,
  Server,
} from "@modelcontextprotocol/server";
import { toJsonSchema } from "@valibot/to-json-schema";
import * as v from "valibot";
import { ConnectionError, RequestError } from "../client.ts";
import type { AgentSession } from "./agent_session.ts";
import { fileTools } from "./file_tools.ts";
import { instructionsFor } from "./instructions.ts";
import { runTool } from "./run_tool.ts";
import { texts, type Tool } from "./tool.ts";

/** Makes the server. Closing it closes the session too. */
export function serverFor(session: AgentSession, version: string): Server {
  const tools = new Map([runTool(session.info), ...fileTools].map((tool) => [tool.name, tool]));
  const server = new Server(
    { name: "sallyport", title: "Sallyport", version },
    { capabilities: { tools: {} }, instructions: instructionsFor(session.info) },
  );
  server.setRequestHandler(
    "tools/list",
    () => ({ tools: [...tools.values()].map(described) }),
  );
  server.setRequestHandler("tools/call", async ({ params }, { mcpReq }) => {
    const tool = tools.get(params.name);
    if (tool === undefined) {
      throw new ProtocolError(ProtocolErrorCode.InvalidParams, `There is no tool "${params.name}"`);
    }
    const progressToken = params._meta?.progressToken;
    const notify = progressToken === undefined
      ? undefined
      : (progress: number, message: string) =>
        mcpReq.notify({
          method: "notifications/progress",
          params: { progressToken, progress, message },
        });
    try {
      return await tool.call(params.arguments ?? {}, { session, signal: mcpReq.signal, notify });
    } catch (error) {
      return failed(error);
    }
  });
  server.onclose = () => void session[Symbol.asyncDispose]();
  return server;
}

function described({ name, title, description, annotations, input, output }: Tool) {
  return {
    ...{ name, title, description, annotations, inputSchema: schemaOf(input) },
    ...(output === undefined ? {} : { outputSchema: schemaOf(output) }),
  };
}

function schemaOf(schema: v.GenericSchema) {
  const { $schema: _, ...json } = toJsonSchema(schema);
  return json as { type: "object" };
}

function failed(error: unknown): CallToolResult {
  return { content: texts(reasonOf(error)), isError: true };
}

function reasonOf(error: unknown): string {
  if (error instanceof RequestError) {
    return error.busy
      ? `The agent is busy with other sessions: ${error.message}. Try again later; a run can wait ` +
        "longer with a larger wait_ms."
      : `The agent refused (${error.code}): ${error.message}`;
  }
  if (error instanceof ConnectionError) {
    return `There is no connection to the agent: ${error.message}. The sandbox and its files are ` +
      "gone. The next call tries to connect again, and begins with an empty sandbox.";
  }
  if (error instanceof v.ValiError) {
    const issue = error.issues[0];
    return `Cannot read the argument "${v.getDotPath(issue) ?? ""}": ${issue.message}`;
  }
  return error instanceof Error ? error.message : String(error);
}
