// The service units for custom images, checked by systemd's own checker and by a shell.

import assert from "node:assert/strict";
import { commandText, findProgram } from "../scripts/tools/command.ts";
import { root } from "../scripts/tools/paths.ts";

const analyze = findProgram("systemd-analyze");
if (analyze === null) console.error("SKIPPED: the systemd unit: no systemd-analyze");

Deno.test({
  name: "systemd-analyze finds nothing wrong with the unit, and its exposure below 6.5",
  ignore: analyze === null,
  fn: async () => {
    const directory = await Deno.makeTempDir();
    try {
      const path = `${directory}/sallyport.service`;
      const unit = await Deno.readTextFile(`${root}/image/sallyport.service`);
      // An existing program replaces the agent, which exists only in an image.
      await Deno.writeTextFile(path, unit.replace(/^ExecStart=\S+/m, "ExecStart=/bin/true"));
      assert.equal(await commandText(analyze!, ["verify", "--man=no", path]), "");
      const options = ["--offline=true", "--no-pager"];
      const said = await commandText(analyze!, ["security", ...options, path]);
      const level = said.match(/exposure level for sallyport\.service: (\d+\.\d)/);
      assert.ok(Number(level?.[1]) < 6.5, said.split("\n").at(-1));
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  },
});

Deno.test("a shell can read the OpenRC script", async () => {
  await commandText("/bin/sh", ["-n", `${root}/image/sallyport.openrc`]);
});
