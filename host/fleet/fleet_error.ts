// What a fleet throws, and the server's many errors in its words.

import { JetStreamApiError } from "@nats-io/jetstream";
import { errors } from "@nats-io/transport-node";

/** Why something could not be done. */
export type FleetErrorKind =
  /** Nobody answers: no server, no connection, or no JetStream. */
  | "unreachable"
  /** The server refuses the name or secret. */
  | "not_allowed"
  /** The server refuses this subject to this user. */
  | "not_permitted"
  /** The streams are not there: nobody has prepared the server. */
  | "not_prepared"
  /** A stream or bucket has no room. */
  | "full"
  /** It took longer than the caller would wait. */
  | "late"
  /** What came cannot be read. */
  | "malformed"
  | "server";

/** An error of a fleet. */
export class FleetError extends Error {
  override readonly name = "FleetError";
  /** @param message What could not be done, and why, in a person's words. */
  constructor(readonly kind: FleetErrorKind, message: string, options?: ErrorOptions) {
    super(message, options);
  }
}

/** The server's codes that say that a stream has no room. */
const FULL = new Set([10023, 10047, 10077]);
/** And that something is not there. */
const MISSING = new Set([10014, 10059]);

/** The kind of anything that the library throws. */
export function kindOf(error: unknown): FleetErrorKind {
  if (error instanceof FleetError) return error.kind;
  if (!(error instanceof Error)) return "server";
  const causes = [error, error.cause].filter((one) => one instanceof Error);
  const is = (type: new (...args: never[]) => Error) => causes.some((one) => one instanceof type);
  if (is(errors.PermissionViolationError)) return "not_permitted";
  if (is(errors.AuthorizationError) || is(errors.UserAuthenticationExpiredError)) {
    return "not_allowed";
  }
  for (const cause of causes) {
    if (!(cause instanceof JetStreamApiError)) continue;
    if (FULL.has(cause.code) || /maximum (bytes|messages)|insufficient/.test(cause.message)) {
      return "full";
    }
    if (MISSING.has(cause.code)) return "not_prepared";
    return cause.status === 503 ? "unreachable" : "server";
  }
  const said = causes.map((one) => `${one.name} ${one.message}`).join(" ");
  if (/Timeout|NoResponders|no responders|not enabled|Connection|CONN|EOF|Draining/i.test(said)) {
    return "unreachable";
  }
  return "server";
}

/** Anything that the library throws, in the words of a fleet. */
export function fleetError(what: string, cause: unknown): FleetError {
  if (cause instanceof FleetError) return cause;
  const said = cause instanceof Error ? cause.message : String(cause);
  return new FleetError(kindOf(cause), `${what}: ${said}`, { cause });
}
