// What the kernel's Landlock supports.
//
// Syscall programs set the rules themselves, in a sandbox and its jobs. This process only asks for
// the ABI version, which decides which access rights a ruleset may name (landlock(7)).

import {
  LANDLOCK_ACCESS_FS_IOCTL_DEV,
  LANDLOCK_ACCESS_FS_MAKE_SYM,
  LANDLOCK_ACCESS_FS_REFER,
  LANDLOCK_ACCESS_FS_TRUNCATE,
  LANDLOCK_ACCESS_NET_BIND_TCP,
  LANDLOCK_ACCESS_NET_CONNECT_TCP,
  LANDLOCK_CREATE_RULESET_VERSION,
  LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET,
  LANDLOCK_SCOPE_SIGNAL,
} from "./constants.ts";
import { E, errno, SysError } from "./errno.ts";
import { libc } from "./libc.ts";
import { syscallNumber, thisArch } from "./syscall_numbers.ts";

const createRulesetNumber = BigInt(syscallNumber(thisArch, "landlock_create_ruleset"));

/** The Landlock ABI version; 0 if the kernel has none or it is switched off. */
export function landlockAbi(): number {
  const flags = BigInt(LANDLOCK_CREATE_RULESET_VERSION);
  const version = libc.landlock_create_ruleset(createRulesetNumber, null, 0n, flags);
  if (version !== -1) return version;
  const number = errno();
  if (number === E.ENOSYS || number === E.EOPNOTSUPP) return 0;
  throw new SysError("landlock_create_ruleset", number, "ask for the Landlock version");
}

/** All rights that an ABI can handle, as masks for struct landlock_ruleset_attr. */
export interface LandlockRights {
  /** LANDLOCK_ACCESS_FS_* */
  fs: number;
  /** LANDLOCK_ACCESS_NET_* */
  net: number;
  /** LANDLOCK_SCOPE_* */
  scope: number;
}

/**
 * The rights that a kernel of this ABI knows: ABI 2, 3 and 5 add file rights, 4 adds net, 6 adds
 * scopes.
 */
export function landlockRights(abi: number): LandlockRights {
  if (abi < 1) return { fs: 0, net: 0, scope: 0 };
  let fs = LANDLOCK_ACCESS_FS_MAKE_SYM * 2 - 1; // all of ABI 1: bits 0 to 12
  if (abi >= 2) fs |= LANDLOCK_ACCESS_FS_REFER;
  if (abi >= 3) fs |= LANDLOCK_ACCESS_FS_TRUNCATE;
  if (abi >= 5) fs |= LANDLOCK_ACCESS_FS_IOCTL_DEV;
  const net = abi >= 4 ? LANDLOCK_ACCESS_NET_BIND_TCP | LANDLOCK_ACCESS_NET_CONNECT_TCP : 0;
  const scope = abi >= 6 ? LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET | LANDLOCK_SCOPE_SIGNAL : 0;
  return { fs, net, scope };
}

/**
 * Size in bytes of struct landlock_ruleset_attr for an ABI: fs, since ABI 4 net, since 6 scoped.
 */
export function landlockRulesetSize(abi: number): number {
  return abi >= 6 ? 24 : abi >= 4 ? 16 : 8;
}
