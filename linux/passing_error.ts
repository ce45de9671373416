// Which errors of the kernel pass: something has run out or was interrupted, and the same call may
// succeed a little later. Every other error would come again.

import { E } from "./errno.ts";

const names: readonly (keyof typeof E)[] = [
  "EINTR",
  "EAGAIN",
  "EBUSY",
  "ENOMEM",
  "ENOBUFS",
  "ENOSPC",
  "EDQUOT",
  "EUSERS",
  "ENFILE",
  "EMFILE",
  "ETOOMANYREFS", // too many descriptors are on their way (unix(7))
];

const passing: ReadonlySet<string> = new Set(names);

/** Whether an error of that symbolic name may pass. */
export function mayPass(code: string): boolean {
  return passing.has(code);
}
