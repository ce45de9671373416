// Ways in which a compiler tells what is in a file that its source names.

import { type Client, text } from "../helpers/job.ts";

/** One way. */
export interface Channel {
  readonly language: string;
  readonly name: string;
  /** The source. It has the compiler, or the program, say what is at `path`. */
  code(path: string): string;
}

const shows = "#include <stdio.h>\nextern char b[], e[];\n" +
  "int main() { fwrite(b, 1, e - b, stdout); return 0; }\n";

/** Those of C, which C++ and the C parts of Go share. */
const ofC: readonly Omit<Channel, "language">[] = [
  { name: "#include", code: (path) => `#include "${path}"\nint main() { return 0; }\n` },
  {
    name: "#line, and an error there",
    code: (path) => `#line 1 "${path}"\nnothing here;\nint main() { return 0; }\n`,
  },
  {
    name: ".include of the assembler",
    code: (path) => `__asm__(".include \\"${path}\\"");\nint main() { return 0; }\n`,
  },
];

/** All ways. */
export const channels: readonly Channel[] = [
  ...["c", "cpp"].flatMap((language) => ofC.map((channel) => ({ language, ...channel }))),
  {
    language: "c",
    name: ".incbin of the assembler",
    code: (path) =>
      `__asm__(".data\\n.globl b\\nb: .incbin \\"${path}\\"\\n.globl e\\ne: .byte 0\\n.text");\n${shows}`,
  },
  {
    language: "go",
    name: "go:embed",
    code: (path) =>
      `package main\nimport _ "embed"\n//go:embed ${path}\nvar s string\nfunc main() { print(s) }\n`,
  },
  {
    language: "go",
    name: "#include of cgo",
    code: (path) => `package main\n/*\n#include "${path}"\n*/\nimport "C"\nfunc main() {}\n`,
  },
  {
    language: "rust",
    name: "include_str!",
    code: (path) => `fn main() { print!("{}", include_str!("${path}")); }\n`,
  },
  {
    language: "rust",
    name: "a module at a path",
    code: (path) => `#[path = "${path}"]\nmod other;\nfn main() {}\n`,
  },
];

/** Everything that a client learns of a build and its run. */
export async function learned(client: Client, language: string, code: string): Promise<string> {
  const result = await client.run({ language, code, keep: true }).result;
  const { output, buildOutput } = result;
  const said = [output.stdout, output.stderr, buildOutput?.stdout, buildOutput?.stderr];
  const texts = said.map((bytes) => text(bytes ?? new Uint8Array()));
  return [JSON.stringify(result.build), ...texts].join("\n");
}
