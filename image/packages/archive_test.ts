import assert from "node:assert/strict";
import { findProgram } from "../../scripts/tools/command.ts";
import { archiveEnvironment, debianArchitecture, privateConfiguration } from "./archive.ts";

const own = debianArchitecture(Deno.build.arch as "x86_64" | "aarch64");
const foreign = own === "amd64" ? "arm64" : "amd64";

Deno.test("the machine's own architecture needs no configuration of its own", async () => {
  assert.deepEqual(await archiveEnvironment(own), {});
});

Deno.test({
  name:
    "apt reads the private configuration: one foreign architecture, nothing of the machine's state",
  ignore: findProgram("apt-config") === null,
  fn: async () => {
    const directory = await Deno.makeTempDir({ prefix: "sallyport-apt-" });
    try {
      const file = `${directory}/apt.conf`;
      await Deno.writeTextFile(file, privateConfiguration(foreign, directory));
      const { stdout } = await new Deno.Command("apt-config", {
        args: ["dump"],
        env: { APT_CONFIG: file },
      }).output();
      const lines = new TextDecoder().decode(stdout).split("\n");
      const of = (name: string) =>
        lines.filter((line) => line.startsWith(`${name} `)).map((line) => line.split('"')[1]);
      assert.deepEqual(of("APT::Architectures::"), [foreign]);
      assert.deepEqual(of("APT::Architecture"), [foreign]);
      for (const name of ["Dir::State", "Dir::State::lists", "Dir::State::status", "Dir::Cache"]) {
        assert.ok(of(name)[0].startsWith(directory), `${name} is ${of(name)[0]}`);
      }
      assert.deepEqual(of("APT::Update::Post-Invoke-Success::"), []);
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  },
});
