// How the zygote's start ends: confined, or with the name of the failed step, even if programs sent
// to it are still unread.

import assert from "node:assert/strict";
import { closeFd } from "../linux/fd.ts";
import { getegid, geteuid } from "../linux/ids.ts";
import { waitpid } from "../linux/process.ts";
import { thisArch } from "../linux/syscall_numbers.ts";
import type { EtcEntry, Platform } from "./layout.ts";
import { startZygote } from "./zygote.ts";

/** Starts a zygote that shows `paths`, waits for it to be confined, and lets it go. */
function confine(...paths: string[]): void {
  confineWith(paths, []);
}

function confineWith(paths: readonly string[], etc: readonly EtcEntry[]): void {
  const ids = { uid: geteuid(), gid: getegid() };
  const platform: Platform = {
    arch: thisArch,
    ownIds: ids.uid === 0,
    rootfs: false,
    view: true,
    landlock: 0,
    seccomp: false,
    readOnlyPaths: paths.map((path) => ({ path })),
    etc,
    settings: [{ name: "kernel/ostype", value: "Linux\n" }],
    identityPaths: ["/etc/passwd"],
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

Deno.test("a zygote is confined", () => confine("/usr"));

Deno.test("a zygote shows directories that lie deeper", () => confine("/usr/bin", "/usr/lib"));

Deno.test("a step of the zygote that fails is named, though a later program is unread", () => {
  for (let i = 0; i < 20; i++) {
    assert.throws(() => confine("/not-there"), /^StepError: Cannot show \/not-there: ENOENT$/);
  }
});

Deno.test("a zygote shows files, directories and links of /etc, and names what it could not", () => {
  const absent: EtcEntry = { kind: "directory", path: "/etc/a/b" };
  assert.throws(
    () => confineWith(["/usr"], [absent]),
    /^StepError: Cannot show \/etc\/a\/b: ENOENT$/,
  );
  const file = { kind: "file", bytes: 10, executable: false } as const;
  const gone: EtcEntry = { ...file, path: "/etc/not-there" };
  assert.throws(
    () => confineWith(["/usr"], [gone]),
    /^StepError: Cannot copy \/etc\/not-there: open: ENOENT$/,
  );
  const grown: EtcEntry = { ...file, path: "/etc/hosts", bytes: 1 << 20 };
  assert.throws(
    () => confineWith(["/usr"], [grown]),
    /^StepError: Cannot copy \/etc\/hosts: all of it: EINVAL$/,
  );
  confineWith(["/usr"], [
    { kind: "link", path: "/etc/x/y/z", link: "/nowhere" },
    ...Array.from({ length: 150 }, (_, i) => ({
      kind: "link" as const,
      path: `/etc/x/${i}`,
      link: "/nowhere",
    })),
  ]);
});
