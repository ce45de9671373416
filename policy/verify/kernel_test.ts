// The kernel answers every call as the interpreter says, for every profile of this machine's
// architecture.
//
// What is tested is how the kernel runs the program, comparison by comparison. `deno task test:vm
// --arch aarch64` asks the kernel of a guest the same.

import assert from "node:assert/strict";
import { cc, testNeeding } from "../../tests/helpers/need.ts";
import { askKernelSource, type Question, questions } from "../testing/ask_kernel.ts";
import type { Arch } from "../../linux/syscall_numbers.ts";

async function askKernel(binary: string, { input }: Question): Promise<BigInt64Array> {
  const child = new Deno.Command(binary, { stdin: "piped", stdout: "piped", stderr: "piped" })
    .spawn();
  const output = child.output();
  const writer = child.stdin.getWriter();
  await writer.write(input);
  await writer.close();
  const { code, stdout, stderr } = await output;
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  return new BigInt64Array(stdout.slice().buffer);
}

testNeeding([cc], "the kernel answers every call as the policy says", async (t) => {
  const dir = await Deno.makeTempDir({ prefix: "sallyport-kernel-" });
  try {
    const binary = `${dir}/ask_kernel`;
    const { success, stderr } = await new Deno.Command("cc", {
      args: ["-O1", "-Wall", "-o", binary, askKernelSource],
    }).output();
    assert.ok(success, new TextDecoder().decode(stderr));
    for (const question of await questions(Deno.build.arch as Arch)) {
      await t.step(question.profile, async () => {
        const answers = await askKernel(binary, question);
        for (const [index, { number, args }] of question.calls.entries()) {
          const [answer, expected] = [answers[index], question.expected[index]];
          if (answer === expected) continue;
          assert.fail(`${number}(${args}): the kernel says ${answer}, not ${expected}`);
        }
        assert.ok(question.calls.length > 2000);
      });
    }
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});
