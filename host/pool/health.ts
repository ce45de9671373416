// Whether a machine is alive: it answers a ping in time.

import { type Clock, LATE, within } from "./clock.ts";
import type { JobClient } from "./machine_source.ts";
import type { Member } from "./member.ts";

/** How often machines are asked, and how long they may take. */
export interface HealthOptions {
  readonly everyMs: number;
  readonly answerMs: number;
}

/** A machine that answered so recently is not asked again before it gets a job. */
const FRESH_MS = 50;

/** What is wrong with a machine. */
export interface Unwell {
  readonly why: string;
  /** Its connection is lost: it may be ending by itself, and then knows better why. */
  readonly isLost: boolean;
}

/** Asks a machine for a sign of life. Returns null, or what is wrong with it. */
export async function whyUnwell<C extends JobClient>(
  member: Member<C>,
  clock: Clock,
  answerMs: number,
): Promise<Unwell | null> {
  try {
    const answer = await within(clock, answerMs, member.pulse!.ping());
    if (answer === LATE) {
      return { why: `gave no sign of life for ${answerMs} ms`, isLost: false };
    }
    member.heardAt = clock.now();
    return null;
  } catch (error) {
    return { why: `lost its connection: ${(error as Error).message}`, isLost: true };
  }
}

/** The same, before a job is handed over: does not ask one that has just answered. */
export async function whyUnfit<C extends JobClient>(
  member: Member<C>,
  clock: Clock,
  answerMs: number,
): Promise<Unwell | null> {
  if (clock.now() - member.heardAt < FRESH_MS) return null;
  return await whyUnwell(member, clock, answerMs);
}
