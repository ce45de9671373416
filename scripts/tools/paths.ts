// Where the build reads and writes: in one place, so that no script depends on another's folders.

import { fileURLToPath } from "node:url";

/** The repository's root, without a final slash. */
export const root: string = fileURLToPath(new URL("../../", import.meta.url)).replace(/\/$/, "");

/** Results of a build for its user: binaries, images, manifests. */
export const distDirectory: string = `${root}/dist`;

/** Files that a build can fetch or make again: packages, unpacked kernels. */
export const cacheDirectory: string = `${root}/.cache`;

/** Name of an executable of the agent under `dist/`. */
export function agentBinary(arch: string): string {
  return `sallyport-agent-${arch}`;
}
