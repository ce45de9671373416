// Lua: the small programs that come with the source of Lua 5.1. What they print is compared with
// what they print outside.

import { outside } from "./outside.ts";
import { type Source, unpacked } from "./sources.ts";
import { asOutside, namesIn, printsExpected, type Suite, type SuiteCase } from "./suite.ts";

const source: Source = {
  package: "lua5.1",
  archive: "lua5.1_5.1.5.orig.tar.gz",
  sha256: "2640fc56a795f29d28ef15e13c34a47e223960b0240e8cb0a82d9b0738695333",
  parts: ["test"],
};

const text = "the quick brown fox\njumps over\nthe lazy dog\n";

/** What some of them read, and with which arguments they are run. */
const given: Readonly<Record<string, { args?: string[]; stdin?: string }>> = {
  "echo.lua": { args: ["one", "two words"] },
  "globals.lua": { stdin: "main <sort.lua:0,0>\n\t1\t[1]\tSETGLOBAL\t0 -1\t; x\n" },
  "luac.lua": { args: ["sort.lua"] },
  "table.lua": { stdin: text },
  "xd.lua": { stdin: text },
};

/** All but the endless ones. */
export const lua: Suite = {
  language: "lua",
  from: "lua 5.1.5, test/",
  async cases() {
    const tree = await unpacked(source);
    if (typeof tree !== "string") return tree.missing;
    const names = await namesIn(`${tree}/test`, /\.lua$/);
    return await Promise.all(names.map(async (name): Promise<SuiteCase> => ({
      name,
      code: await Deno.readTextFile(`${tree}/test/${name}`),
      files: { "sort.lua": await Deno.readTextFile(`${tree}/test/sort.lua`) },
      ...given[name],
      expects: asOutside,
    })));
  },
  passed: (outcome, program) => outcome.exitCode === 0 ? printsExpected(outcome, program) : null,
  outside: outside.lua,
  fails: {},
  atLeast: { sample: 12, all: 12 },
};
