// The first program of a guest that boots from a disk, for a kernel whose disk drivers are modules.
//
// A kernel with everything built in needs none of this (root=/dev/vda). For other kernels a small
// first file system loads the modules and mounts the disk. Its program is a list of system calls,
// assembled here as a static ELF file of a few hundred bytes, so the image needs neither a shell
// nor a second copy of the agent.

import { type SyscallName, syscallNumber } from "../linux/syscall_numbers.ts";
import { FileTree } from "./file_tree.ts";
import { diskModules, type Kernel, loadingOrder } from "./kernel.ts";

/** A process to fork: the child executes these words, the parent continues. */
export interface Fork {
  fork: readonly string[];
}

/**
 * One call. Arguments are numbers, strings (passed by address), or the result of the previous call.
 */
export interface Call {
  call: SyscallName;
  args: readonly (number | string | typeof RESULT)[];
}

/** Stands for the result of the previous call. Only allowed as the first argument. */
export const RESULT: unique symbol = Symbol("result");

type Arch = "x86_64" | "aarch64";

const SIGCHLD = 17;
const BASE = 0x400000, CODE = 64 + 2 * 56;

/**
 * The calls of the stub: load the modules, mount /dev, make the disk the new root, start the agent.
 */
export function bootCalls(modules: readonly string[], kinds: readonly string[]): Call[] {
  const AT_FDCWD = -100, O_CLOEXEC = 0o2000000, MS_RDONLY = 1, MS_MOVE = 0x2000;
  const calls: Call[] = [];
  for (const path of modules) {
    calls.push({ call: "openat", args: [AT_FDCWD, path, O_CLOEXEC, 0] });
    calls.push({ call: "finit_module", args: [RESULT, "", 0] });
  }
  calls.push({ call: "mount", args: ["dev", "/dev", "devtmpfs", 0, 0] });
  for (const kind of kinds) {
    calls.push({ call: "mount", args: ["/dev/vda", "/mnt", kind, MS_RDONLY, 0] });
  }
  calls.push({ call: "chdir", args: ["/mnt"] });
  calls.push({ call: "mount", args: [".", "/", 0, MS_MOVE, 0] });
  calls.push({ call: "chroot", args: ["."] });
  return calls;
}

/** The program that the stub executes at its end: its words, and environment lines NAME=value. */
export interface Become {
  command: readonly string[];
  environment: readonly string[];
}

const agent: Become = { command: ["/init"], environment: [] };

/** Machine code of the calls, followed by execve(2) of `become` and, if that fails, exit. */
export function buildStub(
  arch: Arch,
  calls: readonly (Call | Fork)[],
  become: Become = agent,
): Uint8Array<ArrayBuffer> {
  const strings = new Map<string, number>();
  const data: number[] = [];
  const addressOf = (text: string, codeSize: number): number => {
    if (!strings.has(text)) {
      strings.set(text, data.length);
      data.push(...new TextEncoder().encode(text), 0);
    }
    return BASE + CODE + codeSize + strings.get(text)!;
  };
  const emit = (codeSize: number): number[] => {
    const code: number[] = [];
    const array = (words: readonly string[]): number => {
      const pointers = words.map((word) => addressOf(word, codeSize));
      while (data.length % 8 !== 0) data.push(0);
      const address = BASE + CODE + codeSize + data.length;
      for (const pointer of [...pointers, 0]) data.push(...bytesOf(pointer, 8));
      return address;
    };
    const exec = ({ command, environment }: Become): number[] => {
      const words = [addressOf(command[0], codeSize), array(command), array(environment)];
      return callCode(arch, syscallNumber(arch, "execve"), words);
    };
    for (const step of calls) {
      if ("fork" in step) {
        const child = exec({ command: step.fork, environment: [] });
        code.push(...callCode(arch, syscallNumber(arch, "clone"), [SIGCHLD, 0, 0, 0, 0]));
        code.push(...skipInParent(arch, child.length), ...child);
        continue;
      }
      const values = step.args.map((a) => typeof a === "string" ? addressOf(a, codeSize) : a);
      code.push(...callCode(arch, syscallNumber(arch, step.call), values));
    }
    code.push(...exec(become));
    code.push(...callCode(arch, syscallNumber(arch, "exit_group"), [1]));
    while (code.length % 8 !== 0) code.push(0);
    return code;
  };
  const size = emit(0).length; // sizes do not depend on addresses
  strings.clear();
  data.length = 0;
  return elfFile(arch, [...emit(size), ...data]);
}

