import assert from "node:assert/strict";
import { dependenciesOf, type Kernel, loadingOrder } from "./kernel.ts";

const modinfo = (depends: string) =>
  new TextEncoder().encode(`\x7fELF\0license=GPL\0depends=${depends}\0name=x\0`);

Deno.test("a module's dependencies are read from its modinfo", () => {
  assert.deepEqual(dependenciesOf(modinfo("vsock,virtio-ring")), ["vsock", "virtio_ring"]);
  assert.deepEqual(dependenciesOf(modinfo("")), []);
  assert.throws(() => dependenciesOf(new Uint8Array(8)), /depends/);
});

Deno.test("each module comes after what it needs, and built-in ones are left out", async () => {
  const directory = await Deno.makeTempDir({ prefix: "sallyport-modules-" });
  try {
    const modules = new Map<string, string>();
    for (const [name, depends] of [["a", "b,c"], ["b", "c"], ["c", "builtin"]]) {
      await Deno.writeFile(`${directory}/${name}.ko`, modinfo(depends));
      modules.set(name, `${directory}/${name}.ko`);
    }
    const kernel: Kernel = { image: "", modules, origin: "" };
    assert.deepEqual(await loadingOrder(kernel, ["a", "b", "missing"]), ["c", "b", "a"]);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
