// A client's mistake, as an error that has a code on the wire.
//
// The agent answers such an error with one `error` message and goes on. It must never end the
// agent, and its text must never grow with the client's input.

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

/** The most characters of a client's text that an error quotes. */
const quotedLength = 64;

/** Shortens what a client wrote, so that an error about it stays one short line. */
export function clip(text: string): string {
  return text.length > quotedLength ? `${text.slice(0, quotedLength)}…` : text;
}

/** A refused request. The refusal changes nothing else. */
export class ProtocolError extends Error {
  /** The start of the text that `Error.prototype.toString` returns. */
  override readonly name = "ProtocolError";
  /** The code on the wire. */
  readonly code: ErrorCode;
  /** The rule that was broken: "must be an integer from 1 to 30000". */
  readonly rule: string;
  /**
   * The field that broke it, with dots between levels ("limits.cpu_ms"). Absent for the whole
   * message.
   */
  readonly field: string | undefined;

  /**
   * Describes the broken rule.
   *
   * @param code The code on the wire.
   * @param rule The broken rule, worded to follow the field's name.
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
