// Places for connections: how many there are, and whose is given to the next one.
//
// Whoever asks for something keeps a place for a while, with `ping` as long as it likes. Nobody
// loses one while something is under way. Nobody can take them all, whatever is asked.

/** How many places there are, and how long one is kept. */
export const placeRules = {
  /** Connections at once. */
  all: 12,
  /** Connections at once of one peer: of one context id, or of one user at a Unix socket. */
  ofOnePeer: 8,
  /** How long after its last request, or its last piece of an answer, a client keeps its place. */
  keptMs: 10_000,
};

/** A connection that waits for its client. */
export interface Idle {
  /** When its client last got on with something; on the loop's clock. */
  readonly since: number;
  /** Whether it has ever made a whole request. */
  readonly asked: boolean;
}

/** Whoever has a place. */
export interface Holder {
  /** Whom it belongs to. */
  readonly peer: string;
  /** Undefined while something is under way. */
  readonly idle: Idle | undefined;
}

/** `free`: there is a place. A holder: its place can be had. `taken`: none can. */
export type Answer<H> = "free" | "taken" | H;

/** What a new connection of `peer` finds. */
export function placeFor<H extends Holder>(
  holders: Iterable<H>,
  peer: string,
  now: number,
): Answer<H> {
  const all = [...holders];
  const own = all.filter((holder) => holder.peer === peer);
  const crowd = own.length >= placeRules.ofOnePeer ? own : all;
  if (crowd === all && all.length < placeRules.all) return "free";
  return crowd.filter((holder) => givesWay(holder, now)).sort(soonest)[0] ?? "taken";
}

/** Who never asked for anything gives way at once. */
function givesWay({ idle }: Holder, now: number): boolean {
  return idle !== undefined && (!idle.asked || now - idle.since >= placeRules.keptMs);
}

/** First who never asked, and then who has been idle for longest. */
function soonest({ idle: a }: Holder, { idle: b }: Holder): number {
  return Number(a!.asked) - Number(b!.asked) || a!.since - b!.since;
}
