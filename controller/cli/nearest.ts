// What a person who mistyped a word may have meant.

/** The fewest letters to change, add, leave out or swap to make one word of another. */
export function distance(one: string, other: string): number {
  let before: number[] = [];
  let row = Array.from({ length: other.length + 1 }, (_, i) => i);
  for (let i = 1; i <= one.length; i++) {
    const next = [i];
    for (let j = 1; j <= other.length; j++) {
      const same = one[i - 1] === other[j - 1];
      next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (same ? 0 : 1));
      const swapped = i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1];
      if (swapped) next[j] = Math.min(next[j], before[j - 2] + 1);
    }
    [before, row] = [row, next];
  }
  return row[other.length];
}

/** The nearest of `words`, or undefined if none is near. */
export function nearest(word: string, words: Iterable<string>): string | undefined {
  const most = Math.max(1, Math.floor(word.length / 3));
  let best: { word: string; far: number } | undefined;
  for (const each of words) {
    const far = each.startsWith(word) && word.length > 1 ? 0.5 : distance(word, each);
    if (far <= most && (best === undefined || far < best.far)) best = { word: each, far };
  }
  return best?.word;
}

/** '; did you mean "X"?', or nothing. `show` writes the word as a person types it. */
export function didYouMean(
  word: string,
  words: Iterable<string>,
  show: (word: string) => string = (word) => word,
): string {
  const found = nearest(word, words);
  return found === undefined ? "" : `; did you mean "${show(found)}"?`;
}