function bytesOf(value: number, count: number): number[] {
  const bytes = new Uint8Array(new BigInt64Array([BigInt(value)]).buffer);
  return [...bytes.subarray(0, count)];
}

function callCode(arch: Arch, number: number, args: readonly (number | typeof RESULT)[]): number[] {
  return arch === "x86_64" ? x86Call(number, args) : armCall(number, args);
}

/**
 * Skips `size` bytes of code where the result of the previous call is not 0: test and jnz, or cbnz.
 */
function skipInParent(arch: Arch, size: number): number[] {
  if (arch === "x86_64") return [0x85, 0xc0, 0x0f, 0x85, ...bytesOf(size, 4)];
  return bytesOf((0xb5000000 | ((size / 4 + 1) << 5)) >>> 0, 4);
}

/** mov rdi/rsi/rdx/r10/r8/r9, imm64; mov eax, imm32; syscall. The result is in rax. */
function x86Call(number: number, args: readonly (number | typeof RESULT)[]): number[] {
  const load = [[0x48, 0xbf], [0x48, 0xbe], [0x48, 0xba], [0x49, 0xba], [0x49, 0xb8], [0x49, 0xb9]];
  const code = args.flatMap((value, i) =>
    value === RESULT ? [0x48, 0x89, 0xc7] : [...load[i], ...bytesOf(value as number, 8)]
  );
  return [...code, 0xb8, ...bytesOf(number, 4), 0x0f, 0x05];
}

/**
 * movz and three movk for each of x0 to x5; movz x8; svc 0. The result is in x0, which is also the
 * register of the first argument.
 */
function armCall(number: number, args: readonly (number | typeof RESULT)[]): number[] {
  const word = (instruction: number) => bytesOf(instruction, 4);
  const code = args.flatMap((value, register) => {
    if (value === RESULT) return [];
    const bits = BigInt.asUintN(64, BigInt(value as number));
    return [0, 1, 2, 3].flatMap((part) => {
      const half = Number((bits >> BigInt(16 * part)) & 0xffffn);
      return word(
        ((part === 0 ? 0xd2800000 : 0xf2800000) | (part << 21) | (half << 5) | register) >>> 0,
      );
    });
  });
  return [...code, ...word((0xd2800000 | (number << 5) | 8) >>> 0), ...word(0xd4000001)];
}

/**
 * A static ELF64 file with one readable and executable segment, and a stack that is not executable
 * (elf(5)).
 */
function elfFile(arch: Arch, body: readonly number[]): Uint8Array<ArrayBuffer> {
  const size = CODE + body.length;
  const file = new Uint8Array(size);
  const view = new DataView(file.buffer);
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setUint16(16, 2, true); // ET_EXEC
  view.setUint16(18, arch === "x86_64" ? 62 : 183, true);
  view.setUint32(20, 1, true);
  view.setBigUint64(24, BigInt(BASE + CODE), true);
  view.setBigUint64(32, 64n, true);
  view.setUint16(52, 64, true);
  view.setUint16(54, 56, true);
  view.setUint16(56, 2, true);
  view.setUint32(64, 1, true); // PT_LOAD
  view.setUint32(68, 5, true); // PF_R | PF_X
  for (const at of [80, 88]) view.setBigUint64(at, BigInt(BASE), true);
  for (const at of [96, 104]) view.setBigUint64(at, BigInt(size), true);
  view.setBigUint64(112, 0x1000n, true);
  view.setUint32(120, 0x6474e551, true); // PT_GNU_STACK
  view.setUint32(124, 6, true); // PF_R | PF_W
  file.set(body, CODE);
  return file;
}

/** The first file system: the stub, the modules, three directories. */
export async function bootTree(arch: Arch, kernel: Kernel): Promise<FileTree> {
  const tree = new FileTree();
  const kinds = ["erofs", "squashfs"];
  const paths: string[] = [];
  for (const name of await loadingOrder(kernel, [...diskModules, ...kinds])) {
    const path = `modules/${name}.ko`;
    tree.file(path, await Deno.readFile(kernel.modules.get(name)!), 0o644, kernel.origin);
    paths.push(`/${path}`);
  }
  for (const path of ["dev", "mnt"]) tree.directory(path);
  tree.file("init", buildStub(arch, bootCalls(paths, kinds)), 0o755);
  return tree;
}
