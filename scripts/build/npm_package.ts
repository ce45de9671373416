// The client's library as an npm package: plain ES modules and their types, made by TypeScript.
//
// Nothing is bundled and nothing minified: who installs it can read it. The same sources give the
// same bytes, since `npm pack` writes no times. TypeScript and the types of Node come from the npm
// registry, pinned; they are needed to build, not to run.

import { commandText } from "../tools/command.ts";
import { root } from "../tools/paths.ts";

/** What building needs, pinned. */
const tools = ["typescript@5.9.3", "@types/node@20.19.25"];

const compilerOptions = {
  target: "ES2022",
  lib: ["ES2024", "ESNext.Disposable", "DOM", "DOM.Iterable", "DOM.AsyncIterable"],
  module: "NodeNext",
  moduleResolution: "NodeNext",
  strict: true,
  declaration: true,
  rewriteRelativeImportExtensions: true,
  verbatimModuleSyntax: true,
  skipLibCheck: true,
  types: ["node"],
  rootDir: "src",
  outDir: "package",
};

/** What only Deno has, and Node never reaches. */
const denoShim = `// deno-lint-ignore-file
declare const Deno: any;
declare namespace Deno { type Conn = any; }
`;

const readme = `# sallyport

The client of [Sallyport](https://www.npmjs.com/package/sallyport), an agent that runs untrusted code
inside a virtual machine. For Node 20 and later, and Bun.

\`\`\`js
import { connect } from "sallyport";

const client = await connect("unix:/run/sallyport.sock");
const run = client.run({ language: "python", code: "print(6 * 7)", timeout_ms: 2000 });
const result = await run.result;
console.log(result.status, result.exit_code, result.text().trim());
await client.close();
\`\`\`

A target is \`unix:PATH\`, or \`firecracker:SOCKET:PORT\` for a machine behind Firecracker's or Cloud
Hypervisor's socket. Node has no AF_VSOCK: \`sallyport proxy --listen unix:PATH --target
vsock:CID:PORT\` joins a Unix socket to it.
`;

/** The version of a dependency, as deno.json pins it. */
function pinned(imports: Record<string, string>, name: string): string {
  const version = new RegExp(`^npm:${name}@(.+)$`).exec(imports[name])?.[1];
  if (version === undefined) throw new Error(`Cannot find the version of "${name}" in deno.json`);
  return version;
}

/**
 * Builds the package below `work`, an empty directory.
 *
 * @returns The tarball's path.
 */
export async function buildNpmPackage(work: string): Promise<string> {
  const { version, imports } = JSON.parse(await Deno.readTextFile(`${root}/deno.json`));
  const valibot = pinned(imports, "valibot");
  for (const room of ["controller", "protocol"]) await copySources(room, `${work}/src/${room}`);
  await Deno.writeTextFile(`${work}/src/deno.d.ts`, denoShim);
  await Deno.writeTextFile(`${work}/package.json`, '{"type":"module","private":true}\n');
  await Deno.writeTextFile(
    `${work}/tsconfig.json`,
    JSON.stringify({ compilerOptions, include: ["src"] }),
  );
  const npm = (args: string[], cwd: string) =>
    commandText("npm", args, { cwd, timeoutMs: 300_000 });
  const quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  await npm(["install", ...quiet, ...tools, `valibot@${valibot}`], work);
  await commandText("node", ["node_modules/typescript/bin/tsc", "-p", "."], { cwd: work });
  const manifest = {
    name: "sallyport",
    version,
    description: "Client of Sallyport, an agent that runs untrusted code in a virtual machine",
    type: "module",
    engines: { node: ">=20.4" },
    exports: {
      ".": { types: "./controller/client.d.ts", default: "./controller/client.js" },
    },
    sideEffects: false,
    dependencies: { valibot },
  };
  const out = `${work}/package`;
  await Deno.writeTextFile(`${out}/package.json`, `${JSON.stringify(manifest, null, 2)}\n`);
  await Deno.writeTextFile(`${out}/README.md`, readme);
  const [{ filename }] = JSON.parse(await npm(["pack", "--json", "--silent"], out));
  return `${out}/${filename}`;
}

/** The modules of a room, without its subrooms and tests. */
async function copySources(room: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isFile } of Deno.readDir(`${root}/${room}`)) {
    if (!isFile || !name.endsWith(".ts") || name.endsWith("_test.ts")) continue;
    await Deno.copyFile(`${root}/${room}/${name}`, `${to}/${name}`);
  }
}
