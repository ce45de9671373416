// For tests: libseccomp, and whether this machine can have it.

import { Seccomp } from "../libseccomp/binding.ts";
import { loadModule, moduleIsCached } from "../libseccomp/module.ts";
import { missingPackages } from "../libseccomp/tools.ts";

const cached = await moduleIsCached();

/** A need of `testNeeding`: the module is cached, or can be built without installing anything. */
export const libseccomp = {
  missing(): string | null {
    const packages = missingPackages();
    return cached || packages.length === 0 ? null : `the packages "${packages.join('", "')}"`;
  },
};

let loaded: Promise<WebAssembly.Module> | undefined;

/** A library of the caller's own; the module behind it is loaded once. */
export async function seccompForTest(): Promise<Seccomp> {
  loaded ??= loadModule();
  return new Seccomp(await loaded);
}
