// Carries out requests: what each message of the protocol does.
//
// One run at a time for the whole agent; a sandbox belongs to one connection at most. Every request
// gets its answer, and a refused one changes nothing.

import { signalNumber } from "../../linux/signals.ts";
import type { CompiledPolicy } from "../../policy/compiled.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import type { Connection, Dispatcher } from "./connection.ts";
import { withDefaults } from "../run/defaults.ts";
import { FileRequests } from "./file_requests.ts";
import type { Files } from "./files.ts";
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
import type { Refresh, RefreshFailure } from "../pid1/restore_guard.ts";
import type { Run } from "../run/run.ts";
import type { Sandboxes } from "../pool/sandboxes.ts";
import { STDIN_WINDOW } from "../run/stdin.ts";

const encoder = new TextEncoder();

/** The agent's side of the protocol. */
export class Service implements Dispatcher {
  readonly #rules: RequestRules;
  readonly #files: FileRequests;
  /** Whose run is under way. */
  #runner: Connection | undefined;

  constructor(
    readonly policy: CompiledPolicy,
    readonly info: Omit<InfoReply, "type" | "id">,
    readonly run: Run,
    readonly sandboxes: Sandboxes,
    files: Files,
    /** Only where the agent is the guest's first process. */
    readonly refresh: Refresh | undefined,
    readonly forget: (connection: Connection) => void,
  ) {
    const languages = new Set(info.languages.map(({ name }) => name));
    const cgroup = info.hardening.some(({ layer, on }) => layer === "cgroup" && on);
    const unenforced = new Set<RequestLimit>(cgroup ? [] : ["cpu_percent"]);
    this.#rules = { limits: policy.limits, languages, unenforced };
    this.#files = new FileRequests(files, (connection, use) => {
      this.#withSandboxAtRest(connection, use);
    });
  }

  onRequest(connection: Connection, value: Record<string, unknown>, bytes: number): void {
    const request = parseRequest(value, this.#rules);
    if (
      bytes > 0 && (request.type !== "run" && request.type !== "put" && request.type !== "stdin")
    ) {
      throw new ProtocolError("bad_request", "takes no body", "bytes");
    }
    this.#carryOut(connection, request);
  }

  onClosed(connection: Connection): void {
    if (this.#runner === connection) this.run.stop({ kind: "cancelled" });
    else this.#leave(connection);
    this.forget(connection);
  }

  #carryOut(connection: Connection, request: Request): void {
    switch (request.type) {
      case "run":
        return this.#takeCode(connection, request);
      case "put":
        this.#needNoRun(connection);
        this.#leaveUsed(connection); // what is put is meant for the next run
        return this.#files.put(connection, request);
      case "get":
        this.#needNoRun(connection);
        return this.#files.get(connection, request);
      case "list":
        this.#needNoRun(connection);
        return this.#files.list(connection, request);
      case "stdin":
        return this.#stdin(connection, request);
      case "signal":
        this.#needRun(connection);
        this.run.signal(signalNumber(request.signal)!);
        return connection.answer(request.id, { type: "done" });
      case "cancel":
        this.#needRun(connection);
        return this.run.stop({ kind: "cancelled" });
      case "reset":
        return this.#reset(connection, request);
      case "ping":
        return connection.answer(request.id, { type: "pong" });
      case "info":
        return connection.answer(request.id, { type: "info", ...this.info });
    }
  }

  #takeCode(connection: Connection, request: RunRequest): void {
    if (request.code !== undefined || request.bytes === 0) {
      return this.#begin(connection, request, encoder.encode(request.code ?? ""));
    }
    const code = new Uint8Array(request.bytes!);
    connection.takeBody((chunk, remaining) => {
      code.set(chunk, code.length - remaining - chunk.length);
      if (remaining > 0) return;
      try {
        this.#begin(connection, request, code);
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error;
        connection.refuse(error, request.id);
      }
    });
  }

  #begin(connection: Connection, request: RunRequest, code: Uint8Array): void {
    if (this.run.busy) throw new ProtocolError("busy", "is already running something", "run");
    this.run.timeline.begin(connection.receivedAt);
    const streams = request.stdin !== undefined && "stream" in request.stdin;
    const told = streams ? { stdin_window: STDIN_WINDOW } : {};
    connection.answer(request.id, { type: "ack", ...told });
    this.run.timeline.mark("ack");
    this.#runner = connection;
    connection.running = true;
    connection.onWritable = () => this.run.onClientWritable();
    connection.onRunOver = (broken) => this.#over(connection, broken);
    this.run.begin(connection, withDefaults(request, code, this.policy));
    if (connection.sandbox?.used && !connection.keeps) {
      this.sandboxes.dropLater(connection.sandbox);
      connection.sandbox = undefined;
    }
    connection.keeps = request.keep ?? false;
    this.#withSandbox(connection, (sandbox) => this.run.use(sandbox));
  }

  #over(connection: Connection, broken: boolean): void {
    this.#runner = undefined;
    connection.running = false;
    connection.onWritable = () => {};
    if (connection.closed || broken) this.#leave(connection);
    this.sandboxes.onRunOver();
    if (!connection.closed) connection.process();
  }

  /** The connection's sandbox, or the prepared one, which is the connection's from now on. */
  #withSandbox(connection: Connection, use: (sandbox: Sandbox) => void): void {
    if (connection.sandbox !== undefined) return use(connection.sandbox);
    this.sandboxes.take((sandbox) => {
      connection.sandbox = sandbox;
      if (connection.closed && this.#runner !== connection) return this.#leave(connection);
      use(sandbox);
    });
  }

  /** As `#withSandbox`, when no job waits for it: then the next one is made at once. */
  #withSandboxAtRest(connection: Connection, use: (sandbox: Sandbox) => void): void {
    this.#withSandbox(connection, (sandbox) => {
      use(sandbox);
      this.sandboxes.prepare();
    });
  }

  /** A sandbox in which a job ran without `keep` ends when the connection's next one begins. */
  #leaveUsed(connection: Connection): void {
    if (connection.sandbox?.used && !connection.keeps) this.#leave(connection);
  }

  #leave(connection: Connection): void {
    if (connection.sandbox === undefined) return;
    this.sandboxes.drop(connection.sandbox);
    this.sandboxes.prepare();
    connection.sandbox = undefined;
    connection.keeps = false;
  }

  #needRun(connection: Connection): void {
    if (this.#runner !== connection) {
      throw new ProtocolError("bad_request", "has nothing running on this connection", "type");
    }
  }

  #needNoRun(connection: Connection): void {
    if (this.#runner === connection) {
      throw new ProtocolError("busy", "must wait for the end of the run", "type");
    }
  }

  #stdin(connection: Connection, request: StdinRequest): void {
    this.#needRun(connection);
    const { stdin } = this.run;
    const bytes = request.bytes ?? 0;
    if (!stdin.admit(bytes)) return;
    if (request.eof === true) return stdin.end();
    if (bytes === 0) return;
    connection.takeBody((chunk) => {
      if (this.#runner === connection) stdin.write(chunk);
    });
  }

  #reset(connection: Connection, { id, time_ms, seed }: ResetRequest): void {
    this.#needNoRun(connection);
    if (time_ms === undefined || seed === undefined) return this.#renew(connection, id);
    if (this.refresh === undefined) {
      const rule = "can be set only where the agent is the guest's first process";
      throw new ProtocolError("bad_request", rule, "time_ms");
    }
    connection.pause();
    this.refresh.ask(time_ms, seed, (failure) => {
      if (failure === undefined) return this.#renew(connection, id);
      connection.refuse(refreshError(failure), id);
      connection.resume();
    });
  }

  #renew(connection: Connection, id: RequestId | undefined): void {
    this.#leave(connection);
    connection.pause();
    this.sandboxes.renew(() => {
      connection.answer(id, { type: "done" });
      connection.resume();
    });
  }
}

/** The kernel takes no time before its own start, nor one that its clock cannot hold. */
function refreshError({ step, errno }: RefreshFailure): ProtocolError {
  return step === "set the clock" && errno === "EINVAL"
    ? new ProtocolError("bad_request", "must be a time that the kernel accepts", "time_ms")
    : new ProtocolError("internal", `could not be used: ${step}: ${errno}`, "seed");
}
