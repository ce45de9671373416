// The samples of a run, by row, peer and round. All are kept until the end.

import {
  catalogue,
  type PeerKey,
  peers,
  type RowKey,
  type RowKind,
  type Target,
} from "./catalogue.ts";
import { type Ratio, ratioOf, summarize, type Summary } from "./statistics.ts";

/** The result of a row for one peer. */
export interface PeerResult extends Summary {
  readonly key: PeerKey;
  readonly name: string;
  /** Sallyport's median over the peer's. Below 1 is good for times, above 1 for rates. */
  readonly ratio: Ratio;
}

/** A target and whether this run reached it. */
export interface Verdict {
  readonly target: Target;
  readonly text: string;
  readonly reached: boolean;
}

/** One finished row. */
export interface RowResult extends Summary {
  readonly key: RowKey;
  readonly section: string;
  readonly name: string;
  readonly unit: RowKind["unit"];
  readonly peers: readonly PeerResult[];
  readonly verdicts: readonly Verdict[];
}

interface Samples {
  readonly own: (number[] | undefined)[];
  readonly peers: Map<PeerKey, (number[] | undefined)[]>;
}

/** Collects samples. */
export class Rows {
  readonly #all = new Map<RowKey, Samples>();
  /** The round that samples are added to. */
  round = 0;

  /** Adds samples of this round to a row, or to one of its peers. */
  add(key: RowKey, samples: readonly number[], peer?: PeerKey): void {
    let row = this.#all.get(key);
    if (row === undefined) this.#all.set(key, row = { own: [], peers: new Map() });
    let rounds = row.own;
    if (peer !== undefined) {
      rounds = row.peers.get(peer) ?? [];
      row.peers.set(peer, rounds);
    }
    (rounds[this.round] ??= []).push(...samples);
  }

  /** The rows that have samples, in the catalogue's order. */
  results(): RowResult[] {
    return (Object.keys(catalogue) as RowKey[]).flatMap((key) => {
      const row = this.#all.get(key);
      return row === undefined ? [] : [finish(key, row)];
    });
  }
}

function finish(key: RowKey, { own, peers: beside }: Samples): RowResult {
  const { section, name, unit, targets }: RowKind = catalogue[key];
  const summary = summarize(own);
  const results = [...beside].map(([key, rounds]) => ({
    key,
    name: peers[key],
    ...summarize(rounds),
    ratio: ratioOf(own, rounds),
  }));
  const verdicts = targets.flatMap((target) => {
    const value = target.peer === undefined
      ? summary.p50
      : results.find(({ key }) => key === target.peer)?.ratio.value;
    if (value === undefined || Number.isNaN(value)) return []; // the peer is not installed
    return [{ target, text: targetText(target, unit), reached: isReached(target, value) }];
  });
  return { key, section, name, unit, ...summary, peers: results, verdicts };
}

/** Whether a figure reaches its target. */
export function isReached({ most = Infinity, least = -Infinity }: Target, value: number): boolean {
  return value <= most && value >= least;
}

function targetText({ peer, most, least }: Target, unit: string): string {
  const of = peer === undefined ? (unit === "" ? "" : ` ${unit}`) : " x";
  const bounds = [
    least === undefined ? "" : `>= ${least}${of}`,
    most === undefined ? "" : `<= ${most}${of}`,
  ];
  return bounds.filter((bound) => bound !== "").join(" and ");
}
