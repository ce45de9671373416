// The image that the guest boots from: a rebuild has the same bytes, and the manifest lists all its
// contents.

import assert from "node:assert/strict";
import { commandText, findProgram } from "../../../scripts/tools/command.ts";
import { sha256 } from "../../../scripts/tools/digest.ts";
import { ensureAgent, ensureBundle } from "../../../scripts/build/ensure_agent.ts";
import { buildImage, type DiskKind, writeDisk } from "../../../image/build_image.ts";
import { guestTree } from "../../../image/guest_tree.ts";
import { readArchive, readDirectory, readManifest } from "../guest/image_contents.ts";
import { Skip } from "../guest/scenario.ts";
import type { TestImage } from "../guest/test_image.ts";

/** How each kind of disk is made and read back. */
const disks: Readonly<
  Record<DiskKind, { tools: string[]; extract: (d: string, t: string) => string[] }>
> = {
  erofs: {
    tools: ["mkfs.erofs", "fsck.erofs"],
    extract: (disk, to) => [`--extract=${to}`, disk],
  },
  squashfs: {
    tools: ["mksquashfs", "unsquashfs"],
    extract: (disk, to) => ["-quiet", "-no-progress", "-dest", to, disk],
  },
};

const hashOf = async (path: string) => await sha256(await Deno.readFile(path));

/** Runs `body` with a separate directory and the umask of a user whose files are private. */
async function elsewhere<T>(body: (directory: string) => Promise<T>): Promise<T> {
  const directory = await Deno.makeTempDir({ prefix: "sallyport-image-" });
  const umask = Deno.umask(0o077);
  try {
    return await body(directory);
  } finally {
    Deno.umask(umask);
    await Deno.remove(directory, { recursive: true });
  }
}

/** A scenario of the image. It does not need the guest. */
export interface ImageScenario {
  name: string;
  run: () => Promise<void>;
}

/** In the order they are run. */
export function imageScenarios(image: TestImage, arch: "x86_64" | "aarch64"): ImageScenario[] {
  return [
    {
      name: "the image made again, its agent too: the same bytes",
      run: () =>
        elsewhere(async (directory) => {
          const { agent } = image.content;
          const again = typeof agent === "string"
            ? (await ensureAgent(arch, undefined, directory)).path
            : { ...agent, bundle: (await ensureBundle()).path };
          const built = await buildImage({ ...image.content, agent: again }, directory, "again");
          assert.equal(await hashOf(built.manifest), await hashOf(image.manifest), "manifest");
          assert.equal(await hashOf(built.initrd), await hashOf(image.initrd), "initramfs");
        }),
    },
    {
      name: "the manifest tells every file of the initramfs, none of them setuid",
      run: async () => {
        const told = readManifest(await Deno.readTextFile(image.manifest));
        const found = await readArchive(await Deno.readFile(image.initrd));
        assert.deepEqual(found, told);
        assert.ok(found.length > 100, `${found.length} entries`);
        assert.deepEqual(found.filter((line) => /^\S+ [2-7]\d{3} /.test(line)), []);
      },
    },
    ...Object.entries(disks).map(([kind, { tools, extract }]) => ({
      name: `a disk (${kind}) made twice: the same bytes, and what the manifest tells`,
      run: () =>
        elsewhere(async (directory) => {
          const missing = tools.filter((tool) => findProgram(tool) === null);
          if (missing.length > 0) throw new Skip(`no ${missing.join(", ")} on this machine`);
          const { tree } = await guestTree(image.content);
          const [one, two] = [`${directory}/one`, `${directory}/two`];
          for (const path of [one, two]) await writeDisk(tree, kind as DiskKind, path);
          assert.equal(await hashOf(one), await hashOf(two));
          const to = `${directory}/extracted`;
          await commandText(findProgram(tools[1])!, extract(one, to));
          const told = readManifest(await Deno.readTextFile(image.manifest));
          // PID 1 mounts /dev, so a disk needs no devices.
          assert.deepEqual(
            await readDirectory(to),
            told.filter((line) => !line.startsWith("device")),
          );
        }),
    })),
  ];
}
