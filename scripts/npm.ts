// `deno task npm`: the client's library as a package for Node and Bun, under dist/.

import { buildNpmPackage } from "./build/npm_package.ts";
import { sha256 } from "./tools/digest.ts";
import { distDirectory } from "./tools/paths.ts";

const work = await Deno.makeTempDir({ prefix: "sallyport-npm-" });
try {
  const made = await buildNpmPackage(work);
  const path = `${distDirectory}/${made.slice(made.lastIndexOf("/") + 1)}`;
  await Deno.mkdir(distDirectory, { recursive: true });
  await Deno.copyFile(made, path);
  const bytes = await Deno.readFile(path);
  console.log(`${path}  ${(bytes.length / 1024).toFixed(1)} KiB, sha256 ${await sha256(bytes)}`);
} finally {
  await Deno.remove(work, { recursive: true });
}
