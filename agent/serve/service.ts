// Carries out requests: what each message of the protocol does.
//
// The whole agent has one run at a time, and a sandbox belongs to at most one connection. Every
// request gets its answer, and a refused one changes nothing.

import { signalNumber } from "../../linux/signals.ts";
import type { CompiledPolicy } from "../../policy/compiled.ts";
import type { Connection } from "./connection.ts";
import { type RequestHandler, Session } from "./session.ts";
import { withDefaults } from "../run/defaults.ts";
import { FileRequests } from "./file_requests.ts";
import {
  type InfoReply,
  parseRequest,
  type Request,
  type RequestId,
  type RequestLimit,
  type RequestRules,
  type ResetRequest,
  type RunRequest,
  type StdinRequest,
} from "../../protocol/protocol.ts";
import { ProtocolError } from "../../protocol/protocol_error.ts";
import type { Restore, RestoreFailure } from "../pid1/restore.ts";
import { type Loop, now } from "../core/loop.ts";
import type { Run } from "../run/run.ts";
import type { Platform } from "../../sandbox/layout.ts";
import type { Sandboxes } from "../pool/sandboxes.ts";
import { STDIN_WINDOW } from "../run/stdin.ts";
import { WaitingLine } from "./waiting_line.ts";

const encoder = new TextEncoder();

/** The parts a service uses. */
export interface ServiceParts {
  readonly loop: Loop;
  readonly policy: CompiledPolicy;
  readonly info: Omit<InfoReply, "type" | "id">;
  readonly run: Run;
  readonly sandboxes: Sandboxes;
  readonly platform: Platform;
  /** Only where the agent is the guest's first process. */
  readonly restore: Restore | undefined;
  /** Called for each closed connection. */
  readonly forget: (connection: Connection) => void;
}

/** The agent's side of the protocol. */
export class Service implements RequestHandler {
  readonly #rules: RequestRules;
  readonly #files: FileRequests;
  readonly #line: WaitingLine<Session>;
  readonly #parts: ServiceParts;

  constructor(parts: ServiceParts) {
    const { info, policy } = parts;
    const languages = new Map(info.languages.map(({ name, profiles }) => [name, profiles]));
    const cgroup = info.hardening.some(({ layer, on }) => layer === "cgroup" && on);
    const unenforced = new Set<RequestLimit>(cgroup ? [] : ["cpu_percent"]);
    this.#rules = { limits: policy.limits, languages, unenforced };
    this.#files = new FileRequests(parts.platform);
    this.#line = new WaitingLine(parts.loop);
    this.#parts = parts;
  }

