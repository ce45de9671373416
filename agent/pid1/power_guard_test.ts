import assert from "node:assert/strict";
import { LINUX_REBOOT_CMD_POWER_OFF, LINUX_REBOOT_CMD_RESTART } from "../../linux/constants.ts";
import { Program } from "../../sandbox/program.ts";
import { guardProgram } from "./power_guard.ts";

Deno.test("the guard waits once, ends the machine, and reads no other program", () => {
  for (
    const [end, command] of [
      ["poweroff", LINUX_REBOOT_CMD_POWER_OFF],
      ["restart", LINUX_REBOOT_CMD_RESTART],
    ] as const
  ) {
    const program = new Program("x86_64");
    guardProgram(program, end);
    const calls = program.steps.map((step) => step.call);
    assert.deepEqual(calls, [
      "close_range",
      "rt_sigprocmask",
      "signalfd4",
      "dup3",
      "ppoll",
      "sync",
      "reboot",
      "exit_group",
    ]);
    assert.equal(program.steps[6].args[2], command);
    // A failed step must lead to the exit, never to the next program.
    assert.ok(program.steps.every((step) => step.options.must !== false));
  }
});
