// The kernel answers every call as the interpreter says, for every profile of this machine's architecture.
//
// The filters are the committed ones with their answers replaced by errnos, so that no call is carried
// out: what is tested is how the kernel runs the program, comparison by comparison.

import assert from "node:assert/strict";
import { cc, testNeeding } from "../tests/helpers/need.ts";
import { CODE, decode, encode, type Instruction } from "./bpf.ts";
import { checkPolicy } from "./check.ts";
import type { Arch } from "./compiled.ts";
import { POLICY_FILE } from "./files.ts";
import { profiles } from "./generated/profiles.ts";
import { ACTION, ARCH_TOKEN } from "./libseccomp/constants.ts";
import { type Call, meaningOf } from "./meaning.ts";
import { callsToTry } from "./prove.ts";
import { readPolicy } from "./read_policy.ts";

const source = new URL("fixtures/ask_kernel.c", import.meta.url).pathname;
const arch = Deno.build.arch as Arch;

/**
 * Calls that no filter sees: -1 means "skip this call", and since Linux 6.14 x86_64's uretprobe and
 * uprobe pass by (they work only from the kernel's own trampoline, and raise SIGILL elsewhere).
 */
const UNFILTERED = new Set([0xffff_ffff, ...arch === "x86_64" ? [335, 336] : []]);

/** The errno that stands for an answer; real ones stand for themselves. */
function standIn(answer: number): number {
  if (answer === ACTION.ALLOW) return 4001;
  if (answer === ACTION.NOTIFY) return 4002;
  if (answer === ACTION.KILL_PROCESS) return 4003;
  return answer & 0xffff;
}

function withoutEffect(program: readonly Instruction[]): Uint8Array {
  return encode(
    program.map((instruction) =>
      instruction.code === CODE.RETURN
        ? { ...instruction, k: ACTION.ERRNO(standIn(instruction.k)) }
        : instruction
    ),
  );
}

async function askKernel(binary: string, filter: Uint8Array, calls: readonly Call[]) {
  const header = new BigUint64Array([BigInt(filter.length / 8), BigInt(calls.length)]);
  const body = new BigUint64Array(
    calls.flatMap(({ number, args }) => [BigInt(number), ...args]),
  );
  const child = new Deno.Command(binary, { stdin: "piped", stdout: "piped", stderr: "piped" })
    .spawn();
  const output = child.output();
  const writer = child.stdin.getWriter();
  for (const part of [header, filter, body]) {
    await writer.write(new Uint8Array(part.buffer, part.byteOffset, part.byteLength));
  }
  await writer.close();
  const { code, stdout, stderr } = await output;
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  return [...new BigInt64Array(stdout.slice().buffer)].map(Number);
}

testNeeding([cc], "the kernel answers every call as the policy says", async (t) => {
  const dir = await Deno.makeTempDir({ prefix: "sallyport-kernel-" });
  try {
    const binary = `${dir}/ask_kernel`;
    const { success, stderr } = await new Deno.Command("cc", {
      args: ["-O1", "-Wall", "-o", binary, source],
    }).output();
    assert.ok(success, new TextDecoder().decode(stderr));
    for (const set of checkPolicy(readPolicy(await Deno.readTextFile(POLICY_FILE)))) {
      await t.step(set.name, async () => {
        const program = decode(profiles[set.name].filter[arch]);
        const meaning = meaningOf(set, arch);
        const calls = [...callsToTry(set, arch)].filter((call) =>
          call.token === ARCH_TOKEN[arch] && !UNFILTERED.has(call.number)
        );
        const answers = await askKernel(binary, withoutEffect(program), calls);
        for (const [index, call] of calls.entries()) {
          const expected = -standIn(meaning(call) >>> 0);
          if (answers[index] === expected) continue;
          assert.fail(
            `${call.number}(${call.args}): the kernel says ${answers[index]}, not ${expected}`,
          );
        }
        assert.ok(calls.length > 2000);
      });
    }
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});
