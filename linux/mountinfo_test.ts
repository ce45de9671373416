import assert from "node:assert/strict";
import { rootIsRootfs } from "./mountinfo.ts";

Deno.test("the root is rootfs only where nothing is mounted over it", () => {
  const rootfs = "1 1 0:2 / / rw shared:1 - rootfs rootfs rw,size=1k";
  const proc = "20 1 0:4 / /proc rw - proc proc rw";
  const disk = "21 1 8:1 / / ro,relatime - ext4 /dev/root ro";
  assert.equal(rootIsRootfs(`${rootfs}\n${proc}\n`), true);
  assert.equal(rootIsRootfs(`${rootfs}\n${disk}\n${proc}\n`), false);
  assert.equal(rootIsRootfs(`${proc}\n`), false);
  assert.equal(rootIsRootfs(""), false);
});
