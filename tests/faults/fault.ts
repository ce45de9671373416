// What a fault is: one step of a launcher, or one call of the agent, that does not go as usual once.

/** What happens in place of the call, or beside it. */
export type Act =
  /** It is not made, and gives that error. */
  | { readonly kind: "errno"; readonly errno: number }
  /** It is made with half of the bytes. */
  | { readonly kind: "short" }
  /** It is made after that time. */
  | { readonly kind: "delay"; readonly ms: number }
  /** The process dies of a signal in its place. */
  | { readonly kind: "kill" };

/** Where it happens. */
export type Point =
  /** A row of a launcher's program, whose steps hash to `program`, the nth time that it is sent. */
  | {
    readonly by: "launcher";
    readonly program: string;
    readonly row: number;
    readonly nth: number;
  }
  /** The first row of that name, in the nth program that has one. */
  | { readonly by: "step"; readonly step: string; readonly nth: number }
  /** The nth call of that function by the agent. */
  | { readonly by: "agent"; readonly call: string; readonly nth: number };

/** One fault. */
export interface Fault {
  readonly point: Point;
  readonly act: Act;
  /** Whether it happens from that time on, each time. */
  readonly lasts?: boolean;
}

/** A program of a launcher as it was sent, and how often. */
export interface SentProgram {
  readonly id: string;
  readonly steps: readonly { readonly name: string; readonly call: string }[];
  readonly times: number;
}

/** What was seen between `watch` and `report`. */
export interface Seen {
  readonly programs: readonly SentProgram[];
  /** How often the agent called each function of the C library. */
  readonly calls: Readonly<Record<string, number>>;
  /** Whether the fault has happened. */
  readonly fired: boolean;
}

/** The type of the request by which a test asks the faulty agent. */
export const request = "fault-from-test";

/** The variable of the environment with the fault of a start, as JSON. */
export const startVariable = "SALLYPORT_START_FAULT";
