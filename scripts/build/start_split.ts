// How long a compiled agent takes from exec to ready on this machine, and how that time is divided.
//
// Not a benchmark (`deno task bench` compares the agent with peers): it makes a few starts and
// reads the agent's own times.

import { rootlessFlags } from "../tools/source_agent.ts";

/** The best of `runs` starts. Where the agent does not start, a text that says why. */
export async function startSplit(binary: string, runs = 5): Promise<string> {
  let best = { readyMs: Infinity, split: "" };
  const directory = await Deno.makeTempDir({ prefix: "sallyport-start-" });
  try {
    for (let i = 0; i < runs; i++) {
      const one = await oneStart(binary, `${directory}/agent.sock`);
      if (typeof one === "string") return one;
      if (one.readyMs < best.readyMs) best = one;
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
  return `${best.readyMs.toFixed(1)} ms from exec to ready: ${best.split}`;
}

async function oneStart(
  binary: string,
  socket: string,
): Promise<{ readyMs: number; split: string } | string> {
  const start = performance.now();
  const child = new Deno.Command(binary, {
    args: ["--listen", `unix:${socket}`, "--times", ...rootlessFlags],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const timer = setTimeout(() => child.kill("SIGKILL"), 10_000);
  let said = "";
  for await (const piece of child.stderr.pipeThrough(new TextDecoderStream())) {
    said += piece;
    const split = said.match(/^sallyport start: (.*)\n/m);
    if (split === null) continue;
    const readyMs = performance.now() - start;
    child.kill("SIGKILL");
    await child.status;
    clearTimeout(timer);
    return { readyMs, split: split[1] };
  }
  await child.status;
  clearTimeout(timer);
  return `not measured: ${said.trim().slice(0, 200) || "the agent did not get ready"}`;
}
