// Reads the small programs under tests/fixtures and compiles those in C.
//
// A compiled fixture is cached under .cache by the hash of its source, so each source is compiled
// only once.

import { projectRoot } from "./agent.ts";

const languages: Record<string, string> = {
  py: "python",
  sh: "sh",
  js: "node",
  pl: "perl",
  rb: "ruby",
  c: "exec",
};

/** A program ready to be sent: the code of a request and its language. */
export interface Fixture {
  readonly name: string;
  readonly language: string;
  readonly code: Uint8Array<ArrayBuffer>;
}

/** The fixture tests/fixtures/PATH. */
export async function fixture(path: string): Promise<Fixture> {
  const [, name, extension] = /([^/]+)\.(\w+)$/.exec(path)!;
  const source = `${projectRoot}tests/fixtures/${path}`;
  const file = extension === "c" ? await compile(source) : source;
  return { name, language: languages[extension], code: await Deno.readFile(file) };
}

/** Path of the program, or with other `flags` the library, that `source` compiles to. */
export async function compile(source: string, flags: readonly string[] = []): Promise<string> {
  const text = new TextEncoder().encode(`${flags.join(" ")}\n${await Deno.readTextFile(source)}`);
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", text)).toHex().slice(0, 16);
  const directory = `${projectRoot}.cache/fixtures`;
  const path = `${directory}/${hash}`;
  try {
    await Deno.stat(path);
    return path;
  } catch {
    await Deno.mkdir(directory, { recursive: true });
  }
  const half = `${path}.${crypto.randomUUID()}`;
  const { success, stderr } = await new Deno.Command("/usr/bin/cc", {
    args: ["-Os", "-s", "-Wall", ...flags, "-o", half, source],
    stdout: "null",
    stderr: "piped",
  }).output();
  if (!success) throw new Error(`Cannot compile "${source}": ${new TextDecoder().decode(stderr)}`);
  await Deno.rename(half, path);
  return path;
}
