import assert from "node:assert/strict";
import { commandText } from "./command.ts";

Deno.test("a variable can be added to the environment, or taken away from it", async () => {
  Deno.env.set("SALLYPORT_TEST", "own");
  try {
    const print = (env: Record<string, string | undefined>) => commandText("env", [], { env });
    assert.match(await print({}), /^SALLYPORT_TEST=own$/m);
    assert.match(await print({ SALLYPORT_TEST: "other" }), /^SALLYPORT_TEST=other$/m);
    assert.doesNotMatch(await print({ SALLYPORT_TEST: undefined }), /SALLYPORT_TEST/);
  } finally {
    Deno.env.delete("SALLYPORT_TEST");
  }
});

Deno.test("a program that fails ends the build with its own words", async () => {
  await assert.rejects(commandText("ls", ["/nowhere"]), /exit 2\n.*No such file or directory/);
});
