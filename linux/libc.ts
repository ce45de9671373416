// The C library's symbols, opened once for the whole program.
//
// This is the program's only use of `Deno.dlopen`: every call into the kernel passes through this
// table, so the permission `--allow-ffi=<libcPath>` is all the program needs. The functions are
// listed in symbols.ts. `dlopen` makes executable memory, so nothing may be opened later, under a
// seccomp filter.

import { cold, hot } from "./symbols.ts";

const paths: Partial<Record<typeof Deno.build.arch, string>> = {
  x86_64: "/lib/x86_64-linux-gnu/libc.so.6",
  aarch64: "/lib/aarch64-linux-gnu/libc.so.6",
};

/** Absolute path of the C library; the same path must be given to `--allow-ffi=`. */
export const libcPath: string = libcPathOf(Deno.build.arch);

function libcPathOf(arch: typeof Deno.build.arch): string {
  const path = Deno.build.os === "linux" ? paths[arch] : undefined;
  if (path === undefined) throw new Error(`Cannot run on "${Deno.build.os}" "${arch}"`);
  return path;
}

type Functions<Table extends Deno.ForeignLibraryInterface> = Deno.DynamicLibrary<Table>["symbols"];

/** The value of an extra parameter, which no C function reads. */
const unseen = { type: { struct: ["i32"] }, value: new Uint8Array(4) } as const;

/**
 * Opens symbols without trampolines. Deno compiles a trampoline for each symbol, which takes 0.1 to
 * 0.25 ms of every start and leaves executable memory behind, unless the symbol has a parameter
 * that is a structure. So these symbols get an extra parameter, a structure of an int. The C
 * function does not notice: its caller places and removes the arguments, and an argument that is
 * not read changes nothing (System V ABI for x86-64, 3.2.3; AAPCS64, 6.8.2). A call takes about 1
 * us.
 */
function openCold<Table extends Deno.ForeignLibraryInterface>(table: Table): Functions<Table> {
  const longer = Object.entries(table).map(([name, symbol]) => {
    const { parameters, ...rest } = symbol as Deno.ForeignFunction;
    return [name, { ...rest, parameters: [...parameters, unseen.type] }];
  });
  const opened = Deno.dlopen(libcPath, Object.fromEntries(longer)).symbols as Record<
    string,
    (...args: unknown[]) => unknown
  >;
  return Object.fromEntries(
    Object.entries(opened).map(([name, call]) => [
      name,
      (...args: unknown[]) => call(...args, unseen.value),
    ]),
  ) as Functions<Table>;
}

/**
 * The C library's raw functions: -1 means failure, and `errno()` must be read at once. Only files
 * in this folder call them; the rest of the program uses the functions that these files export.
 */
export const libc: Functions<typeof hot> & Functions<typeof cold> = {
  ...Deno.dlopen(libcPath, hot).symbols,
  ...openCold(cold),
};
