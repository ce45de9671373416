import assert from "node:assert/strict";
import {
  LANDLOCK_ACCESS_FS_EXECUTE,
  LANDLOCK_ACCESS_FS_MAKE_REG,
  LANDLOCK_ACCESS_FS_WRITE_FILE,
} from "../linux/constants.ts";
import { landlockRights } from "../linux/landlock.ts";
import { rightsFor } from "./landlock.ts";

Deno.test("only the job's own directories may be changed", () => {
  const change = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG;
  for (const path of ["/", "/usr", "/etc", "/proc"]) {
    assert.equal(rightsFor(path, 7) & change, 0, path);
  }
  for (const path of ["/sandbox", "/tmp"]) assert.equal(rightsFor(path, 7) & change, change, path);
});

Deno.test("nothing is made, and nothing executed, in /dev and /proc", () => {
  const not = LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_EXECUTE;
  for (const path of ["/dev", "/proc"]) assert.equal(rightsFor(path, 7) & not, 0, path);
});

Deno.test("no rule asks for more than its ABI knows", () => {
  for (let abi = 1; abi <= 7; abi++) {
    for (const path of ["/", "/usr", "/proc", "/dev", "/sandbox", "/tmp"]) {
      assert.equal(rightsFor(path, abi) & ~landlockRights(abi).fs, 0, `${path}, ABI ${abi}`);
    }
  }
});
