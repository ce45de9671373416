// Asks the guest's kernel how it answers each call under each filter, and compares this with what
// the policy means.
//
// This is for a processor that the building machine cannot run natively. The image contains the
// questions and the expected answers. A static C program asks in the guest (as root, beside the
// agent), and Python there compares the answers. It prints one line for each profile on the
// console.

import assert from "node:assert/strict";
import { askKernelSource, type Question, questions } from "../../../policy/testing/ask_kernel.ts";
import type { Guest } from "../../../image/guest.ts";
import { compileFor } from "../guest/cross_compile.ts";
import type { Beside } from "../guest/observer.ts";
import type { Scenario } from "../guest/scenario.ts";

const program = `
import array, json, subprocess, sys, time
def dropped():
    try: return any(line.split() == ["Seccomp:", "2"] for line in open("/proc/1/status"))
    except OSError: return False
end = time.monotonic() + 60
while not dropped() and time.monotonic() < end: time.sleep(0.2)
for name in sys.argv[1:]:
    where = "/observer/kernel/" + name
    run = subprocess.run(["/observer/kernel/ask"], stdin=open(where + ".in"), capture_output=True)
    answers, expected = array.array("q", run.stdout), array.array("q", open(where + ".out", "rb").read())
    wrong = [i for i, pair in enumerate(zip(answers, expected)) if pair[0] != pair[1]]
    first = wrong[:3] and [[i, answers[i], expected[i]] for i in wrong[:3]]
    told = {"asked": len(expected), "answered": len(answers), "wrong": len(wrong), "first": first,
        "code": run.returncode, "error": run.stderr.decode()}
    print("KERNEL " + name + " " + json.dumps(told), flush=True)
`;

interface Told {
  asked: number;
  answered: number;
  wrong: number;
  /** The first few differences: index of the call, the kernel's answer, the expected one. */
  first: [index: number, answer: number, expected: number][];
  code: number;
  error: string;
}

/** The program to start in the guest, and the scenarios that read what it printed. */
export async function kernelAgreement(
  arch: "x86_64" | "aarch64",
  directory: string,
): Promise<{ beside: Beside; scenarios: (guest: Guest) => Scenario[] }> {
  const binary = `${directory}/ask_kernel`;
  await compileFor(arch, askKernelSource, binary, ["-static"]);
  const asked = await questions(arch);
  const at = "observer/kernel";
  const beside: Beside = {
    command: ["/usr/bin/python3", "-I", `/${at}/ask.py`, ...asked.map(({ profile }) => profile)],
    files: [
      [`${at}/ask`, await Deno.readFile(binary), 0o755],
      [`${at}/ask.py`, program, 0o644],
      ...asked.flatMap(({ profile, input, expected }): Beside["files"] => [
        [`${at}/${profile}.in`, input, 0o644],
        [`${at}/${profile}.out`, new Uint8Array(expected.buffer), 0o644],
      ]),
    ],
  };
  return { beside, scenarios: (guest) => asked.map((question) => scenario(guest, question)) };
}

function scenario(guest: Guest, { profile, calls }: Question): Scenario {
  return {
    name: `the kernel answers ${calls.length} calls as the policy says: ${profile}`,
    run: async () => {
      const { first, ...told } = await answers(guest, profile);
      const show = first.map(([i, answer, expected]) =>
        `${calls[i].number}(${calls[i].args}): the kernel says ${answer}, not ${expected}`
      );
      const count = calls.length;
      assert.ok(count > 2000);
      assert.deepEqual(
        told,
        { asked: count, answered: count, wrong: 0, code: 0, error: "" },
        show.join("\n"),
      );
    },
  };
}

async function answers(guest: Guest, profile: string): Promise<Told> {
  const pattern = new RegExp(`^KERNEL ${profile} (.*)\\r?\\n`, "m");
  for (let waitedMs = 0; waitedMs < 30_000; waitedMs += 100) {
    const line = guest.console.match(pattern);
    if (line !== null) return JSON.parse(line[1]);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`Cannot find the kernel's answers for "${profile}" on the console`);
}
