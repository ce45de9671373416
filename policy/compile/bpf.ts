// A small interpreter of classic BPF, as seccomp runs it (Documentation/networking/filter.rst).
//
// It exists to check filters, so it is independent of whatever made them, knows only the
// instructions that seccomp filters use, and throws at anything else: a jump out of the program, an
// unaligned load.

/** One call as a filter sees it (struct seccomp_data). */
export interface Call {
  /** 32 bits, unsigned. */
  readonly number: number;
  /** AUDIT_ARCH_ of the calling convention. */
  readonly token: number;
  /** Six arguments of 64 bits, unsigned. */
  readonly args: readonly bigint[];
}

/** One instruction: struct sock_filter. */
export interface Instruction {
  readonly code: number;
  readonly jt: number;
  readonly jf: number;
  readonly k: number;
}

/** BPF_LD|BPF_W|BPF_ABS and the other codes of linux/bpf_common.h that filters use. */
export const CODE = {
  LOAD: 0x20,
  AND: 0x54,
  JUMP: 0x05,
  JUMP_EQUAL: 0x15,
  JUMP_GREATER: 0x25,
  JUMP_GREATER_EQUAL: 0x35,
  RETURN: 0x06,
} as const;

/** The instructions in `bytes`, 8 bytes each, little-endian. */
export function decode(bytes: Uint8Array): Instruction[] {
  if (bytes.length === 0 || bytes.length % 8 !== 0) {
    throw new RangeError(`Cannot decode a filter of ${bytes.length} bytes`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Array.from({ length: bytes.length / 8 }, (_, i) => ({
    code: view.getUint16(8 * i, true),
    jt: view.getUint8(8 * i + 2),
    jf: view.getUint8(8 * i + 3),
    k: view.getUint32(8 * i + 4, true),
  }));
}

/** The bytes of `instructions`. */
export function encode(instructions: readonly Instruction[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(8 * instructions.length);
  const view = new DataView(bytes.buffer);
  instructions.forEach(({ code, jt, jf, k }, i) => {
    view.setUint16(8 * i, code, true);
    view.setUint8(8 * i + 2, jt);
    view.setUint8(8 * i + 3, jf);
    view.setUint32(8 * i + 4, k, true);
  });
  return bytes;
}

/** Runs the filter on one call and returns its answer, unsigned. */
export function interpret(program: readonly Instruction[], call: Call): number {
  let accumulator = 0;
  for (let at = 0; at < program.length; at++) {
    const { code, jt, jf, k } = program[at];
    switch (code) {
      case CODE.LOAD:
        accumulator = load(call, k);
        break;
      case CODE.AND:
        accumulator = (accumulator & k) >>> 0;
        break;
      case CODE.JUMP:
        at += k;
        break;
      case CODE.JUMP_EQUAL:
        at += accumulator === k ? jt : jf;
        break;
      case CODE.JUMP_GREATER:
        at += accumulator > k ? jt : jf;
        break;
      case CODE.JUMP_GREATER_EQUAL:
        at += accumulator >= k ? jt : jf;
        break;
      case CODE.RETURN:
        return k;
      default:
        throw new Error(`Cannot interpret the instruction 0x${code.toString(16)} at ${at}`);
    }
  }
  throw new Error("Cannot go on: the filter runs past its end");
}

/** A 32-bit word of struct seccomp_data: nr, arch, instruction pointer, args. */
function load({ number, token, args }: Call, offset: number): number {
  if (offset === 0) return number;
  if (offset === 4) return token;
  if (offset < 16 || offset >= 64 || offset % 4 !== 0) {
    throw new Error(`Cannot load the word at ${offset} of a call`);
  }
  const arg = args[(offset - 16) >> 3];
  return Number((offset % 8 === 0 ? arg : arg >> 32n) & 0xffff_ffffn);
}
