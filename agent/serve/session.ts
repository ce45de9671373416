// What one client owns: its sandbox, and the run it has under way.
//
// A sandbox belongs to one session at most. It goes with the connection, or when the next job
// begins after one that did not ask to keep it.

import type { Sandbox } from "../../sandbox/sandbox.ts";
import type { Sandboxes } from "../pool/sandboxes.ts";
import type { RunClient } from "../run/run.ts";
import type { Connection, ConnectionUser } from "./connection.ts";

/** What a session hands its requests to. */
export interface RequestHandler {
  /**
   * A request came; `bytes` of body follow, unless it throws. Throws ProtocolError to refuse it.
   */
  onRequest(session: Session, value: Record<string, unknown>, bytes: number): void;
  /** The client can take output of its run again. */
  onWritable(session: Session): void;
  /** The result of its run was queued. `broken`: its sandbox can be used for nothing more. */
  onRunOver(session: Session, broken: boolean): void;
  /** Its connection is closed. */
  onClosed(session: Session): void;
}

/** One client, from its connection to its end. */
export class Session implements ConnectionUser, RunClient {
  /** The sandbox that belongs to this client, if it has one. */
  sandbox: Sandbox | undefined;
  /** Whether the last run asked for its sandbox to stay. */
  keeps = false;
  /** Whether this client's run is under way. */
  running = false;
  /** Lets go of a file that is on its way when the connection closes. */
  onAbandoned: () => void = () => {};

  constructor(
    readonly connection: Connection,
    readonly sandboxes: Sandboxes,
    readonly handler: RequestHandler,
  ) {}

  get owes(): boolean {
    return this.running;
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
   * Gives the client's sandbox to `use`: its own, or the prepared one, which is its own from now
   * on.
   */
  withSandbox(use: (sandbox: Sandbox) => void): void {
    if (this.sandbox !== undefined) return use(this.sandbox);
    this.sandboxes.take((sandbox) => {
      this.sandbox = sandbox;
      if (this.connection.closed && !this.running) return this.leave();
      use(sandbox);
    });
  }

  /** As `withSandbox`, when no job waits for it: then the next one is made at once. */
  withSandboxAtRest(use: (sandbox: Sandbox) => void): void {
    this.withSandbox((sandbox) => {
      use(sandbox);
      this.sandboxes.prepare();
    });
  }

  /** Whether a job ran in the sandbox that did not ask to keep it. */
  get isSpent(): boolean {
    return this.sandbox !== undefined && this.sandbox.used && !this.keeps;
  }

  /** Gives up a sandbox that is spent, at a moment that delays no start of a run. */
  leaveSpentLater(): void {
    if (!this.isSpent) return;
    this.sandboxes.dropLater(this.sandbox!);
    this.sandbox = undefined;
  }

  /** Gives up the sandbox and everything in it; the next one is made. */
  leave(): void {
    if (this.sandbox === undefined) return;
    this.sandboxes.drop(this.sandbox);
    this.sandboxes.prepare();
    this.sandbox = undefined;
    this.keeps = false;
  }
}
