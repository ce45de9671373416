// Loading kernel modules from files, as PID 1 of a guest needs for its vsock transport.

import { O_CLOEXEC, O_RDONLY } from "./constants.ts";
import { E, errno, SysError } from "./errno.ts";
import { closeFd, openFd } from "./fd.ts";
import { libc } from "./libc.ts";
import { cString } from "./memory.ts";
import { syscallNumber, thisArch } from "./syscall_numbers.ts";

const finitModuleNumber = BigInt(syscallNumber(thisArch, "finit_module"));

/**
 * finit_module(2). Loads an uncompressed module; false if it is loaded already. Needs
 * CAP_SYS_MODULE.
 */
export function loadModule(path: string, parameters = ""): boolean {
  const fd = openFd(path, O_RDONLY | O_CLOEXEC);
  try {
    const result = libc.finit_module(finitModuleNumber, BigInt(fd), cString(parameters), 0n);
    if (result === 0) return true;
    const number = errno();
    if (number === E.EEXIST) return false;
    throw new SysError("finit_module", number, `load module "${path}"`);
  } finally {
    closeFd(fd);
  }
}
