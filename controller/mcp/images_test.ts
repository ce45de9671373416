import assert from "node:assert/strict";
import type { FileEntry } from "../../protocol/protocol.ts";
import { ConnectionError, RequestError } from "../client.ts";
import { imageBounds, imageType, ImageWatch } from "./images.ts";

const text = (words: string) => new TextEncoder().encode(words);
const jpeg = (size: number) => {
  const bytes = new Uint8Array(size);
  bytes.set([0xff, 0xd8, 0xff]);
  return bytes;
};

/** A sandbox with these files. */
function sandbox(files: Record<string, Uint8Array>) {
  const fetched: string[] = [];
  return {
    fetched,
    list: () =>
      Promise.resolve(
        Object.entries(files).map(([name, { length }]): FileEntry => (
          { name, kind: "file", size: length, mode: 0o644 }
        )),
      ),
    get: (path: string) => {
      fetched.push(path);
      return Promise.resolve(files[path] as Uint8Array<ArrayBuffer>);
    },
  };
}

Deno.test("imageType: by the name and the first bytes together", () => {
  assert.equal(imageType("a.JPG", jpeg(9)), "image/jpeg");
  assert.equal(imageType("a.png", jpeg(9)), null);
  assert.equal(imageType("a.txt", jpeg(9)), null);
  const svgs = ["<svg/>", '<?xml version="1.0"?>\n<!-- x -->\n<!DOCTYPE svg>\n<svg a="">'];
  for (const svg of svgs) assert.equal(imageType("a.svg", text(svg)), "image/svg+xml");
  const comments = "<!---->".repeat(100_000);
  for (const no of ["", comments, "<!-- <svg/>", "<html><svg>", "svg", "\xff<svg>"]) {
    assert.equal(imageType("a.svg", text(no)), null);
  }
});

Deno.test("ImageWatch: an image is shown when it is new or changed, and not when a call wrote it", async () => {
  const watch = new ImageWatch();
  const files: Record<string, Uint8Array> = { "a.jpg": jpeg(5), "b.jpg": jpeg(5) };
  await watch.wrote("b.jpg", files["b.jpg"]);
  const shown = async () => (await watch.collect(sandbox(files))).images.map(({ path }) => path);
  assert.deepEqual(await shown(), ["a.jpg"]);
  assert.deepEqual(await shown(), []);
  files["b.jpg"] = jpeg(6);
  assert.deepEqual(await shown(), ["b.jpg"]);
  watch.forget();
  assert.deepEqual(await shown(), ["a.jpg", "b.jpg"]);
});

Deno.test("ImageWatch: what is too large or too much is named and not fetched", async () => {
  const files = Object.fromEntries(
    Array.from({ length: 12 }, (_, i) => [`${i}.jpg`, jpeg(imageBounds.bytes)]),
  );
  files["large.jpg"] = jpeg(imageBounds.bytes + 1);
  const there = sandbox(files);
  const { images, notes } = await new ImageWatch().collect(there);
  assert.equal(images.length, 8);
  assert.equal(there.fetched.length, 8);
  assert.equal(notes.length, 5);
  assert(notes.includes(`large.jpg is not shown: ${imageBounds.bytes + 1} bytes`));
});

Deno.test("ImageWatch: files that are no images, and sizes that are not true, are bounded", async () => {
  const none = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`${i}.png`, text("x")]));
  const many = sandbox(none);
  const { images, notes } = await new ImageWatch().collect(many);
  assert.deepEqual([images.length, many.fetched.length], [0, imageBounds.files]);
  assert.match(notes.join("\n"), /is not shown: 64 files were looked at[^]*more are not shown/);
  const large = Object.fromEntries(
    Array.from({ length: 60 }, (_, i) => [`${i}.jpg`, jpeg(imageBounds.bytes + 1)]),
  );
  const lying = sandbox(large);
  const list = async () => (await lying.list()).map((entry) => ({ ...entry, size: 1 }));
  const found = await new ImageWatch().collect({ ...lying, list });
  assert.deepEqual([found.images.length, lying.fetched.length], [0, 8]);
});

Deno.test("ImageWatch: what the agent refuses is named, a lost connection is thrown", async () => {
  const there = sandbox({ "a.jpg": jpeg(5), "b.jpg": jpeg(5) });
  const refuse = (path: string) => {
    if (path === "b.jpg") return there.get(path);
    return Promise.reject(new RequestError("not_found", "Cannot read it"));
  };
  const { images, notes } = await new ImageWatch().collect({ ...there, get: refuse });
  assert.deepEqual(images.map(({ path }) => path), ["b.jpg"]);
  assert.deepEqual(notes, ["a.jpg is not shown: Cannot read it"]);
  const list = () => Promise.reject(new RequestError("internal", "Cannot list"));
  const none = await new ImageWatch().collect({ ...there, list });
  assert.deepEqual(none, { images: [], notes: ["Images are not shown: Cannot list"] });
  const lost = () => Promise.reject(new ConnectionError("lost"));
  await assert.rejects(new ImageWatch().collect({ ...there, get: lost }), ConnectionError);
});
