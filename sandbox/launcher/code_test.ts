// Assembles both launchers again and compares them with the bytes in code.ts.
//
// Source and bytes must never differ: nobody reads the machine code.

import assert from "node:assert/strict";
import { stat } from "../../linux/file.ts";
import type { Arch } from "../../linux/syscall_numbers.ts";
import { launcherCode } from "./code.ts";

const prefixes: Record<Arch, string> = Deno.build.arch === "x86_64"
  ? { x86_64: "", aarch64: "aarch64-linux-gnu-" }
  : { x86_64: "x86_64-linux-gnu-", aarch64: "" };

for (const arch of ["x86_64", "aarch64"] as const) {
  const name = `launcher ${arch}: the bytes are what the assembler makes of the source`;
  const assembler = `/usr/bin/${prefixes[arch]}as`;
  const missing = stat(assembler) === null;
  if (missing) console.error(`SKIPPED: ${name}: no "${assembler}"`);
  Deno.test({ name, ignore: missing }, async () => {
    const directory = await Deno.makeTempDir();
    try {
      const [object, binary] = [`${directory}/launcher.o`, `${directory}/launcher.bin`];
      const source = new URL(`launcher_${arch}.s`, import.meta.url).pathname;
      await run(assembler, ["-o", object, source]);
      const objcopy = `/usr/bin/${prefixes[arch]}objcopy`;
      await run(objcopy, ["-O", "binary", "-j", ".text", object, binary]);
      const bytes = await Deno.readFile(binary);
      // The assembler may pad the section after the last instruction.
      const code = launcherCode[arch];
      assert.equal(bytes.subarray(0, code.length).toHex(), code.toHex());
      assert.ok(bytes.subarray(code.length).every((byte) => byte === 0));
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  });
}

async function run(program: string, args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(program, { args }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
}
