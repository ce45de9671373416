// How long something takes: a distribution made of measured times.

/** One point: the part of all times that are at most `value`. */
export type Point = readonly [part: number, value: number];

/** Times between two points are taken to be spread evenly. */
export class Distribution {
  readonly mean: number;
  /** Variance by the square of the mean: 0 for equal times, 1 for exponential ones. */
  readonly scv: number;

  /** @throws TypeError unless the points go up from part 0 to part 1. */
  constructor(readonly points: readonly Point[]) {
    const [first, last] = [points[0], points.at(-1)];
    const rises = points.every(([part, value], index) => {
      const [before, least] = points[index - 1] ?? [-1, 0];
      return part > before && value >= least;
    });
    if (first?.[0] !== 0 || last?.[0] !== 1 || !rises) {
      throw new TypeError("Cannot make a distribution of points that do not rise from 0 to 1");
    }
    let [mean, square] = [0, 0];
    for (let index = 1; index < points.length; index++) {
      const [[from, a], [to, b]] = [points[index - 1], points[index]];
      mean += (to - from) * (a + b) / 2;
      square += (to - from) * (a * a + a * b + b * b) / 3;
    }
    this.mean = mean;
    this.scv = mean === 0 ? 0 : Math.max(0, square / (mean * mean) - 1);
  }

  /** Of times that were measured. */
  static of(times: readonly number[]): Distribution {
    const sorted = times.toSorted((a, b) => a - b);
    if (sorted.length === 1) sorted.push(sorted[0]);
    return new Distribution(sorted.map((value, index) => [index / (sorted.length - 1), value]));
  }

  /** The time that the part `part` of all times does not exceed. */
  quantile(part: number): number {
    let [low, high] = [0, this.points.length - 1];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.points[middle][0] <= part) low = middle;
      else high = middle;
    }
    const [[from, a], [to, b]] = [this.points[low], this.points[high]];
    return a + (b - a) * Math.min(1, (part - from) / (to - from));
  }

  /** One time by chance. */
  sample(random: () => number): number {
    return this.quantile(random());
  }
}

/** The quantile of a list of times; of an empty one NaN. */
export function quantileOf(times: readonly number[], part: number): number {
  return times.length === 0 ? NaN : Distribution.of(times).quantile(part);
}
