// Calls that are refused in the guest and reported by name.

import assert from "node:assert/strict";
import { type SyscallName, syscallNumber } from "../../../linux/syscall_numbers.ts";
import { job, type Scenario, type Stage } from "../guest/scenario.ts";

/**
 * A program whose call is refused with an errno and named in the result. The arguments are Python
 * expressions.
 */
const denied = (syscall: SyscallName, ...args: string[]): Scenario => ({
  name: `a denied call is refused and told: ${syscall}`,
  run: async (stage: Stage) => {
    const code = call(syscallNumber(stage.arch, syscall), ...args);
    const { result, stdout } = await job(stage, "python", code, { status: "exited", exit_code: 0 });
    assert.match(stdout, /^(EPERM|ENOSYS|EACCES)\n$/);
    assert.ok(result.denied.some((d) => d.syscall === syscall), JSON.stringify(result.denied));
  },
});

const call = (number: number, ...args: string[]) =>
  `import ctypes,errno\nlibc=ctypes.CDLL(None,use_errno=True)\nr=libc.syscall(${
    [number, ...args].join(",")
  })\n` +
  `print(errno.errorcode[ctypes.get_errno()] if r==-1 else r)`;

/** In the order they are run. */
export const deniedScenarios: readonly Scenario[] = [
  denied("ptrace", "0", "0", "0", "0"),
  denied("bpf", "0", "0", "0"),
  denied("unshare", "0x10000000"),
  denied("mount", "b'x'", "b'/tmp'", "b'tmpfs'", "0", "0"),
  denied("keyctl", "0", "0", "0", "0", "0"),
  denied("reboot", "0xfee1dead", "672274793", "0x4321fedc", "0"),
  denied("init_module", "0", "0", "b''"),
];
