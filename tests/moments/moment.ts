// What a moment is: something that happens to one process, at some time after the load began.

import { type Random, seededRandom } from "../helpers/seeded.ts";

/** To whom it happens. */
export const victims = ["agent", "zygote", "keeper", "runner", "client"] as const;
/** To whom it happens. */
export type Victim = typeof victims[number];

/**
 * What happens. kill: SIGKILL. stop: SIGSTOP, and SIGCONT two seconds later. descriptors, memory: the
 * process may have hardly more than it has, for a while. disk: another process fills its sandbox's
 * file systems, for a while; the agent's are all of them.
 */
export type Kind = "kill" | "stop" | "descriptors" | "memory" | "disk";

/** How long one stays stopped. */
export const STOP_MS = 2000;

/** What can happen to whom, each as often as it is to. Only a sandbox has a disk. */
export const kinds: Readonly<Record<Victim, readonly Kind[]>> = {
  agent: ["kill", "kill", "stop", "descriptors", "descriptors", "memory", "memory", "disk"],
  zygote: ["kill", "kill", "stop", "descriptors", "descriptors", "memory", "memory"],
  keeper: ["kill", "kill", "kill", "stop", "descriptors", "memory", "disk", "disk"],
  runner: ["kill", "kill", "kill", "stop", "descriptors", "memory"],
  client: ["kill", "kill", "stop", "descriptors", "memory"],
};

/** One moment: all of it follows from the seed and its number. */
export interface Moment {
  readonly number: number;
  readonly victim: Victim;
  readonly kind: Kind;
  /** Time after the load began. */
  readonly afterMs: number;
  /** How long it lasts, where it does. */
  readonly holdMs: number;
  /** How much more than it has the victim may have: descriptors, or units of 64 KiB. */
  readonly room: number;
  readonly connections: number;
  /** Of the load. */
  readonly seed: number;
  /** Decides among several victims. */
  readonly random: Random;
}

/** The moment of that number. */
export function momentOf(seed: number, number: number, of: readonly Victim[] = victims): Moment {
  const random = seededRandom(seed * 1_000_003 + number);
  const victim = of[number % of.length];
  const kind = random.one(kinds[victim]);
  return {
    number,
    victim,
    kind,
    afterMs: random.below(random.below(2) === 0 ? 40 : 300),
    holdMs: kind === "kill" ? 0 : kind === "stop" ? STOP_MS : 20 + random.below(400),
    room: random.below(6),
    connections: 1 + random.below(4),
    seed: random.below(2 ** 31),
    random,
  };
}

/** A moment in words. */
export function named({ number, victim, kind, afterMs, holdMs, room }: Moment): string {
  const lasts = holdMs === 0 ? "" : `, for ${holdMs} ms`;
  const within = kind === "descriptors" || kind === "memory" ? `, room ${room}` : "";
  return `moment ${number}: ${victim}, ${kind} after ${afterMs} ms${lasts}${within}`;
}
