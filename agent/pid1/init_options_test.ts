import assert from "node:assert/strict";
import { parseKernelOptions } from "./init_options.ts";

Deno.test("options among the kernel's own", () => {
  assert.deepEqual(
    parseKernelOptions(
      'console=ttyS0 sallyport.listen=vsock:6000 quiet "sallyport.ready=vsock:2:7000" ' +
        'sallyport.allow_cid=3,4 sallyport.allow_cid="5" sallyport.end=restart dyndbg="a b"\n',
    ),
    { listen: "vsock:6000", ready: "vsock:2:7000", allowCid: [3, 4, 5], end: "restart" },
  );
  assert.deepEqual(parseKernelOptions("quiet"), {
    listen: "vsock:5000",
    allowCid: [],
    end: "poweroff",
  });
});

Deno.test("what follows -- belongs to init", () => {
  assert.deepEqual(parseKernelOptions("-- sallyport.listen=nonsense"), {
    listen: "vsock:5000",
    allowCid: [],
    end: "poweroff",
  });
});

Deno.test("a mistyped option stops the start", () => {
  for (
    const text of [
      "sallyport.listen=5000",
      "sallyport.listen",
      "sallyport.ready=unix:/x",
      "sallyport.allow_cid=three",
      "sallyport.allow_cid=3,",
      "sallyport.allow_cid=4294967296",
      "sallyport.end=now",
      "sallyport.lisen=vsock:1",
    ]
  ) {
    assert.throws(
      () => parseKernelOptions(text),
      /Cannot use the kernel option "sallyport\./,
      text,
    );
  }
});
