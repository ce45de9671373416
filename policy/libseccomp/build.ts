// Compiles libseccomp to a WebAssembly module of about 100 kB.
//
// With the library as WebAssembly, making filters needs neither Linux nor FFI nor a permission
// beyond reading the module, and gives the same bytes everywhere. The source is compiled as Debian
// ships it, for an x86_64 "native" architecture; binding.ts chooses another one where it must.

import { join } from "node:path";
import { run } from "./command.ts";
import { HEADERS, RENAMED } from "./headers.ts";

const SOURCES = [
  ..."api system helper gen_pfc gen_bpf hash db arch syscalls".split(" "),
  // The table refers to every architecture, so each one must be linked.
  ..."x86 x86_64 x32 arm aarch64 mips mips64 mips64n32 parisc parisc64 ppc ppc64 riscv64 s390 s390x"
    .split(" ").map((arch) => `arch-${arch}`),
];

/** What the module exports: the functions and the one variable that binding.ts uses. */
export const EXPORTS: readonly string[] = [
  "malloc",
  "free",
  "arch_def_lookup",
  "arch_def_native",
  "seccomp_version",
  "seccomp_init",
  "seccomp_release",
  "seccomp_api_set",
  "seccomp_arch_add",
  "seccomp_arch_remove",
  "seccomp_attr_set",
  "seccomp_attr_get",
  "seccomp_rule_add_array",
  "seccomp_syscall_priority",
  "seccomp_syscall_resolve_name_arch",
  "seccomp_syscall_resolve_num_arch",
  "seccomp_export_bpf",
  "seccomp_export_pfc",
];

const CFLAGS = [
  "--target=wasm32-wasi",
  "-std=gnu11",
  "-Os",
  "-fvisibility=hidden",
  "-ffunction-sections",
  "-fdata-sections",
  "-D_GNU_SOURCE",
  "-DHAVE_LINUX_SECCOMP_H",
  // libseccomp asks the compiler which machine it is built for.
  "-D__x86_64__",
  "-U__ILP32__",
  ...RENAMED.map((name) => `-D${name}=host_${name.replace(/^__/, "")}`),
];

const LIBRARIES = "/usr/lib/wasm32-wasi";
const BUILTINS = "/usr/lib/llvm-14/lib/clang/14.0.6/lib/wasi/libclang_rt.builtins-wasm32.a";

/** Changes whenever a different module would be built from the same source. */
export const RECIPE = JSON.stringify([SOURCES, EXPORTS, CFLAGS, HEADERS]);

/**
 * Builds the module.
 *
 * @param source the unpacked source package
 * @param dir an existing working directory
 * @param output path of the module to write
 * @throws Error with the command that failed
 */
export async function build(source: string, dir: string, output: string): Promise<void> {
  const include = join(dir, "include");
  await writeHeaders(include);
  const table = await generateTable(join(source, "src"), dir);
  const flags = [
    ...CFLAGS,
    `-ffile-prefix-map=${source}/=`,
    `-I${include}`,
    `-I${join(source, "src")}`,
    `-I${join(source, "include")}`,
    `-idirafter`,
    join(include, "kernel"),
  ];
  const inputs = [...SOURCES.map((name) => join(source, "src", `${name}.c`)), table];
  const objects = inputs.map((_, index) => join(dir, `${index}.o`));
  const queue = inputs.entries();
  const worker = async () => {
    for (const [index, input] of queue) {
      await run("clang-14", [...flags, "-c", input, "-o", objects[index]]);
    }
  };
  await Promise.all(Array.from({ length: navigator.hardwareConcurrency }, worker));
  await link(objects, output);
}

/**
 * The linker is called directly: the compiler driver would silently run wasm-opt where it finds
 * one.
 */
async function link(objects: readonly string[], output: string): Promise<void> {
  await run("wasm-ld-14", [
    "--entry=_initialize",
    "--allow-undefined",
    "--gc-sections",
    "--strip-all",
    "-zstack-size=65536",
    ...EXPORTS.map((name) => `--export=${name}`),
    join(LIBRARIES, "crt1-reactor.o"),
    ...objects,
    join(LIBRARIES, "libc.a"),
    BUILTINS,
    "-o",
    output,
  ]);
}

async function writeHeaders(include: string): Promise<void> {
  await Deno.mkdir(join(include, "sys"), { recursive: true });
  await Deno.mkdir(join(include, "kernel"), { recursive: true });
  for (const [name, text] of Object.entries(HEADERS)) {
    await Deno.writeTextFile(join(include, name), text);
  }
  // The kernel's headers alone: the rest of /usr/include belongs to another C library.
  const kernel: Record<string, string> = {
    linux: "/usr/include/linux",
    "asm-generic": "/usr/include/asm-generic",
    asm: `/usr/include/${Deno.build.arch}-linux-gnu/asm`,
  };
  for (const [name, target] of Object.entries(kernel)) {
    await Deno.symlink(target, join(include, "kernel", name));
  }
}

/** Debian patches syscalls.csv but not the hash table made from it, so that is made again. */
async function generateTable(source: string, dir: string): Promise<string> {
  const script = join(source, "arch-gperf-generate");
  const inputs = ["syscalls.csv", "syscalls.perf.template"].map((name) => join(source, name));
  await run("bash", [script, ...inputs], { cwd: dir, env: { TMPDIR: dir } });
  const options = ["-m", "100", "--null-strings", "--pic", "-tCEG", "-T", "-S1"];
  const text = await run("gperf", [...options, "syscalls.perf"], { cwd: dir });
  const path = join(dir, "table.c");
  await Deno.writeTextFile(path, text);
  return path;
}
