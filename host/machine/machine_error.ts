// How starting or using a machine fails: one error with a kind, so that a caller can decide what to
// do, and with what the console said last, so that a person can see why.

/** Why something failed. */
export type MachineErrorKind =
  /** A program is missing on this host. */
  | "not_installed"
  /** The monitor cannot do that, here or at all. */
  | "unsupported"
  /** An option has a value that cannot be used. */
  | "bad_options"
  /** A file of the image is missing. */
  | "bad_image"
  /** The machine's directory, or another file of it, cannot be made or written. */
  | "directory"
  /** The monitor or the agent ended before the agent was ready. */
  | "boot_failed"
  /** The agent was not ready at the deadline. */
  | "timeout"
  /** The snapshot does not fit the options, or a restored guest could not be made new. */
  | "restore_failed"
  /** The machine is in another state than the call needs. */
  | "state"
  /** The machine has ended. */
  | "ended"
  /** The monitor refused a command, or cannot be spoken to. */
  | "monitor";

/** What a machine's methods throw. */
export class MachineError extends Error {
  override readonly name = "MachineError";

  /**
   * Keeps the last lines of the console and shows them in the message.
   *
   * @param kind Why.
   * @param message What could not be done, and why, in a person's words.
   * @param lines The last lines on the console; none when there was no console.
   */
  constructor(
    readonly kind: MachineErrorKind,
    message: string,
    readonly lines: readonly string[] = [],
    options?: ErrorOptions,
  ) {
    const shown = lines.slice(-6).map((line) => `\n  | ${line}`).join("");
    super(message + shown, options);
  }
}
