// Directories from a sandbox that lies: nothing is written outside of the one that was asked for.

import assert from "node:assert/strict";
import * as fc from "fast-check";
import type { FileEntry } from "../protocol/protocol.ts";
import {
  type DirectoryClient,
  getDirectory,
  linkStaysInside,
  putDirectory,
} from "./directories.ts";

/** A sandbox that holds, or claims to hold, these entries. */
function fakeClient(entries: Partial<FileEntry>[]): DirectoryClient & { calls: string[] } {
  const calls: string[] = [];
  const call = (...words: unknown[]) => {
    calls.push(words.join(" "));
    return Promise.resolve();
  };
  return {
    calls,
    put: (path, content, { mode }) => call("put", path, content.length, mode.toString(8)),
    mkdir: (path, { mode }) => call("mkdir", path, mode.toString(8)),
    link: (path, target) => call("link", path, target),
    get: (path) => call("get", path).then(() => new TextEncoder().encode(path)),
    list: () =>
      Promise.resolve(entries.map((entry) => ({ size: 1, mode: 0o644, ...entry } as FileEntry))),
  };
}

const file = (name: string) => ({ name, kind: "file" as const });
const directory = (name: string) => ({ name, kind: "directory" as const });
const link = (name: string, target?: string) => ({ name, kind: "symlink" as const, target });

async function inTemporary(work: (path: string) => Promise<void>): Promise<void> {
  const path = await Deno.makeTempDir();
  try {
    await work(path);
  } finally {
    await Deno.remove(path, { recursive: true });
  }
}

function tree(path: string, below = ""): string[] {
  return [...Deno.readDirSync(`${path}/${below}`)].flatMap((entry) => {
    const name = below + entry.name;
    if (entry.isSymlink) return [`${name} -> ${Deno.readLinkSync(`${path}/${name}`)}`];
    return entry.isDirectory ? [`${name}/`, ...tree(path, `${name}/`)] : [name];
  }).sort();
}

Deno.test("getDirectory: names that lead outside, and links that do, are left out and named", async () => {
  await inTemporary(async (path) => {
    const client = fakeClient([
      directory("a"),
      file("a/x"),
      ...["../evil", "/evil", "a/../../evil", "a//b", "", ".", "..", "a/\0"].map(file),
      directory("../evil-directory"),
      link("a/in", "../a/x"),
      link("same", "a"),
      ...[["l1", "/etc"], ["l2", ".."], ["a/l3", "../../x"], ["l4", "a/../../x"]].map(([n, t]) =>
        link(n, t)
      ),
      link("unread"),
      { name: "fifo", kind: "other" },
      { ...file("\\xff"), escaped: true },
      { ...directory("a/\\xfe"), escaped: true },
      file(`a/${"x".repeat(256)}`),
      file(`${"a/".repeat(512)}x`),
    ]);
    const { files, skipped } = await getDirectory(client, ".", `${path}/to`);
    assert.equal(files, 1);
    assert.deepEqual(tree(path), ["to/", "to/a/", "to/a/in -> ../a/x", "to/a/x", "to/same -> a"]);
    assert.equal(skipped.length, 19);
    assert.deepEqual(client.calls, ["get a/x"]);
  });
});

Deno.test("getDirectory: a link that stands there already is replaced, or refused, never followed", async () => {
  await inTemporary(async (path) => {
    await Deno.mkdir(`${path}/outside`);
    await Deno.mkdir(`${path}/to`);
    await Deno.symlink("../outside", `${path}/to/d`);
    await Deno.symlink("../outside/f", `${path}/to/f`);
    await getDirectory(fakeClient([file("f")]), "sub", `${path}/to`);
    assert.equal(await Deno.readTextFile(`${path}/to/f`), "sub/f");
    await assert.rejects(
      getDirectory(fakeClient([directory("d"), file("d/x")]), ".", `${path}/to`),
      /Cannot fetch into ".*\/to\/d": it is no directory/,
    );
    assert.deepEqual(tree(`${path}/outside`), []);
  });
});

Deno.test("linkStaysInside: whatever links say together, the kernel never leaves the directory", async () => {
  const places = ["", "a/", "b/", "a/b/", "a/b/c/"];
  const names = ["l0", "l1", "l2", "l3", "a", "b", "c", "..", ".."];
  const link = fc.record({
    place: fc.constantFrom(...places),
    target: fc.array(fc.constantFrom(...names), { minLength: 1, maxLength: 4 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(link, { minLength: 4, maxLength: 4 }), async (links) => {
      await inTemporary(async (path) => {
        await Deno.mkdir(`${path}/in/a/b/c`, { recursive: true });
        await Deno.mkdir(`${path}/in/b`);
        const inside = await Deno.realPath(`${path}/in`);
        for (const [index, { place, target }] of links.entries()) {
          const from = `${place}l${index}`;
          if (linkStaysInside(from, target.join("/"))) {
            await Deno.symlink(target.join("/"), `${inside}/${from}`);
          }
        }
        for (const [index, { place }] of links.entries()) {
          const real = await Deno.realPath(`${inside}/${place}l${index}`).catch(() => inside);
          assert.ok(`${real}/`.startsWith(`${inside}/`), `${JSON.stringify(links)}: ${real}`);
        }
      });
    }),
    { numRuns: 300 },
  );
});

Deno.test("putDirectory: directories first, with modes, links as they are", async () => {
  await inTemporary(async (path) => {
    await Deno.mkdir(`${path}/p/sub dir/deep`, { recursive: true });
    await Deno.writeTextFile(`${path}/p/sub dir/deep/é 🎈.py`, "print()");
    await Deno.writeTextFile(`${path}/p/.hidden`, "");
    await Deno.chmod(`${path}/p/.hidden`, 0o755);
    await Deno.symlink("/usr/bin/python3", `${path}/p/python`);
    const client = fakeClient([]);
    const seen: number[] = [];
    const { files, bytes } = await putDirectory(client, `${path}/p`, "proj", {
      onProgress: ({ files }) => seen.push(files),
    });
    assert.deepEqual({ files, bytes, seen }, { files: 2, bytes: 7, seen: [1, 2] });
    assert.deepEqual(client.calls.map((call) => call.replace(/ 7\d\d$/, "")).toSorted(), [
      "link proj/python /usr/bin/python3",
      "mkdir proj",
      "mkdir proj/sub dir",
      "mkdir proj/sub dir/deep",
      "put proj/.hidden 0",
      "put proj/sub dir/deep/é 🎈.py 7 644",
    ]);
  });
});

Deno.test("getDirectory: no more than the bytes that were allowed are written", async () => {
  await inTemporary(async (path) => {
    const client = fakeClient(["a1", "a2", "a3"].map(file)); // each has its name: two bytes
    assert.equal((await getDirectory(client, ".", `${path}/all`, { maxBytes: 6 })).bytes, 6);
    const over = { message: 'Cannot fetch ".": it has more than 5 bytes' };
    await assert.rejects(getDirectory(client, ".", `${path}/to`, { maxBytes: 5 }), over);
    assert.equal(tree(`${path}/to`).length, 2);
  });
});
