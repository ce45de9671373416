import assert from "node:assert/strict";
import { languageOf } from "./language_of.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

Deno.test("the language of a file with a known extension", () => {
  const files = {
    "a.py": "python",
    "b.mjs": "node",
    "b.ts": "typescript",
    "b.mts": "typescript",
    "c.d/e.sh": "sh",
    "e.bash": "bash",
    "f.pl": "perl",
    "g.rb": "ruby",
    "h.R": "r",
  };
  for (const [file, language] of Object.entries(files)) assert.equal(languageOf(file), language);
});

Deno.test("else its first line says it", () => {
  const lines = {
    "#!/usr/bin/python3.11 -u": "python",
    "#!/usr/bin/env -S A=1 node": "node",
    "#! /bin/bash": "bash",
    "#!/usr/bin/env perl": "perl",
    "#!/usr/bin/Rscript": "r",
  };
  for (const [line, language] of Object.entries(lines)) {
    assert.equal(languageOf("program", bytes(`${line}\nrest`)), language);
  }
  for (const line of ["", "#!", "#!/bin/cat", "print(1)", "#!/usr/bin/env"]) {
    assert.throws(() => languageOf("program", bytes(line)), /say it with "--language"/, line);
  }
});

Deno.test("an unknown extension names those that are known, and the nearest", () => {
  assert.throws(() => languageOf("a.pyy"), /did you mean "\.py"\? \(known are \.py \.js/);
  assert.throws(() => languageOf("a.toString"), TypeError);
});
