// What a failed call on a client's path means to the client.

import { E, errnoName } from "../../linux/errno.ts";
import { ProtocolError } from "../../protocol/protocol_error.ts";

/**
 * The error that a client gets.
 *
 * @param errno Why the kernel refused it, positive.
 */
export function fileProblem(errno: number): ProtocolError {
  switch (errno) {
    case E.ENOENT:
      return new ProtocolError("not_found", "must be the path of a file that is there", "path");
    case E.ENOTDIR:
      return new ProtocolError("not_found", "must not lead through a file", "path");
    case E.EISDIR:
    case E.ENXIO:
    case E.ENODEV:
      return new ProtocolError("not_found", "must be a regular file", "path");
    case E.EEXIST:
      return new ProtocolError("forbidden_path", "must not be there already", "path");
    case E.ENOTEMPTY:
      return new ProtocolError(
        "forbidden_path",
        'must be empty, or removed with "recursive"',
        "path",
      );
    case E.ELOOP:
    case E.EXDEV:
      return new ProtocolError("forbidden_path", "must not lead through a link", "path");
    case E.EACCES:
    case E.EPERM:
      return new ProtocolError("forbidden_path", "must be open to the sandbox's owner", "path");
    case E.ENOSPC:
    case E.EDQUOT:
      return new ProtocolError("no_space", "must find room in the sandbox directory", "path");
    default:
      return new ProtocolError("internal", `could not be used (${errnoName(errno)})`, "path");
  }
}
