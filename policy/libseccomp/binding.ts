// The typed face of the libseccomp module: filters in, BPF and pseudo-code out.
//
// It hides pointers, and turns every negative result into an error that says what libseccomp
// means by it. It runs anywhere Deno runs: the module has no access to anything.

import { ACTION, ARCH_TOKEN, ATTRIBUTE, COMPARE, MEANINGS, OPTIMIZE } from "./constants.ts";
import { Host } from "./host.ts";

/** An architecture the binding builds filters for. */
export type SeccompArch = keyof typeof ARCH_TOKEN;

/** A comparison of argument `index` (0-5): all 64 bits, or those of `mask`. */
export interface Comparison {
  readonly index: number;
  readonly mask?: bigint;
  readonly value: bigint;
}

/** The call of libseccomp failed; `errno` is its positive error number. */
export class SeccompError extends Error {
  override readonly name = "SeccompError";
  constructor(readonly call: string, readonly errno: number, detail: string) {
    const [name, meaning] = MEANINGS[errno] ?? [`errno ${errno}`, "not documented"];
    super(`Cannot ${detail}: ${name} from ${call}: ${meaning}`);
  }
}

type Exports =
  & Record<string, (...values: number[]) => number>
  & { memory: WebAssembly.Memory; arch_def_native: WebAssembly.Global };

/** libseccomp, loaded. One instance makes any number of filters, one after the other. */
export class Seccomp {
  readonly #host = new Host();
  readonly #c: Exports;

  /** `module` comes from module.ts. */
  constructor(module: WebAssembly.Module) {
    const instance = new WebAssembly.Instance(module, this.#host.imports);
    this.#c = instance.exports as unknown as Exports;
    this.#host.attach(this.#c.memory);
    this.#c._initialize();
    // There is no kernel to probe: say that everything up to user notification is supported.
    this.check("seccomp_api_set", this.#c.seccomp_api_set(6), "set the API level");
  }

  /** libseccomp's own version, such as "2.5.4". */
  get version(): string {
    return [...new Uint32Array(this.#c.memory.buffer, this.#c.seccomp_version(), 3)].join(".");
  }

  /** The number of a syscall, or undefined when the architecture has none of that name. */
  resolve(name: string, arch: SeccompArch): number | undefined {
    const address = this.#string(name);
    const number = this.#c.seccomp_syscall_resolve_name_arch(ARCH_TOKEN[arch], address);
    this.#c.free(address);
    // -1 is an unknown name; other negative numbers stand for calls of other architectures.
    return number < 0 ? undefined : number;
  }

  /** The name of a syscall number, or undefined when libseccomp's table has none. */
  nameOf(number: number, arch: SeccompArch): string | undefined {
    const address = this.#c.seccomp_syscall_resolve_num_arch(ARCH_TOKEN[arch], number);
    if (address === 0) return undefined;
    const name = this.#host.text(address);
    this.#c.free(address);
    return name;
  }

  /**
   * Starts a filter for one architecture, as a binary tree. Calls by any other architecture, and by
   * x32 on x86_64, kill the process.
   *
   * @param otherwise the action for every call without a rule
   */
  filter(
    arch: SeccompArch,
    otherwise: number,
    optimize: keyof typeof OPTIMIZE = "TREE",
  ): SeccompFilter {
    // libseccomp translates numbers from the native architecture by name, which fails for calls
    // that its table lacks. With the filter's own architecture as the native one nothing is
    // translated.
    const native = this.#c.arch_def_lookup(ARCH_TOKEN[arch]);
    new DataView(this.#c.memory.buffer).setUint32(this.#c.arch_def_native.value, native, true);
    const context = this.#c.seccomp_init(otherwise);
    if (context === 0) throw new SeccompError("seccomp_init", 22, "start a filter");
    const filter = new SeccompFilter(this, this.#c, this.#host, context);
    filter.setAttribute("ACT_BADARCH", ACTION.KILL_PROCESS);
    filter.setAttribute("CTL_OPTIMIZE", OPTIMIZE[optimize]);
    return filter;
  }

  /** Throws a SeccompError when `result` is negative. */
  check(call: string, result: number, detail: string): void {
    if (result < 0) throw new SeccompError(call, -result, detail);
  }

  #string(text: string): number {
    const bytes = new TextEncoder().encode(`${text}\0`);
    const address = this.#c.malloc(bytes.length);
    new Uint8Array(this.#c.memory.buffer, address, bytes.length).set(bytes);
    return address;
  }
}

/** One filter in the making; dispose of it when done (`using`). */
export class SeccompFilter implements Disposable {
  readonly #seccomp: Seccomp;
  readonly #c: Exports;
  readonly #host: Host;
  #context: number;

  /** Made by `Seccomp.filter`. */
  constructor(seccomp: Seccomp, exports: Exports, host: Host, context: number) {
    this.#seccomp = seccomp;
    this.#c = exports;
    this.#host = host;
    this.#context = context;
  }

  /** Sets an attribute of the filter (seccomp_attr_set(3)). */
  setAttribute(name: keyof typeof ATTRIBUTE, value: number): void {
    const result = this.#c.seccomp_attr_set(this.#context, ATTRIBUTE[name], value);
    this.#seccomp.check("seccomp_attr_set", result, `set the attribute "${name}"`);
  }

  /**
   * Adds a rule: `action` for the call `number` when all comparisons hold.
   *
   * @param number a real syscall number, not negative: libseccomp's negative ones mean other things
   */
  rule(action: number, number: number, comparisons: readonly Comparison[] = []): void {
    if (number < 0) throw new RangeError(`Cannot add a rule for the syscall number "${number}"`);
    const address = comparisons.length > 0 ? this.#comparisons(comparisons) : 0;
    const result = this.#c.seccomp_rule_add_array(
      this.#context,
      action,
      number,
      comparisons.length,
      address,
    );
    if (address !== 0) this.#c.free(address);
    this.#seccomp.check("seccomp_rule_add_array", result, `add a rule for syscall ${number}`);
  }

  /** The filter as struct sock_filter[]: 8 bytes for each instruction, little-endian. */
  bpf(): Uint8Array<ArrayBuffer> {
    const result = this.#c.seccomp_export_bpf(this.#context, 1);
    this.#seccomp.check("seccomp_export_bpf", result, "export the filter");
    return this.#host.take();
  }

  /** The filter as libseccomp's pseudo-code. */
  pseudoCode(): string {
    const result = this.#c.seccomp_export_pfc(this.#context, 1);
    this.#seccomp.check("seccomp_export_pfc", result, "export the pseudo-code");
    return new TextDecoder().decode(this.#host.take());
  }

  [Symbol.dispose](): void {
    if (this.#context !== 0) this.#c.seccomp_release(this.#context);
    this.#context = 0;
  }

  /** struct scmp_arg_cmp[]: arg, op, datum_a, datum_b in 24 bytes each. */
  #comparisons(comparisons: readonly Comparison[]): number {
    const address = this.#c.malloc(24 * comparisons.length);
    const view = new DataView(this.#c.memory.buffer, address, 24 * comparisons.length);
    comparisons.forEach(({ index, mask, value }, i) => {
      view.setUint32(24 * i, index, true);
      view.setUint32(24 * i + 4, mask === undefined ? COMPARE.EQ : COMPARE.MASKED_EQ, true);
      view.setBigUint64(24 * i + 8, mask ?? value, true);
      view.setBigUint64(24 * i + 16, mask === undefined ? 0n : value, true);
    });
    return address;
  }
}
