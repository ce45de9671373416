// Carries out requests: what each message of the protocol does.
//
// The whole agent has one run at a time, and a sandbox belongs to at most one connection. Every
// request gets its answer, and a refused one changes nothing.

import type { CompiledPolicy } from "../../policy/compiled.ts";
import type { Connection } from "./connection.ts";
import { noSandbox, type RequestHandler, Session } from "./session.ts";
import { FileRequests } from "./file_requests.ts";
import { RunRequests } from "./run_requests.ts";
import {
  type InfoReply,
  parseRequest,
  type Request,
  type RequestId,
  type RequestLimit,
  type RequestRules,
  type ResetRequest,
} from "../../protocol/protocol.ts";
import { ProtocolError } from "../../protocol/protocol_error.ts";
import type { Restore, RestoreFailure } from "../pid1/restore.ts";
import type { Loop } from "../core/loop.ts";
import type { Run } from "../run/run.ts";
import type { Platform } from "../../sandbox/layout.ts";
import type { Sandboxes } from "../pool/sandboxes.ts";

/** The parts a service uses. */
export interface ServiceParts {
  readonly loop: Loop;
  readonly policy: CompiledPolicy;
  /** What `info` answers; the languages' levels may change. */
  readonly info: () => Omit<InfoReply, "type" | "id">;
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
  readonly #runs: RunRequests;
  readonly #parts: ServiceParts;

  constructor(parts: ServiceParts) {
    const { policy } = parts;
    const info = parts.info();
    const languages = new Map(info.languages.map(({ name, profiles }) => [name, profiles]));
    const cgroup = info.hardening.some(({ layer, on }) => layer === "cgroup" && on);
    const unenforced = new Set<RequestLimit>(cgroup ? [] : ["cpu_percent"]);
    this.#rules = { limits: policy.limits, languages, unenforced };
    this.#files = new FileRequests(parts.platform);
    this.#runs = new RunRequests(parts.loop, parts.run, policy);
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
    this.#parts.sandboxes.onRunOver(broken);
    this.#runs.onRunOver();
    if (!session.connection.closed) session.connection.process();
  }

  isWaiting(session: Session): boolean {
    return this.#runs.isWaiting(session);
  }

  onClosed(session: Session): void {
    this.#runs.onClosed(session);
    this.#parts.forget(session.connection);
  }

  #carryOut(session: Session, request: Request): void {
    const { connection } = session;
    switch (request.type) {
      case "run":
        return this.#runs.begin(session, request);
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
        return this.#runs.stdin(session, request);
      case "signal":
        return this.#runs.signal(session, request);
      case "cancel":
        return this.#runs.cancel(session);
      case "reset":
        return this.#reset(session, request);
      case "ping":
        return connection.answer(request.id, { type: "pong" });
      case "info":
        return connection.answer(request.id, { type: "info", ...this.#parts.info() });
    }
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
    this.#parts.sandboxes.renew((failure) => {
      if (failure === undefined) session.connection.answer(id, { type: "done" });
      else session.connection.refuse(noSandbox(failure), id);
      session.connection.resume();
    });
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
