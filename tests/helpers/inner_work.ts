// Work that makes V8 and malloc use their rarer paths, done inside the hooked agent under its own
// filter.
//
// The agent's own code is small and soon optimized. What the runtime does besides (collecting,
// compiling, discarding code, returning memory) depends on load. Each kind of work runs for some
// milliseconds and must return: a syscall that is not on the agent's list would end the process.

type Shape = (...values: unknown[]) => unknown;

let shapes: Shape[] = [];

/**
 * Loads the functions but does not compile them: V8 compiles each when it is called, which is under
 * the filter.
 */
export async function readyWork(): Promise<void> {
  const source = Array.from(
    { length: 3000 },
    (_, i) =>
      `(a, b) => { let s = ${i}; for (let k = 0; k < 60; k++) { s = a[k % ${i % 7 + 1}] + (s ${
        "+-*^&|"[i % 6]
      } b.x${i % 5}); b.x${i % 5} = k; } return { s, y${i % 50}: [s, a.length] }; }`,
  );
  const url = `data:text/javascript,${encodeURIComponent(`export default [${source.join(",")}];`)}`;
  shapes = (await import(url)).default;
}

function during(ms: number, once: (round: number) => void): number {
  const end = performance.now() + ms;
  let round = 0;
  while (performance.now() < end) once(round++);
  return round;
}

let kept: unknown[] = [];

/**
 * Every kind of work by name. Each runs for the given milliseconds and returns how many rounds it
 * made.
 */
export const works: Readonly<Record<string, (ms: number) => number>> = {
  // Young and old generation, large objects, promotion, many collector threads. No WeakRef: its
  // target is kept until the runtime's event loop turns, and here it never does.
  garbage: (ms) =>
    during(ms, (round) => {
      kept.push(Array.from({ length: 2000 }, (_, i) => ({ i, text: `${round} ${i}`, next: [i] })));
      if (kept.length > 60) kept = kept.slice(50);
      const weak = new WeakMap(kept.map((value) => [value as object, [round]]));
      weak.get(kept[0] as object);
    }),
  // mmap, munmap and brk, and malloc's own threshold for choosing between them.
  buffers: (ms) => {
    let held: Uint8Array[] = [];
    return during(ms, (round) => {
      const size = 1 << (10 + round % 15); // 1 KiB to 16 MiB
      held.push(new Uint8Array(size).fill(round));
      if (held.length > 40) held = held.slice(30);
      structuredClone(held[0].subarray(0, 1000));
    });
  },
  // Lazy compilation, baseline, maglev, turbofan, deoptimization by new shapes, discarded code.
  code: (ms) =>
    during(ms, (round) => {
      const shape = shapes[round % shapes.length];
      const a = [[1, 2, 3], [1.5, 2], ["x", "y"], [1n, 2n], [{}, null]][(round >> 6) % 5];
      for (let k = 0; k < 300; k++) {
        try {
          shape(a, { [`x${round % 5}`]: k % 3 === 0 ? k : k / 2, [`z${k % 20}`]: 1 });
        } catch {
          // Mixing BigInt and number throws, which is another way to deoptimize.
        }
      }
    }),
  // Native code of regular expressions; strings that become ropes and are flattened.
  text: (ms) =>
    during(ms, (round) => {
      let text = "";
      for (let i = 0; i < 3000; i++) text += `${i},`;
      text.replace(new RegExp(`(${round % 97}|a+b?)[,;](\\d+)`, "g"), "$2");
      JSON.parse(JSON.stringify({ text, list: text.split(",") }));
      new TextDecoder().decode(new TextEncoder().encode(text));
      [...text].toSorted();
    }),
  // Deep stacks, exceptions, big integers. No stack trace is read: when the agent runs from source,
  // that would look for a source map.
  stacks: (ms) =>
    during(ms, (round) => {
      const deep = (n: number): number => n === 0 ? new Error("deep").message.length : deep(n - 1);
      deep(200 + round % 500);
      try {
        const endless = (): number => endless() + 1;
        endless();
      } catch {
        // RangeError
      }
      2n ** BigInt(2000 + round % 3000);
    }),
  // Nothing to do: V8's threads wait for work.
  idle: (ms) => {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
    return 1;
  },
};
