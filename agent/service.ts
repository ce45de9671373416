// Carries out requests: what each message of the protocol does.
//
// One run at a time for the whole agent; a sandbox belongs to one connection at most. Every request
// gets its answer, and a refused one changes nothing.

import { E, errnoName } from "../linux/errno.ts";
import { closeFd, ftruncate, readFd, writeFd } from "../linux/fd.ts";
import { signalNumber } from "../linux/signals.ts";
import type { CompiledPolicy } from "../policy/compiled.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";
import type { Connection, Dispatcher } from "./connection.ts";
import { withDefaults } from "./defaults.ts";
import type { Files } from "./files.ts";
import {
  type GetRequest,
  type InfoReply,
  type ListRequest,
  parseRequest,
  type PutRequest,
  type Request,
  type RequestId,
  type RequestRules,
  type RunRequest,
  type StdinRequest,
} from "./protocol.ts";
import { ProtocolError } from "./protocol_error.ts";
import type { Run } from "./run.ts";
import type { Sandboxes } from "./sandboxes.ts";

/** Bytes of a file that are read at once. */
const FILE_PIECE = 1 << 18;

const encoder = new TextEncoder();

/** An answer without the id, which is added where the request had one. */
type Answer = { type: string } & Record<string, unknown>;

/** The agent's side of the protocol. */
export class Service implements Dispatcher {
  readonly #rules: RequestRules;
  /** Whose run is under way. */
  #runner: Connection | undefined;

  constructor(
    readonly policy: CompiledPolicy,
    readonly info: Omit<InfoReply, "type" | "id">,
    readonly run: Run,
    readonly sandboxes: Sandboxes,
    readonly files: Files,
    readonly forget: (connection: Connection) => void,
  ) {
    const languages = new Set(info.languages.map(({ name }) => name));
    this.#rules = { limits: policy.limits, languages };
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
        return this.#put(connection, request);
      case "get":
        return this.#get(connection, request);
      case "list":
        return this.#list(connection, request);
      case "stdin":
        return this.#stdin(connection, request);
      case "signal":
        this.#needRun(connection);
        this.run.signal(signalNumber(request.signal)!);
        return answer(connection, request.id, { type: "done" });
      case "cancel":
        this.#needRun(connection);
        return this.run.stop({ kind: "cancelled" });
      case "reset":
        return this.#reset(connection, request.id);
      case "ping":
        return answer(connection, request.id, { type: "pong" });
      case "info":
        return answer(connection, request.id, { type: "info", ...this.info });
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
    answer(connection, request.id, { type: "ack" });
    this.run.timeline.mark("ack");
    this.#runner = connection;
    connection.running = true;
    connection.onWritable = () => this.run.onClientWritable();
    connection.onRunOver = (broken) => this.#over(connection, broken);
    this.run.begin(connection, withDefaults(request, code, this.policy));
    this.#leaveUsed(connection);
    connection.keeps = request.keep ?? false;
    this.#withSandbox(connection, (sandbox) => this.run.use(sandbox));
  }

  #over(connection: Connection, broken: boolean): void {
    this.#runner = undefined;
    connection.running = false;
    connection.onWritable = () => {};
    if (connection.closed || broken) this.#leave(connection);
    this.sandboxes.prepare();
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
    if (!this.run.request.stdinStreams) {
      throw new ProtocolError("bad_request", 'needs a run with "stdin": {"stream": true}', "type");
    }
    if (request.eof === true) return this.run.stdin.end();
    if (request.bytes === 0) return;
    const waits = () => this.#runner === connection && !this.run.stdin.hasRoom;
    connection.takeBody((chunk) => {
      if (this.#runner === connection) this.run.stdin.write(chunk);
    }, waits);
  }

  #reset(connection: Connection, id: RequestId | undefined): void {
    this.#needNoRun(connection);
    this.#leave(connection);
    connection.pause();
    this.sandboxes.renew(() => {
      answer(connection, id, { type: "done" });
      connection.resume();
    });
  }

  #put(connection: Connection, request: PutRequest): void {
    this.#needNoRun(connection);
    this.#leaveUsed(connection); // what is put is meant for the next run
    let file = -1;
    let failure: ProtocolError | undefined;
    connection.pause();
    const end = () => {
      if (file >= 0) closeFd(file);
      file = -1;
      if (failure === undefined) answer(connection, request.id, { type: "done" });
      else connection.refuse(failure, request.id);
    };
    if (request.bytes > 0) {
      connection.takeBody((chunk, remaining) => {
        if (failure === undefined) failure = writeAll(file, chunk);
        if (remaining === 0) end();
      });
      connection.onAbandoned = () => {
        if (file >= 0) closeFd(file);
        file = -1;
      };
    }
    this.#withSandboxAtRest(connection, (sandbox) => {
      this.files.create(sandbox, request.path, request.mode, (opened) => {
        if (opened instanceof ProtocolError) failure = opened;
        else if (connection.closed) closeFd(opened);
        else file = opened;
        if (request.bytes === 0) end();
        connection.resume();
      });
    });
  }

  #get(connection: Connection, request: GetRequest): void {
    this.#needNoRun(connection);
    connection.pause();
    this.#withSandboxAtRest(connection, (sandbox) => {
      this.files.read(sandbox, request.path, (file) => {
        if (file instanceof ProtocolError) connection.refuse(file, request.id);
        else if (connection.closed) closeFd(file.fd);
        else {
          const { path } = request;
          answer(connection, request.id, { type: "file", path, bytes: file.size });
          connection.sendFrom(sourceOf(connection, file.fd, file.size));
        }
        connection.resume();
      });
    });
  }

  #list(connection: Connection, request: ListRequest): void {
    this.#needNoRun(connection);
    connection.pause();
    this.#withSandboxAtRest(connection, (sandbox) => {
      this.files.list(sandbox, request.path ?? ".", (list) => {
        if (list instanceof ProtocolError) connection.refuse(list, request.id);
        else {
          const { entries, truncated } = list;
          const said = truncated ? { truncated } : {};
          answer(connection, request.id, { type: "files", entries, ...said });
        }
        connection.resume();
      });
    });
  }
}

function answer(connection: Connection, id: RequestId | undefined, message: Answer): void {
  connection.send(id === undefined ? message : { ...message, id });
}

/** Writes a chunk of a put; tmpfs never lets it wait. */
function writeAll(file: number, chunk: Uint8Array): ProtocolError | undefined {
  for (let at = 0; at < chunk.length;) {
    const count = writeFd(file, chunk.subarray(at));
    if (count === -E.EINTR) continue;
    if (count < 0) {
      ftruncate(file, 0);
      return count === -E.ENOSPC
        ? new ProtocolError("no_space", "must fit into the sandbox directory", "bytes")
        : new ProtocolError("internal", `could not be written (${errnoName(-count)})`, "path");
    }
    at += count;
  }
  return undefined;
}

/** The bytes of a file that was promised with its size; a file that got shorter ends the connection. */
function sourceOf(connection: Connection, fd: number, size: number): () => Uint8Array | undefined {
  let left = size;
  const end = () => {
    if (fd >= 0) closeFd(fd);
    fd = -1;
    connection.onAbandoned = () => {};
    return undefined;
  };
  connection.onAbandoned = end;
  return () => {
    if (left === 0 || fd < 0) return end();
    const piece = new Uint8Array(Math.min(FILE_PIECE, left));
    const count = readFd(fd, piece);
    if (count <= 0) {
      end();
      connection.close();
      return undefined;
    }
    left -= count;
    return piece.subarray(0, count);
  };
}
