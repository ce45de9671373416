// Random numbers that are the same for the same seed.

/** Rounds after which two seeds that differ in one bit have nothing in common. */
const ROUNDS = 20;

/** From 0 up to 1: sfc32 of Chris Doty-Humphrey's PractRand. */
export function seededRandom(seed: number): () => number {
  let [a, b, c, counter] = [seed | 0, 0, 0, 1];
  const next = () => {
    const mixed = (a + b | 0) + counter | 0;
    counter = counter + 1 | 0;
    a = b ^ b >>> 9;
    b = c + (c << 3) | 0;
    c = (c << 21 | c >>> 11) + mixed | 0;
    return (mixed >>> 0) / 2 ** 32;
  };
  for (let round = 0; round < ROUNDS; round++) next();
  return next;
}

/** Times between arrivals that know nothing of each other. */
export function exponential(mean: number, random: () => number): number {
  return -mean * Math.log(1 - random());
}
