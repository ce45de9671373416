// Which module imports which, as the runtime itself resolves it: `deno info`.

import { commandText } from "../tools/command.ts";
import { root } from "../tools/paths.ts";

/**
 * Maps each of the project's modules to the project's modules that it imports. Paths are below the
 * root.
 */
export type Imports = ReadonlyMap<string, readonly string[]>;

interface Info {
  modules: {
    specifier: string;
    dependencies?: { code?: { specifier?: string }; type?: { specifier?: string } }[];
  }[];
}

/** The imports of `files`, including types, and of everything they import. */
export async function importsOf(files: readonly string[]): Promise<Imports> {
  const base = `file://${root}/`;
  const entry = await Deno.makeTempFile({ prefix: "sallyport-rooms-", suffix: ".ts" });
  try {
    await Deno.writeTextFile(entry, files.map((file) => `import "${base}${file}";\n`).join(""));
    const config = `${root}/deno.json`;
    const text = await commandText(Deno.execPath(), ["info", "--json", "--config", config, entry]);
    const found = new Map<string, string[]>();
    for (const { specifier, dependencies = [] } of (JSON.parse(text) as Info).modules) {
      if (!specifier.startsWith(base)) continue;
      const targets = dependencies.flatMap(({ code, type }) => [code?.specifier, type?.specifier])
        .filter((target) => target !== undefined && target.startsWith(base))
        .map((target) => target!.slice(base.length));
      found.set(specifier.slice(base.length), [...new Set(targets)]);
    }
    return found;
  } finally {
    await Deno.remove(entry);
  }
}

/** Names of folders without source code. */
const left = /^(\.|dist$)/;

/** Every TypeScript module of the project. */
export async function projectModules(folder = ""): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(`${root}/${folder}`)) {
    if (isDirectory && !left.test(name)) found.push(...await projectModules(`${folder}${name}/`));
    else if (name.endsWith(".ts")) found.push(folder + name);
  }
  return found.toSorted();
}
