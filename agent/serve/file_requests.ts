// Carries out put, get and list: files between a connection and its sandbox.
//
// The connection waits while the keeper opens, and while a file is on its way; a file that cannot
// be written any more is read to its end and refused once. Nothing here may outlive its connection:
// a descriptor is closed at the end of the request, or when the client goes.

import { E, errnoName } from "../../linux/errno.ts";
import { closeFd, ftruncate, readFd, writeFd } from "../../linux/fd.ts";
import type { Files } from "./files.ts";
import type { GetRequest, ListRequest, PutRequest } from "../../protocol/protocol.ts";
import { ProtocolError } from "../../protocol/protocol_error.ts";
import type { Session } from "./session.ts";

/** Bytes of a file that are read at once. */
const FILE_PIECE = 1 << 18;

/** The requests for files. Whoever dispatches them sees to it that the connection runs nothing. */
export class FileRequests {
  constructor(readonly files: Files) {}

  /** Writes the body that follows to a file; `done` when all of it is there. */
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
      this.files.create(sandbox, request.path, request.mode, (opened) => {
        if (opened instanceof ProtocolError) failure = opened;
        else if (connection.closed) closeFd(opened);
        else file = opened;
        if (request.bytes === 0) end();
        connection.resume();
      });
    });
  }

  /** Answers with a file's size and its content. */
  get(session: Session, request: GetRequest): void {
    const { connection } = session;
    connection.pause();
    session.withSandboxAtRest((sandbox) => {
      this.files.read(sandbox, request.path, (file) => {
        if (file instanceof ProtocolError) connection.refuse(file, request.id);
        else if (connection.closed) closeFd(file.fd);
        else {
          const { path } = request;
          connection.answer(request.id, { type: "file", path, bytes: file.size });
          connection.sendFrom(sourceOf(session, file.fd, file.size));
        }
        connection.resume();
      });
    });
  }

  /** Answers with a directory's entries. */
  list(session: Session, request: ListRequest): void {
    const { connection } = session;
    connection.pause();
    session.withSandboxAtRest((sandbox) => {
      this.files.list(sandbox, request.path ?? ".", (list) => {
        if (list instanceof ProtocolError) connection.refuse(list, request.id);
        else {
          const { entries, truncated } = list;
          const said = truncated ? { truncated } : {};
          connection.answer(request.id, { type: "files", entries, ...said });
        }
        connection.resume();
      });
    });
  }
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

/**
 * The bytes of a file that was promised with its size; a file that got shorter ends the connection.
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
