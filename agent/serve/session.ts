// What one client owns: its sandbox, and the run in progress.
//
// A sandbox belongs to at most one session. It is dropped with the connection, or when the next job
// begins after one that did not ask to keep it.

import type { RequestId } from "../../protocol/protocol.ts";
import { ProtocolError } from "../../protocol/protocol_error.ts";
import type { Failure } from "../../sandbox/report.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import type { Sandboxes } from "../pool/sandboxes.ts";
import type { RunClient } from "../run/run.ts";
import type { Connection, ConnectionUser } from "./connection.ts";

const LOST = "Lost the sandbox of this connection, and the files in it: its processes have ended";

/** Handles a session's requests. */
export interface RequestHandler {
  /**
   * Handles a request, whose body of `bytes` bytes follows. Throws ProtocolError to refuse it; its
   * body is then skipped.
   */
  onRequest(session: Session, value: Record<string, unknown>, bytes: number): void;
  /** The client can take output of its run again. */
  onWritable(session: Session): void;
  /** The result of its run was queued. `broken`: the sandbox cannot be used again. */
  onRunOver(session: Session, broken: boolean): void;
  /** Its connection is closed. */
  onClosed(session: Session): void;
  /** Whether its run waits for another one to end. */
  isWaiting(session: Session): boolean;
}

/** One client, from connecting to disconnecting. */
export class Session implements ConnectionUser, RunClient {
  /** This client's sandbox, if it has one. */
  sandbox: Sandbox | undefined;
  /** Whether the last run asked to keep its sandbox. */
  keeps = false;
  /** Id of the run that waits or waited last for another one to end. */
  waiting: RequestId | undefined;
  /** Whether this client's run is under way. */
  running = false;
  /** Closes the file being transferred if the connection closes. */
  onAbandoned: () => void = () => {};

  constructor(
    readonly connection: Connection,
    readonly sandboxes: Sandboxes,
    readonly handler: RequestHandler,
  ) {}

  get owes(): boolean {
    return this.running || this.handler.isWaiting(this);
  }

  onRequest(value: Record<string, unknown>, bytes: number): void {
    this.handler.onRequest(this, value, bytes);
  }

  onWritable(): void {
    if (this.running) this.handler.onWritable(this);
  }

  onClosed(): void {
    this.onAbandoned();
    this.handler.onClosed(this);
  }

  get writable(): boolean {
    return this.connection.writable;
  }

  get blockedSince(): number {
    return this.connection.blockedSince;
  }

  send(message: { type: string }, ...bodies: Uint8Array[]): void {
    this.connection.send(message, ...bodies);
  }

  sendPiece(stream: "stdout" | "stderr", offset: number, piece: Uint8Array): void {
    this.connection.sendPiece(stream, offset, piece);
  }

  onRunOver(broken: boolean): void {
    this.handler.onRunOver(this, broken);
  }

  /**
   * Gives the client's sandbox to `use`: the one it has, or else the prepared one, which it then
   * owns. `fail` is told instead where none could be made.
   */
  withSandbox(use: (sandbox: Sandbox) => void, fail: (failure: Failure) => void): void {
    if (this.sandbox !== undefined) return use(this.sandbox);
    this.sandboxes.take((sandbox) => {
      this.sandbox = sandbox;
      // A request for a file has nobody else to tell: the client would wait for ever.
      sandbox.onLost = () => {
        if (this.running) return false;
        this.connection.closeWith("internal", LOST);
        return true;
      };
      if (this.connection.closed && !this.running) return this.leave();
      use(sandbox);
    }, fail);
  }

  /** Like `withSandbox`, for requests without a job: the next sandbox is then made at once. */
  withSandboxAtRest(
    use: (sandbox: Sandbox) => void,
    refuse: (problem: ProtocolError) => void,
  ): void {
    this.withSandbox((sandbox) => {
      use(sandbox);
      this.sandboxes.prepare();
    }, (failure) => refuse(noSandbox(failure)));
  }

  /** Whether a job has run in the sandbox and did not ask to keep it. */
  get isSpent(): boolean {
    return this.sandbox !== undefined && this.sandbox.used && !this.keeps;
  }

  /** Gives up a spent sandbox later, so that it does not delay the start of a run. */
  leaveSpentLater(): void {
    if (!this.isSpent) return;
    this.sandboxes.dropLater(this.sandbox!);
    this.sandbox = undefined;
  }

  /** Drops the sandbox and everything in it, and has the next one made. */
  leave(): void {
    if (this.sandbox === undefined) return;
    this.sandboxes.drop(this.sandbox);
    this.sandboxes.prepare();
    this.sandbox = undefined;
    this.keeps = false;
  }
}

/** The answer to a request for which no sandbox could be made: nothing of it has begun. */
export function noSandbox({ step, errno }: Failure): ProtocolError {
  return new ProtocolError("internal", `has no sandbox: ${step}: ${errno}`, "type");
}
