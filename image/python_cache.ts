// Compiles Python's modules in advance: the guest's file system is read-only, so Python could never
// store what it compiles there.
//
// The guest's own interpreter compiles them. The caches are of the unchecked kind (PEP 552): Python
// uses them without checking the source's time. One process compiles all modules in a fixed order,
// so two builds give the same bytes.

import { commandText } from "../scripts/tools/command.ts";
import { emulatorFor } from "./packages/emulator.ts";
import type { FileTree } from "./file_tree.ts";

const script = `
import sys, py_compile
for path in sys.argv[2:]:
    py_compile.compile(sys.argv[1] + "/" + path, cfile=sys.argv[1] + "/" + path + "c", dfile="/" + path,
        doraise=True, optimize=0, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
`;

/**
 * Adds `__pycache__` files for every module under a directory. For another processor, only where
 * QEMU's user mode is installed.
 */
export async function compilePython(
  tree: FileTree,
  directory: string,
  arch: "x86_64" | "aarch64",
): Promise<void> {
  const emulator = await emulatorFor(arch);
  if (emulator === null) {
    console.log(`Python's modules are not compiled ahead: no qemu-${arch} on this machine`);
    return;
  }
  const sources = tree.entries().filter((e) =>
    e.path.startsWith(`${directory}/`) && e.path.endsWith(".py") && e.bytes !== undefined
  );
  const interpreter = tree.entries().find((e) => /^usr\/bin\/python3\.\d+$/.test(e.path));
  if (interpreter === undefined) throw new Error("Cannot compile Python's modules: no interpreter");
  const tag = `cpython-${interpreter.path.match(/3\.\d+$/)![0].replace(".", "")}`;
  const work = await Deno.makeTempDir({ prefix: "sallyport-python-" });
  try {
    for (const entry of tree.entries()) {
      if (!/^usr\/(lib\/(python|.*\.so)|bin\/python)/.test(entry.path)) continue;
      await Deno.mkdir(`${work}/${entry.path.replace(/\/[^/]*$/, "")}`, { recursive: true });
      if (entry.kind === "symlink") await Deno.symlink(entry.target!, `${work}/${entry.path}`);
      if (entry.bytes === undefined) continue;
      await Deno.writeFile(`${work}/${entry.path}`, entry.bytes, { mode: entry.mode });
    }
    const libraries = `LD_LIBRARY_PATH=${work}/usr/lib/${arch}-linux-gnu`;
    const [program, ...args] = [
      ...emulator.length > 0 ? [...emulator, "-E", libraries] : [],
      `${work}/${interpreter.path}`,
      ...["-I", "-S", "-B", "-c", script, work],
    ];
    await commandText(program, [...args, ...sources.map((e) => e.path)], {
      env: { PYTHONHASHSEED: "0" },
      timeoutMs: 300_000,
    });
    for (const { path, origin } of sources) {
      const at = path.lastIndexOf("/");
      const name = path.slice(at + 1, -3);
      const bytes = await Deno.readFile(`${work}/${path}c`);
      tree.file(`${path.slice(0, at)}/__pycache__/${name}.${tag}.pyc`, bytes, 0o644, origin);
    }
  } finally {
    await Deno.remove(work, { recursive: true });
  }
}
