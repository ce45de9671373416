// The names that policies use have the numbers of the system's headers.

import assert from "node:assert/strict";
import { askHeaders, probeFor } from "../../linux/testing/header_probe.ts";
import { skip } from "../../tests/helpers/need.ts";
import { ARGUMENTS, ERRNOS } from "./linux_constants.ts";

const HEADERS = [
  ...["errno", "fcntl", "sched"].map((name) => `${name}.h`),
  ...["socket", "mman", "resource", "ioctl", "prctl"].map((name) => `sys/${name}.h`),
  ...["fs", "seccomp"].map((name) => `linux/${name}.h`),
  "netinet/in.h",
];
/** x86_64's asm/prctl.h, and names newer than some headers. */
const MAYBE = new Set(
  Object.keys(ARGUMENTS).filter((name) =>
    /^ARCH_|^PR_SET_VMA$|^SECCOMP_IOCTL_NOTIF_SET_FLAGS$/.test(name)
  ),
);

for (const arch of ["x86_64", "aarch64"] as const) {
  const name = `argument values and errnos are those of ${arch}'s headers`;
  const probe = probeFor(arch);
  if (probe.missing) skip(null, name, probe.missing);
  Deno.test({
    name,
    ignore: probe.missing !== undefined,
    fn: async () => {
      const headers = arch === "x86_64" ? [...HEADERS, "asm/prctl.h"] : HEADERS;
      const entries = [
        ...Object.entries(ARGUMENTS),
        ...Object.entries(ERRNOS).map(([key, value]) => [key, BigInt(value)] as const),
      ];
      const found = await askHeaders(probe, headers, entries.map(([key]) => key), MAYBE);
      for (const [index, [key, value]] of entries.entries()) {
        if (found[index] === undefined) continue;
        assert.equal(BigInt.asUintN(32, found[index]), value, key);
      }
    },
  });
}
