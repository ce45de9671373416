// Carries out the requests that concern a run: to begin one, perhaps after a wait in line, to feed
// it, to signal it and to cancel it.

import { signalNumber } from "../../linux/signals.ts";
import type { CompiledPolicy } from "../../policy/compiled.ts";
import type { RunRequest, SignalRequest, StdinRequest } from "../../protocol/protocol.ts";
import { ProtocolError } from "../../protocol/protocol_error.ts";
import { type Loop, now } from "../core/loop.ts";
import { withDefaults } from "../run/defaults.ts";
import type { Run } from "../run/run.ts";
import { STDIN_WINDOW } from "../run/stdin.ts";
import type { Session } from "./session.ts";
import { WaitingLine } from "./waiting_line.ts";

const encoder = new TextEncoder();

/** A run's code; undefined where it is in the sandbox already. */
type Code = string | Uint8Array | undefined;

/** The requests of all sessions that concern the agent's one run. */
export class RunRequests {
  readonly #line: WaitingLine<Session>;

  constructor(loop: Loop, readonly run: Run, readonly policy: CompiledPolicy) {
    this.#line = new WaitingLine(loop);
  }

  /** Whether the session has a request in the line. */
  isWaiting(session: Session): boolean {
    return this.#line.has(session);
  }

  /** The next one in the line begins. */
  onRunOver(): void {
    this.#line.next();
  }

  /** The session's client is gone: with it the place in the line, or the run. */
  onClosed(session: Session): void {
    this.#line.leave(session);
    if (session.running) this.run.stop({ kind: "cancelled" });
    else session.leave();
  }

  /** Begins a run, as soon as its code is there. */
  begin(session: Session, request: RunRequest): void {
    if (request.entry !== undefined) return this.#beginOrWait(session, request, undefined);
    if (request.code !== undefined || request.bytes === 0) {
      return this.#beginOrWait(session, request, request.code ?? "");
    }
    const code = new Uint8Array(request.bytes!);
    session.connection.takeBody((chunk, remaining) => {
      code.set(chunk, code.length - remaining - chunk.length);
      if (remaining > 0) return;
      try {
        this.#beginOrWait(session, request, code);
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error;
        session.connection.refuse(error, request.id);
      }
    });
  }

  #beginOrWait(session: Session, request: RunRequest, code: Code): void {
    const { receivedAt } = session.connection;
    if (!this.run.busy) return this.#run(session, request, code, receivedAt, 0);
    if (request.wait_ms === undefined || session.owes) {
      throw new ProtocolError("busy", "is already running something", "run");
    }
    const begin = () => this.#run(session, request, code, now(), now() - receivedAt);
    this.#line.join(session, request.wait_ms, begin, () => {
      const rule = `is still running something after ${request.wait_ms} ms`;
      session.connection.refuse(new ProtocolError("busy", rule, "run"), request.id);
      session.connection.process(); // nothing is owed now: a client that ended its input may go
    });
    session.waiting = request.id;
  }

  #run(
    session: Session,
    request: RunRequest,
    code: Code,
    beganAt: number,
    waitMs: number,
  ): void {
    const { run, policy } = this;
    run.timeline.begin(beganAt, waitMs);
    const streams = request.stdin !== undefined && "stream" in request.stdin;
    const granted = streams ? { stdin_window: STDIN_WINDOW } : {};
    session.connection.answer(request.id, { type: "ack", ...granted });
    run.timeline.mark("ack");
    session.running = true;
    // Only now: the client need not wait for this.
    const bytes = typeof code === "string" ? encoder.encode(code) : code;
    run.begin(session, withDefaults(request, bytes, policy));
    session.leaveSpentLater();
    session.keeps = request.keep ?? false;
    session.withSandbox((sandbox) => run.use(sandbox), (failure) => run.fail(failure));
  }

  /** Ends the session's run, or its wait. */
  cancel(session: Session): void {
    if (this.#line.leave(session)) {
      const error = new ProtocolError("busy", "was cancelled while it waited", "run");
      return session.connection.refuse(error, session.waiting);
    }
    needRun(session);
    this.run.stop({ kind: "cancelled" });
  }

  /** Signals the session's run. */
  signal(session: Session, request: SignalRequest): void {
    needRun(session);
    this.run.signal(signalNumber(request.signal)!);
    session.connection.answer(request.id, { type: "done" });
  }

  /** Feeds the session's run. */
  stdin(session: Session, request: StdinRequest): void {
    needRun(session);
    const { stdin } = this.run;
    const bytes = request.bytes ?? 0;
    if (!stdin.admit(bytes)) return;
    if (request.eof === true) return stdin.end();
    if (bytes === 0) return;
    session.connection.takeBody((chunk) => {
      if (session.running) stdin.write(chunk);
    });
  }
}

function needRun({ running }: Session): void {
  if (!running) {
    throw new ProtocolError("bad_request", "has nothing running on this connection", "type");
  }
}
