// Why a run or a lease has no result, and whether its program may have begun.

/** Why. */
export type PoolErrorKind =
  /** Too many wait already. */
  | "full"
  /** Its time in the line is over. */
  | "deadline"
  /** Its caller gave it up while it waited. */
  | "cancelled"
  /** The pool takes nothing new. */
  | "draining"
  /** The pool has ended. */
  | "closed"
  /** No machine can be started. The message says why the last one could not. */
  | "no_machine"
  /** The machine was lost. */
  | "lost";

/** Whether the program ran: "perhaps" where it was sent and nothing was heard of it. */
export type Began = "no" | "perhaps" | "yes";

/** What the pool throws. */
export class PoolError extends Error {
  override readonly name = "PoolError";

  /**
   * @param kind Why.
   * @param message What could not be done, and why, in a person's words.
   * @param began Whether the program ran.
   */
  constructor(
    readonly kind: PoolErrorKind,
    message: string,
    readonly began: Began = "no",
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
