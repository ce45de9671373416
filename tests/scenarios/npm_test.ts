// The npm package as its user has it: packed, installed into an empty folder, and used from Node.

import assert from "node:assert/strict";
import { buildNpmPackage } from "../../scripts/build/npm_package.ts";
import { sha256 } from "../../scripts/tools/digest.ts";
import { startAgent } from "../helpers/agent.ts";
import { type Need, skip, testNeeding } from "../helpers/need.ts";

/** Node 20 or later, npm, and the registry. */
const node: Need = {
  missing() {
    try {
      const { stdout } = new Deno.Command("node", { args: ["--version"] }).outputSync();
      const version = Number(/^v(\d+)/.exec(new TextDecoder().decode(stdout))?.[1]);
      return version >= 20 ? null : `Node ${version}, not 20 or later`;
    } catch {
      return 'no "node"';
    }
  },
};

async function run(program: string, args: string[], cwd: string, env = {}): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args,
    cwd,
    env: { ...env, NO_COLOR: "1" },
  }).output();
  const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  assert.equal(code, 0, `${program} ${args.join(" ")}:\n${said}`);
  return said;
}

/** Bun from the npm registry, or null where it cannot be had. */
async function bunIn(folder: string): Promise<string | null> {
  const name = Deno.build.arch === "x86_64" ? "bun-linux-x64-baseline" : "bun-linux-aarch64";
  try {
    await Deno.mkdir(folder);
    await Deno.writeTextFile(`${folder}/package.json`, '{"private":true}\n');
    await run("npm", ["install", ...quiet, `@oven/${name}@1.4.5`], folder);
    const program = `${folder}/node_modules/@oven/${name}/bin/bun`;
    await run(program, ["--version"], folder);
    return program;
  } catch {
    return null;
  }
}

const quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];

testNeeding([node], "npm: the packed library, in Node, with a real agent", async (t) => {
  const directory = await Deno.makeTempDir({ prefix: "sallyport-npm-test-" });
  try {
    const [work, folder] = [`${directory}/work`, `${directory}/folder`];
    for (const path of [work, folder]) await Deno.mkdir(path);
    const tarball = await buildNpmPackage(work);
    const bytes = await Deno.readFile(tarball);
    console.log(`packed: ${bytes.length} bytes, sha256 ${await sha256(bytes)}`);
    assert.ok(bytes.length < 200 * 1024);
    await run("npm", ["init", "-y"], folder);
    await run("npm", ["install", ...quiet, tarball], folder);
    const { dependencies } = JSON.parse(
      await Deno.readTextFile(`${folder}/node_modules/sallyport/package.json`),
    );
    assert.deepEqual(Object.keys(dependencies), ["valibot"]);
    await using agent = await startAgent();
    const fixtures = new URL("../fixtures/npm/", import.meta.url);

    await t.step("its README's lines", async () => {
      const readme = await Deno.readTextFile(`${folder}/node_modules/sallyport/README.md`);
      const lines = /```js\n([\s\S]*?)```/.exec(readme)![1];
      const program = lines.replace("unix:/run/sallyport.sock", agent.target);
      await Deno.writeTextFile(`${folder}/readme.mjs`, program);
      assert.equal(await run("node", ["readme.mjs"], folder), "exited 0 42\n");
    });

    await t.step("its tests", async () => {
      await Deno.copyFile(new URL("library.mjs.txt", fixtures), `${folder}/library.mjs`);
      const env = { SALLYPORT_TARGET: agent.target };
      const said = await run("node", ["--test", "library.mjs"], folder, env);
      assert.match(said, /# pass 6\n# fail 0/);
    });

    await t.step("its tests, in Bun", async (step) => {
      const bun = await bunIn(`${directory}/bun`);
      if (bun === null) return skip(step, "npm: the packed library, in Bun", "no Bun from npm");
      await Deno.copyFile(new URL("library.mjs.txt", fixtures), `${folder}/library.test.mjs`);
      const env = { SALLYPORT_TARGET: agent.target };
      assert.match(
        await run(bun, ["test", "./library.test.mjs"], folder, env),
        /^ 6 pass\n 0 fail$/m,
      );
    });

    await t.step("its types, as strictly as TypeScript can", async () => {
      await Deno.copyFile(new URL("types.mts.txt", fixtures), `${folder}/types.mts`);
      const compilerOptions = {
        strict: true,
        noEmit: true,
        target: "ES2022",
        lib: ["ES2024", "ESNext.Disposable", "DOM"],
        module: "NodeNext",
        exactOptionalPropertyTypes: true,
        noUncheckedIndexedAccess: true,
        noPropertyAccessFromIndexSignature: true,
        noImplicitOverride: true,
        noImplicitReturns: true,
        noFallthroughCasesInSwitch: true,
        noUncheckedSideEffectImports: true,
        noUnusedLocals: true,
        noUnusedParameters: true,
        allowUnreachableCode: false,
        allowUnusedLabels: false,
        isolatedModules: true,
        verbatimModuleSyntax: true,
        erasableSyntaxOnly: true,
        skipLibCheck: false,
        types: [],
      };
      const config = JSON.stringify({ compilerOptions, files: ["types.mts"] });
      await Deno.writeTextFile(`${folder}/tsconfig.json`, config);
      await run("node", [`${work}/node_modules/typescript/bin/tsc`, "-p", "."], folder);
    });
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
