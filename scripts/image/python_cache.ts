// Python's modules compiled ahead: a guest's file system is read-only, so Python could never keep what it compiles.
//
// The guest's own interpreter compiles them, with caches that are trusted without asking for the source's time
// (PEP 552, unchecked), in one process and a fixed order, so that two builds give the same bytes.

import { commandText } from "../build/command.ts";
import type { FileTree } from "./file_tree.ts";

const script = `
import sys, py_compile
for path in sys.argv[2:]:
    py_compile.compile(sys.argv[1] + "/" + path, cfile=sys.argv[1] + "/" + path + "c", dfile="/" + path,
        doraise=True, optimize=0, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
`;

/** Adds `__pycache__` files for every module under a directory. Only for the building machine's own processor. */
export async function compilePython(
  tree: FileTree,
  directory: string,
  arch: string,
): Promise<void> {
  if (arch !== Deno.build.arch) return;
  const sources = tree.entries().filter((e) =>
    e.path.startsWith(`${directory}/`) && e.path.endsWith(".py") && e.bytes !== undefined
  );
  const interpreter = tree.entries().find((e) => /^usr\/bin\/python3\.\d+$/.test(e.path));
  if (interpreter === undefined) throw new Error("Cannot compile Python's modules: no interpreter");
  const tag = `cpython-${interpreter.path.match(/3\.\d+$/)![0].replace(".", "")}`;
  const work = await Deno.makeTempDir({ prefix: "sallyport-python-" });
  try {
    for (const entry of tree.entries()) {
      if (
        entry.bytes === undefined || !/^usr\/(lib\/(python|.*\.so)|bin\/python)/.test(entry.path)
      ) continue;
      await Deno.mkdir(`${work}/${entry.path.replace(/\/[^/]*$/, "")}`, { recursive: true });
      await Deno.writeFile(`${work}/${entry.path}`, entry.bytes, { mode: entry.mode });
    }
    await commandText(
      `${work}/${interpreter.path}`,
      ["-I", "-S", "-B", "-c", script, work, ...sources.map((e) => e.path)],
      { env: { PYTHONHASHSEED: "0" } },
    );
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
