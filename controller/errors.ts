// The two ways a call of the client library fails.
//
// A refused request leaves the connection as it was; a lost connection takes everything that was
// pending with it. They must never be mixed up: only the first may be tried again on the same
// client.

import type { ErrorCode } from "../protocol/protocol_error.ts";

/** The agent did not carry out a request, and said why. */
export class RequestError extends Error {
  /** What `Error.prototype.toString` begins with. */
  override readonly name = "RequestError";
  /** The agent's reason. */
  readonly code: ErrorCode;
  /** The field of the request that broke a rule. */
  readonly field: string | undefined;

  /**
   * Repeats what the agent said.
   *
   * @param code The agent's reason.
   * @param message The agent's words.
   * @param field The field of the request that broke a rule.
   */
  constructor(code: ErrorCode, message: string, field?: string) {
    super(message);
    this.code = code;
    this.field = field;
  }

  /** Whether the agent runs something else: the same request may be taken later. */
  get busy(): boolean {
    return this.code === "busy";
  }
}

/**
 * Why there is no connection. `connect`: nobody answers there. `timeout`: the agent was not ready in
 * time. `lost`: there was one. `protocol`: what came over it is not the protocol.
 */
export type ConnectionProblem = "connect" | "timeout" | "lost" | "protocol";

/** There is no connection, there is none any more, or what came over it is not the protocol. */
export class ConnectionError extends Error {
  /** What `Error.prototype.toString` begins with. */
  override readonly name = "ConnectionError";
  /** Which of these it is. */
  readonly problem: ConnectionProblem;

  /** Says what happened. */
  constructor(
    message: string,
    options: ErrorOptions & { readonly problem?: ConnectionProblem } = {},
  ) {
    super(message, options);
    this.problem = options.problem ?? "lost";
  }

  /** Whether the agent was not ready in time. */
  get timedOut(): boolean {
    return this.problem === "timeout";
  }
}
