// How the zygote's start ends: confined, or with the name of the failed step, even if programs sent
// to it are still unread.

import assert from "node:assert/strict";
import { closeFd } from "../linux/fd.ts";
import { getegid, geteuid } from "../linux/ids.ts";
import { waitpid } from "../linux/process.ts";
import { thisArch } from "../linux/syscall_numbers.ts";
import type { Platform } from "./layout.ts";
import { startZygote } from "./zygote.ts";

/** Starts a zygote that shows `paths`, waits for it to be confined, and lets it go. */
function confine(...paths: string[]): void {
  const ids = { uid: geteuid(), gid: getegid() };
  const platform: Platform = {
    arch: thisArch,
    ownIds: ids.uid === 0,
    rootfs: false,
    view: true,
    landlock: 0,
    seccomp: false,
    readOnlyPaths: paths.map((path) => ({ path })),
    etc: [],
    settings: [],
    identityPaths: paths.includes("/etc") ? ["/etc/passwd"] : [],
    limits: {} as Platform["limits"],
    countsSockets: true,
    cgroup: false,
  };
  const zygote = startZygote(platform, ids);
  try {
    zygote.confined();
  } finally {
    closeFd(zygote.control);
    waitpid(zygote.pid);
  }
}

Deno.test("a zygote is confined", () => confine("/usr", "/etc"));

Deno.test("a zygote shows directories that lie deeper", () =>
  confine("/usr/bin", "/usr/lib", "/etc"));

Deno.test("a step of the zygote that fails is named, though a later program is unread", () => {
  for (let i = 0; i < 20; i++) {
    assert.throws(() => confine("/not-there"), /^StepError: Cannot show \/not-there: ENOENT$/);
  }
});
