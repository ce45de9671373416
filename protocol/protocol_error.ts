// What a client did wrong, as one error that knows its wire code.
//
// Such an error is answered with one `error` message and forgotten. It must never end the agent,
// and its text must never grow with what the client sent.

/** Every `code` an `error` message may carry. */
export const errorCodes = [
  "bad_request",
  "too_large",
  "unknown_language",
  "busy",
  "not_found",
  "forbidden_path",
  "no_space",
  "internal",
] as const;

/** One `code` of an `error` message. */
export type ErrorCode = (typeof errorCodes)[number];

/** Characters of a client's own text that an error repeats. */
const quotedLength = 64;

/** Shortens what a client wrote, so that an error about it stays one short line. */
export function clip(text: string): string {
  return text.length > quotedLength ? `${text.slice(0, quotedLength)}…` : text;
}

/** A request that is not carried out. Nothing else changed. */
export class ProtocolError extends Error {
  /** What `Error.prototype.toString` begins with. */
  override readonly name = "ProtocolError";
  /** The code on the wire. */
  readonly code: ErrorCode;
  /** The rule that was broken: "must be an integer from 1 to 30000". */
  readonly rule: string;
  /**
   * The field that broke it, with dots between levels ("limits.cpu_ms"). Absent: the whole message.
   */
  readonly field: string | undefined;

  /**
   * Says what was broken.
   *
   * @param code The code on the wire.
   * @param rule The rule that was broken, to be read after the field's name.
   * @param field The field that broke it.
   * @param options The `cause`.
   */
  constructor(code: ErrorCode, rule: string, field?: string, options?: ErrorOptions) {
    super(
      field === undefined
        ? `Cannot accept the message: it ${rule}`
        : `Cannot accept "${field}": it ${rule}`,
      options,
    );
    this.code = code;
    this.rule = rule;
    this.field = field;
  }
}
