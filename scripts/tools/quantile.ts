// Quantiles of samples.

/**
 * The value below which `share` of the samples lie, interpolated between neighbours. NaN without
 * samples.
 */
export function quantile(samples: ArrayLike<number>, share: number): number {
  const sorted = Float64Array.from(samples).sort();
  const at = (sorted.length - 1) * share;
  const below = Math.floor(at);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted.length === 0 ? NaN : sorted[below] + (sorted[above] - sorted[below]) * (at - below);
}

/** The one in the middle. */
export function median(samples: ArrayLike<number>): number {
  return quantile(samples, 0.5);
}
