// Carries out the requests for files, between a connection and its sandbox.
//
// The connection pauses while the keeper opens a file, and while a file is transferred. If a file
// can no longer be written, the rest of its body is read and the request is refused once. Nothing
// here may outlive its connection: a descriptor is closed at the end of the request, or when the
// client leaves.

import { E, errnoName } from "../../linux/errno.ts";
import { closeFd, ftruncate, readFd, writeFd } from "../../linux/fd.ts";
import type {
  GetRequest,
  LinkRequest,
  ListRequest,
  MkdirRequest,
  PutRequest,
  RemoveRequest,
  RequestId,
} from "../../protocol/protocol.ts";
import { ProtocolError } from "../../protocol/protocol_error.ts";
import type { Platform } from "../../sandbox/layout.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import type { Connection } from "./connection.ts";
import { type Done, Files } from "./files.ts";
import { Listing } from "./listing.ts";
import { Removal } from "./removal.ts";
import type { Session } from "./session.ts";

/** Bytes of a file to read at once. */
const FILE_PIECE = 1 << 18;

/** The file requests. The caller makes sure that the connection has no run under way. */
export class FileRequests {
  readonly #files: Files;
  readonly #listing: Listing;
  readonly #removal: Removal;

  constructor(platform: Platform) {
    this.#files = new Files(platform);
    this.#listing = new Listing(platform.arch);
    this.#removal = new Removal(platform.arch);
  }

  /** Writes the body that follows to a file, and sends `done` when it is complete. */
  put(session: Session, request: PutRequest): void {
    const { connection } = session;
    let file = -1;
    let failure: ProtocolError | undefined;
    connection.pause();
    const end = () => {
      if (file >= 0) closeFd(file);
      file = -1;
      if (failure === undefined) connection.answer(request.id, { type: "done" });
      else connection.refuse(failure, request.id);
    };
    if (request.bytes > 0) {
      connection.takeBody((chunk, remaining) => {
        if (failure === undefined) failure = writeAll(file, chunk);
        if (remaining === 0) end();
      });
      session.onAbandoned = () => {
        if (file >= 0) closeFd(file);
        file = -1;
      };
    }
    session.withSandboxAtRest((sandbox) => {
      this.#files.create(sandbox, request.path, request.mode, (opened) => {
        if (opened instanceof ProtocolError) failure = opened;
        else if (connection.closed) closeFd(opened);
        else file = opened;
        if (request.bytes === 0) end();
        connection.resume();
      });
    }, (problem) => {
      failure = problem;
      if (request.bytes === 0) end();
      connection.resume();
    });
  }

  /** Answers with a file's size and content. */
  get(session: Session, request: GetRequest): void {
    const { connection } = session;
    connection.pause();
    session.withSandboxAtRest((sandbox) => {
      this.#files.read(sandbox, request.path, (file) => {
        if (file instanceof ProtocolError) connection.refuse(file, request.id);
        else if (connection.closed) closeFd(file.fd);
        else {
          const { path } = request;
          connection.answer(request.id, { type: "file", path, bytes: file.size });
          connection.sendFrom(sourceOf(session, file.fd, file.size));
        }
        connection.resume();
      });
    }, (problem) => refuse(connection, problem, request.id));
  }

  /** Answers with a page of a directory's entries. */
  list(session: Session, { id, path = ".", recursive = false, cursor }: ListRequest): void {
    const { connection } = session;
    connection.pause();
    session.withSandboxAtRest((sandbox) => {
      this.#listing.list(sandbox, path, recursive, cursor, (page) => {
        if (page instanceof ProtocolError) connection.refuse(page, id);
        else connection.answer(id, { type: "files", ...page });
        connection.resume();
      });
    }, (problem) => refuse(connection, problem, id));
  }

  /** Makes a directory. */
  mkdir(session: Session, { id, path, mode }: MkdirRequest): void {
    this.#change(session, id, (sandbox, done) => {
      this.#files.makeDirectory(sandbox, path, mode, done);
    });
  }

  /** Makes a symbolic link. */
  link(session: Session, { id, path, target }: LinkRequest): void {
    this.#change(session, id, (sandbox, done) => {
      this.#files.makeLink(sandbox, path, target, done);
    });
  }

  /** Removes a file, or a directory. */
  remove(session: Session, { id, path, recursive = false }: RemoveRequest): void {
    this.#change(session, id, (sandbox, done) => {
      this.#removal.remove(sandbox, path, recursive, done);
    });
  }

  /** A request that is answered by `done`. */
  #change(
    session: Session,
    id: RequestId | undefined,
    change: (sandbox: Sandbox, done: Done) => void,
  ): void {
    const { connection } = session;
    connection.pause();
    session.withSandboxAtRest((sandbox) => {
      change(sandbox, (problem) => {
        if (problem === undefined) connection.answer(id, { type: "done" });
        else connection.refuse(problem, id);
        connection.resume();
      });
    }, (problem) => refuse(connection, problem, id));
  }
}

/** Answers a request that paused its connection. */
function refuse(connection: Connection, problem: ProtocolError, id: RequestId | undefined): void {
  connection.refuse(problem, id);
  connection.resume();
}

/** Writes a chunk of a put. Writing to tmpfs never blocks. */
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

/**
 * The bytes of a file whose size was already sent. If the file got shorter, the connection ends.
 */
function sourceOf(session: Session, fd: number, size: number): () => Uint8Array | undefined {
  let left = size;
  const end = () => {
    if (fd >= 0) closeFd(fd);
    fd = -1;
    session.onAbandoned = () => {};
    return undefined;
  };
  session.onAbandoned = end;
  return () => {
    if (left === 0 || fd < 0) return end();
    const piece = new Uint8Array(Math.min(FILE_PIECE, left));
    const count = readFd(fd, piece);
    if (count <= 0) {
      end();
      session.connection.close();
      return undefined;
    }
    left -= count;
    return piece.subarray(0, count);
  };
}
