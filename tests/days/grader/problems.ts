// The problems of the grader's day: each has 20 inputs, from the examples to the largest, and their
// answers.
//
// Inputs come from a generator with a fixed seed. Answers come from a solution of the problem's own,
// in another language than the submissions.

/** One test of a problem. */
export interface Test {
  readonly input: string;
  readonly answer: string;
}

/** Whole numbers from 0 up to `below`, always the same: Park and Miller's generator. */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => (state = state * 48271 % 2147483647) % below;
}

const numbers = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

/** Sizes of the 20 inputs, growing to `most`. */
const sizes = (most: number) => numbers(20, (i) => Math.ceil(most ** ((i + 1) / 20)));

function sumTest(count: number, index: number): Test {
  const random = generator(count + index + 1);
  const list = numbers(count, () => random(2_000_000_000) - (index % 3 === 0 ? 1_000_000_000 : 0));
  const answer = list.reduce((sum, one) => sum + BigInt(one), 0n);
  return { input: `${count}\n${list.join(" ")}\n`, answer: `${answer}` };
}

function primesTest(most: number): Test {
  const composite = new Uint8Array(most + 1);
  let count = 0;
  for (let i = 2; i <= most; i++) {
    if (composite[i] === 0) count++;
    else continue;
    for (let j = i * i; j <= most; j += i) composite[j] = 1;
  }
  return { input: `${most}\n`, answer: `${count}` };
}

function wordsTest(count: number, index: number): Test {
  const random = generator(count + index + 1);
  const letters = (many: number) => numbers(many, () => 97 + random(6));
  const list = numbers(count, () => String.fromCharCode(...letters(1 + random(3))));
  const counts = new Map<string, number>();
  for (const word of list) counts.set(word, (counts.get(word) ?? 0) + 1);
  const sorted = [...counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
  const answer = sorted.map(([word, many]) => `${word} ${many}`).join("\n");
  return { input: `${list.join(index % 2 === 0 ? " " : "\n")}\n`, answer };
}

function pathTest(count: number, index: number): Test {
  const random = generator(count + index + 1);
  const nodes = count + 1;
  const edges = numbers(nodes * 3, () => [1 + random(nodes), 1 + random(nodes), 1 + random(1000)]);
  const best: number[] = Array(nodes + 1).fill(Infinity);
  best[1] = 0;
  for (let changed = true; changed;) {
    changed = false;
    for (const [from, to, length] of edges) {
      if (best[from] + length >= best[to]) continue;
      best[to] = best[from] + length;
      changed = true;
    }
  }
  const lines = edges.map((edge) => edge.join(" "));
  const answer = Number.isFinite(best[nodes]) ? best[nodes] : -1;
  return { input: `${nodes} ${edges.length}\n${lines.join("\n")}\n`, answer: `${answer}` };
}

/** Tests by the name of their problem: how submissions begin their names. */
export const problems: Readonly<Record<string, readonly Test[]>> = {
  sum: sizes(20_000).map(sumTest),
  primes: sizes(2_000_000).map(primesTest),
  words: sizes(5_000).map(wordsTest),
  path: sizes(2_000).map(pathTest),
};