  /** The session of a new connection. */
  connect(connection: Connection): Session {
    return new Session(connection, this.#parts.sandboxes, this);
  }

  onRequest(session: Session, value: Record<string, unknown>, bytes: number): void {
    const request = parseRequest(value, this.#rules);
    if (
      bytes > 0 && (request.type !== "run" && request.type !== "put" && request.type !== "stdin")
    ) {
      throw new ProtocolError("bad_request", "takes no body", "bytes");
    }
    this.#carryOut(session, request);
  }

  onWritable(): void {
    this.#parts.run.onClientWritable();
  }

  onRunOver(session: Session, broken: boolean): void {
    session.running = false;
    if (session.connection.closed || broken) session.leave();
    this.#parts.sandboxes.onRunOver();
    this.#line.next();
    if (!session.connection.closed) session.connection.process();
  }

  isWaiting(session: Session): boolean {
    return this.#line.has(session);
  }

  onClosed(session: Session): void {
    this.#line.leave(session);
    if (session.running) this.#parts.run.stop({ kind: "cancelled" });
    else session.leave();
    this.#parts.forget(session.connection);
  }

  #carryOut(session: Session, request: Request): void {
    const { connection } = session;
    switch (request.type) {
      case "run":
        return this.#takeCode(session, request);
      case "put":
        toPut(session);
        return this.#files.put(session, request);
      case "mkdir":
        toPut(session);
        return this.#files.mkdir(session, request);
      case "link":
        toPut(session);
        return this.#files.link(session, request);
      case "remove":
        needNoRun(session);
        return this.#files.remove(session, request);
      case "get":
        needNoRun(session);
        return this.#files.get(session, request);
      case "list":
        needNoRun(session);
        return this.#files.list(session, request);
      case "stdin":
        return this.#stdin(session, request);
      case "signal":
        needRun(session);
        this.#parts.run.signal(signalNumber(request.signal)!);
        return connection.answer(request.id, { type: "done" });
      case "cancel":
        return this.#cancel(session);
      case "reset":
        return this.#reset(session, request);
      case "ping":
        return connection.answer(request.id, { type: "pong" });
      case "info":
        return connection.answer(request.id, { type: "info", ...this.#parts.info });
    }
  }

  #takeCode(session: Session, request: RunRequest): void {
    if (request.entry !== undefined) return this.#begin(session, request, undefined);
    if (request.code !== undefined || request.bytes === 0) {
      return this.#begin(session, request, encoder.encode(request.code ?? ""));
    }
    const code = new Uint8Array(request.bytes!);
    session.connection.takeBody((chunk, remaining) => {
      code.set(chunk, code.length - remaining - chunk.length);
      if (remaining > 0) return;
      try {
        this.#begin(session, request, code);
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error;
        session.connection.refuse(error, request.id);
      }
    });
  }

  #begin(session: Session, request: RunRequest, code: Uint8Array | undefined): void {
    const { run } = this.#parts;
    const { receivedAt } = session.connection;
    if (!run.busy) return this.#run(session, request, code, receivedAt, 0);
    if (request.wait_ms === undefined || session.owes) {
      throw new ProtocolError("busy", "is already running something", "run");
    }
    const begin = () => this.#run(session, request, code, now(), now() - receivedAt);
    this.#line.join(session, request.wait_ms, begin, () => {
      const rule = `is still running something after ${request.wait_ms} ms`;
      session.connection.refuse(new ProtocolError("busy", rule, "run"), request.id);
    });
    session.waiting = request.id;
  }

  #run(
    session: Session,
    request: RunRequest,
    code: Uint8Array | undefined,
    beganAt: number,
    waitMs: number,
  ): void {
    const { run, policy } = this.#parts;
    run.timeline.begin(beganAt, waitMs);
    const streams = request.stdin !== undefined && "stream" in request.stdin;
    const granted = streams ? { stdin_window: STDIN_WINDOW } : {};
    session.connection.answer(request.id, { type: "ack", ...granted });
    run.timeline.mark("ack");
    session.running = true;
    run.begin(session, withDefaults(request, code, policy));
    session.leaveSpentLater();
    session.keeps = request.keep ?? false;
    session.withSandbox((sandbox) => run.use(sandbox));
  }

  #cancel(session: Session): void {
    if (this.#line.leave(session)) {
      const error = new ProtocolError("busy", "was cancelled while it waited", "run");
      return session.connection.refuse(error, session.waiting);
    }
    needRun(session);
    this.#parts.run.stop({ kind: "cancelled" });
  }

  #stdin(session: Session, request: StdinRequest): void {
    needRun(session);
    const { stdin } = this.#parts.run;
    const bytes = request.bytes ?? 0;
    if (!stdin.admit(bytes)) return;
    if (request.eof === true) return stdin.end();
    if (bytes === 0) return;
    session.connection.takeBody((chunk) => {
      if (session.running) stdin.write(chunk);
    });
  }

  #reset(session: Session, { id, time_ms, seed }: ResetRequest): void {
    needNoRun(session);
    if (time_ms === undefined || seed === undefined) return this.#renew(session, id);
    const { restore } = this.#parts;
    if (restore === undefined) {
      const rule = "can be set only where the agent is the guest's first process";
      throw new ProtocolError("bad_request", rule, "time_ms");
    }
    session.connection.pause();
    restore.ask(time_ms, seed, (failure) => {
      if (failure === undefined) return this.#renew(session, id);
      session.connection.refuse(restoreError(failure), id);
      session.connection.resume();
    });
  }

  #renew(session: Session, id: RequestId | undefined): void {
    session.leave();
    session.connection.pause();
    this.#parts.sandboxes.renew(() => {
      session.connection.answer(id, { type: "done" });
      session.connection.resume();
    });
  }
}

function needRun({ running }: Session): void {
  if (!running) {
    throw new ProtocolError("bad_request", "has nothing running on this connection", "type");
  }
}

function needNoRun({ owes }: Session): void {
  if (owes) throw new ProtocolError("busy", "must wait for the end of the run", "type");
}

/** What is put is meant for the next run: not for a sandbox that is spent. */
function toPut(session: Session): void {
  needNoRun(session);
  if (session.isSpent) session.leave();
}

/** The kernel takes no time before its own start, nor one that its clock cannot hold. */
function restoreError({ step, errno }: RestoreFailure): ProtocolError {
  return step === "set the clock" && errno === "EINVAL"
    ? new ProtocolError("bad_request", "must be a time that the kernel accepts", "time_ms")
    : new ProtocolError("internal", `could not be used: ${step}: ${errno}`, "seed");
}
