// Where the build reads and writes: one place, so that no script knows another's folders.

import { fileURLToPath } from "node:url";

/** The repository's root, without a final slash. */
export const root: string = fileURLToPath(new URL("../../", import.meta.url)).replace(/\/$/, "");

/** What a build leaves for its user: binaries, images, manifests. */
export const distDirectory: string = `${root}/dist`;

/** What a build can fetch or make again: packages, unpacked kernels. */
export const cacheDirectory: string = `${root}/.cache`;

/** Name of an executable of the agent under `dist/`. */
export function agentBinary(arch: string): string {
  return `sallyport-agent-${arch}`;
}
