// The C library's symbols, opened once for the whole program.
//
// This is the program's only use of `Deno.dlopen`: every call into the kernel passes through this
// table, so the permission `--allow-ffi=<libcPath>` is all the program needs. What it calls stands
// in symbols.ts. `dlopen` makes executable memory, so nothing may be opened later, under a seccomp
// filter.

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

/** What no function looks at: the value of one parameter more than it has. */
const unseen = { type: { struct: ["i32"] }, value: new Uint8Array(4) } as const;

/**
 * Opens symbols without trampolines. For each symbol Deno compiles one, which takes 0.1 to 0.25 ms
 * of every start and leaves executable memory behind; unless it has a parameter that is a
 * structure. So these get one more parameter, a structure of an int. C never sees it: the caller of
 * a C function places and removes its arguments, and one that is not read changes nothing (System V
 * ABI for x86-64, 3.2.3; AAPCS64, 6.8.2). A call takes about 1 us.
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
 * The C library's functions, raw: -1 means failure and `errno()` must be read at once. Only files
 * in this folder call them; the rest of the program uses the named functions beside this file.
 */
export const libc: Functions<typeof hot> & Functions<typeof cold> = {
  ...Deno.dlopen(libcPath, hot).symbols,
  ...openCold(cold),
};
