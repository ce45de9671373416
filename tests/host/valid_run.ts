// A request that has every kind of field, as a start for others.

/** A request of a run that takes no time. */
export function valid(): string {
  return JSON.stringify({
    language: "sh",
    code: ":",
    args: ["a"],
    env: { A: "b" },
    stdin: "c",
    timeout_ms: 1000,
    wait_ms: 5000,
    limits: { cpu_ms: 1000, memory_bytes: 67108864, processes: 8 },
    files: [{ path: "f", content: "g", mode: 420 }],
    get: ["f"],
  });
}
