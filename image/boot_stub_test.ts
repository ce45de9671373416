import assert from "node:assert/strict";
import { buildStub, RESULT } from "./boot_stub.ts";
import { elfNeeds } from "./elf.ts";

Deno.test("the stub is a static program for its processor", () => {
  for (const [arch, machine] of [["x86_64", 62], ["aarch64", 183]] as const) {
    const needs = elfNeeds(buildStub(arch, [{ call: "chdir", args: ["/"] }]));
    assert.deepEqual(needs, { machine, interpreter: null, libraries: [] });
  }
});

Deno.test({
  name: "the calls are made, in order, with strings and results",
  ignore: Deno.build.arch !== "x86_64" && Deno.build.arch !== "aarch64",
  fn: async () => {
    const directory = await Deno.makeTempDir({ prefix: "sallyport-stub-" });
    try {
      const arch = Deno.build.arch as "x86_64" | "aarch64";
      const O_CREAT_WRONLY = 0o101;
      await Deno.writeFile(
        `${directory}/stub`,
        buildStub(arch, [
          { call: "openat", args: [-100, `${directory}/made`, O_CREAT_WRONLY, 0o600] },
          { call: "write", args: [RESULT, "hello", 5] },
          { fork: ["/bin/sh", "-c", `echo child > ${directory}/child`] },
          { call: "wait4", args: [-1, 0, 0, 0] },
          // A real guest's agent does not exist here: exit before execve("/init").
          { call: "exit_group", args: [7] },
        ]),
        { mode: 0o755 },
      );
      const { code } = await new Deno.Command(`${directory}/stub`).output();
      assert.equal(code, 7);
      assert.equal(await Deno.readTextFile(`${directory}/made`), "hello");
      assert.equal(await Deno.readTextFile(`${directory}/child`), "child\n");
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  },
});

Deno.test("what the stub becomes gets its words and its environment", async () => {
  const directory = await Deno.makeTempDir({ prefix: "sallyport-stub-" });
  try {
    const command = ["/bin/sh", "-c", `echo "$1 $A" > ${directory}/said`, "sh", "word"];
    const stub = buildStub(Deno.build.arch as "x86_64" | "aarch64", [], {
      command,
      environment: ["A=value"],
    });
    await Deno.writeFile(`${directory}/stub`, stub, { mode: 0o755 });
    const { code } = await new Deno.Command(`${directory}/stub`).output();
    assert.equal(code, 0);
    assert.equal(await Deno.readTextFile(`${directory}/said`), "word value\n");
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
