// Which language a file is in: by its extension, else by its first line.

import { didYouMean } from "./nearest.ts";

const byExtension = new Map(Object.entries({
  py: "python",
  js: "node",
  mjs: "node",
  cjs: "node",
  ts: "typescript",
  mts: "typescript",
  sh: "sh",
  bash: "bash",
  pl: "perl",
  rb: "ruby",
  c: "c",
  cc: "cpp",
  cpp: "cpp",
  cxx: "cpp",
  go: "go",
  rs: "rust",
  java: "java",
  php: "php",
  lua: "lua",
  R: "r",
  r: "r",
}));

/** Interpreters that a first line may name, without their versions. */
const byInterpreter = new Map(Object.entries({
  python: "python",
  node: "node",
  nodejs: "node",
  deno: "typescript",
  sh: "sh",
  dash: "sh",
  bash: "bash",
  perl: "perl",
  ruby: "ruby",
  php: "php",
  lua: "lua",
  Rscript: "r",
}));

/**
 * The language of a program.
 *
 * @param code Its text, where it is here.
 * @throws {TypeError} if neither says it.
 */
export function languageOf(file: string, code?: Uint8Array): string {
  const extension = /\.(\w+)$/.exec(file)?.[1];
  const language = byExtension.get(extension ?? "") ?? (code && byFirstLine(code));
  if (language !== undefined) return language;
  const known = extension === undefined
    ? ""
    : didYouMean(extension, byExtension.keys(), (one) => `.${one}`);
  throw new TypeError(
    `Cannot tell the language of "${file}": say it with "--language"${known} ` +
      `(known are ${[...byExtension.keys()].map((one) => `.${one}`).join(" ")})`,
  );
}

/** "#!/usr/bin/env python3" and "#!/bin/bash -e". */
function byFirstLine(code: Uint8Array): string | undefined {
  const line = new TextDecoder().decode(code.subarray(0, 256)).split("\n")[0];
  const words = /^#!\s*(\S.*)$/.exec(line)?.[1].trim().split(/\s+/);
  if (words === undefined) return undefined;
  const name = (word: string | undefined) => word?.slice(word.lastIndexOf("/") + 1) ?? "";
  const program = name(words[0]) === "env"
    ? name(words.slice(1).find((word) => !word.startsWith("-") && !word.includes("=")))
    : name(words[0]);
  return byInterpreter.get(program.replace(/[\d.]+$/, ""));
}
