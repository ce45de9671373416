// A person's mistakes at the command line: each call is wrong, and the one line that it prints says
// what is wrong in the words that were typed, and what to do.

import assert from "node:assert/strict";
import { spawnCommand } from "../../controller/testing/command.ts";
import { startAgent } from "../helpers/agent.ts";
import { file, testNeeding } from "../helpers/need.ts";

const directory = Deno.makeTempDirSync({ prefix: "sallyport-mistakes-" });
addEventListener("unload", () => Deno.removeSync(directory, { recursive: true }));
const py = `${directory}/a.py`;
Deno.writeTextFileSync(py, "print(1)\n");
Deno.writeTextFileSync(`${directory}/notes`, "no program\n");
Deno.writeTextFileSync(`${directory}/a.pyy`, "print(1)\n");

/** Wrong calls that need no agent, their exit code, and what is said. */
const alone: [words: string[], code: number, says: RegExp][] = [
  [["rnu", py], 125, /"rnu": there is none of that name; did you mean "run"\?/],
  [["frobnicate"], 125, /"frobnicate": there is none of that name \(see "--help"\)/],
  [["get", "x"], 125, /say "run --put FILE\[:PATH\]" and "run --get/],
  [["--json", "info"], 125, /"--json": there is no such option before a command; it stands behind/],
  [["--target"], 125, /"--target": it takes a TARGET/],
  [["run"], 125, /FILE is missing, or --code/],
  [["run", "--timout", "5s", py], 125, /"--timout": "run" has no such option; did you mean "--tim/],
  [["run", "-x", py], 125, /"-x": "run" has no such option/],
  [["run", "--timeout", "100", py], 125, /"--timeout 100": it has no unit; say "100s" or "100ms"/],
  [["run", "--timeout", "5 minutes", py], 125, /"--timeout 5 minutes": it must be like "500ms"/],
  [["run", "--output", "10", py], 125, /"--output 10": it has no unit; say "10B", "10K" or "10M"/],
  [["run", "--memory", "lots", py], 125, /"--memory lots": it must be like "512B", "64K" or "1G"/],
  [["run", "--processes", "many", py], 125, /"--processes many": it must be digits/],
  [["run", "--timeout"], 125, /"--timeout": it takes a DURATION, as in "--timeout 5s"/],
  [["run", "--memory", "--json", py], 125, /"--memory": it takes a SIZE, as in "--memory 64M"/],
  [["run", "--json=1", py], 125, /"--json=1": it takes no value/],
  [["run", "--cpu", "1s", "--cpu", "2s", py], 125, /"--cpu 2s": "--cpu 1s" was said before/],
  [["run", "-e", "NAME", py], 125, /"--env NAME": expected NAME=VALUE/],
  [["run", `${directory}/none.py`], 125, /Cannot read ".*none.py": there is no such file/],
  [["run", "-l", "python", directory], 125, /Cannot read ".*": it is a directory/],
  [["run", "--put", `${directory}/none`, py], 125, /Cannot put ".*none": there is no such file/],
  [["run", `${directory}/notes`], 125, /say it with "--language" \(known are \.py/],
  [["run", `${directory}/a.pyy`], 125, /did you mean "\.py"\?/],
  [["ping", "now"], 125, /"now": "ping" takes no such word/],
  [["info", "--jsno"], 125, /"--jsno": "info" has no such option; did you mean "--json"\?/],
  [["completions", "tcsh"], 125, /say one of "bash", "zsh", "fish"/],
  [["ping"], 125, /say where with "--target", with SALLYPORT_TARGET, or in ".*sallyport\/target"/],
  [["-t", "/run/agent.sock", "ping"], 125, /"\/run\/agent.sock": expected "unix:PATH"/],
  [["-t", "vsock:3", "ping"], 125, /"vsock:3": expected "unix:PATH", "vsock:CID:PORT"/],
  [["-t", `unix:${directory}/no.sock`, "ping"], 125, /there is no such socket: no agent listens/],
  [["-t", `unix:${directory}/notes`, "ping"], 125, /nobody listens there: it is left over/],
  [["-t", `unix:${py}/x`, "ping"], 125, /a part of its path is no directory/],
  [["proxy", "-t", "vsock:3:5000"], 125, /say where with "--listen unix:PATH"/],
];

Deno.test("mistakes: wrong calls, and what each is told", async (t) => {
  for (const [words, code, says] of alone) {
    await t.step(words.join(" ").replaceAll(directory, "…") || "nothing", async () => {
      const needsTarget = words[0] === "run";
      const all = needsTarget ? ["-t", `unix:${directory}/no.sock`, ...words] : words;
      const ended = await spawnCommand(all).ended;
      assert.match(ended.stderr, says);
      assert.equal(ended.stderr.trim().split("\n").length, 1, ended.stderr);
      assert.deepEqual([ended.code, ended.stdout], [code, ""]);
    });
  }
  console.log(`${alone.length} wrong calls`);
});

/** Wrong calls that the agent refuses, or whose program cannot live. */
const refused: [words: string[], code: number, says: RegExp][] = [
  [["-l", "pyhton", py], 126, /"--language": it must be one of .*; did you mean "python"\?/],
  [["--profile", "wide", py], 126, /"--profile": it must be one of "strict"/],
  [["--memory", "1023G", py], 126, /"--memory": it must be from 1 B to 1.0 GiB/],
  [["--timeout", "10h", py], 126, /"--timeout": it must be from 1.00 ms to [\d.]+ s/],
  [["--processes", "100000", py], 126, /"--processes": it must be an integer from 1 to \d+/],
  [["--cwd", "../x", py], 126, /"--cwd": it must/],
  [["--memory", "1K", "-l", "sh", "-c", "echo"], 139, /hardly any program starts with less than/],
];

testNeeding([file("/usr/bin/python3")], "mistakes: what the agent refuses", async (t) => {
  await using agent = await startAgent();
  for (const [words, code, says] of refused) {
    await t.step(words.join(" ").replaceAll(directory, "…"), async () => {
      const ended = await spawnCommand(["-t", agent.target, "run", ...words]).ended;
      assert.match(ended.stderr, says);
      assert.equal(ended.code, code);
    });
  }
});
