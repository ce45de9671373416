// A grader: runs each submission on each test, in a sandbox of its own, and prints a table.
//
// Usage: deno run -A examples/grader.ts TARGET
//
// In a project of your own the import is "sallyport" (npm). A submission sees neither the answers
// nor what another one left behind, and it can do no more than end itself.

import { type Client, connect, type Result } from "../controller/client.ts";

const problem = "print the sum of the squares of the numbers in the input";
const tests = [
  { input: "1 2 3\n", answer: "14" },
  { input: "-5\n", answer: "25" },
  { input: Array.from({ length: 1000 }, (_, i) => i).join(" "), answer: "332833500" },
];

const submissions: Record<string, string> = {
  "ada": "print(sum(int(n) ** 2 for n in input().split()))",
  "bob, forgets the squares": "print(sum(map(int, input().split())))",
  "cyd, never ends": "while True: pass",
  "dan, fills the memory": "kept = []\nwhile True: kept.append(bytearray(1 << 20))",
  "eve, looks around": "import socket\nsocket.create_connection(('10.0.0.1', 80))",
  "fay, prints for ever": "while True: print('14')",
  "gus, has a typo": "print(sum(int(n) ** 2 for n in input().split())",
};

/** What one run may use. */
const limits = { memory_bytes: 64 << 20, output_total_bytes: 1 << 16 };
const timeout_ms = 2000;

function judge(result: Result, answer: string): string {
  const { status, limit, ok } = result;
  if (status === "timeout" || limit === "cpu") return "too slow";
  if (limit === "memory") return "too much memory";
  if (limit === "output") return "too much output";
  // Python catches a refused allocation: then the program ends by a MemoryError.
  if (!ok) return /^MemoryError/m.test(result.text("stderr")) ? "too much memory" : "crashed";
  return result.text().trim() === answer ? "right" : "wrong";
}

/** The first verdict that is not "right", and the most time and memory that a run took. */
async function grade(client: Client, code: string) {
  let [ms, bytes, denied] = [0, 0, ""];
  for (const { input, answer } of tests) {
    const result = await client.run({
      language: "python",
      code,
      stdin: { text: input },
      timeout_ms,
      limits,
    }).result;
    ms = Math.max(ms, result.wall_ms);
    bytes = Math.max(bytes, result.memory_peak_bytes);
    denied ||= result.denied.map(({ syscall }) => syscall).join(" ");
    const verdict = judge(result, answer);
    if (verdict !== "right") return { verdict, ms, bytes, denied };
  }
  return { verdict: "right", ms, bytes, denied };
}

const row = (...cells: string[]) =>
  console.log(cells.map((cell, i) => cell.padEnd([26, 17, 8, 8][i] ?? 0)).join("").trimEnd());

await using client = await connect(Deno.args[0] ?? "unix:/tmp/agent.sock");
console.log(`The problem: ${problem}.`);
row("submission", "verdict", "ms", "MiB", "denied");
for (const [name, code] of Object.entries(submissions)) {
  const { verdict, ms, bytes, denied } = await grade(client, code);
  row(name, verdict, ms.toFixed(0), (bytes / 2 ** 20).toFixed(0), denied || "-");
}
