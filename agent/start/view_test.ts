import assert from "node:assert/strict";
import { policy } from "../../policy/generated/policy.ts";
import { findView, viewText } from "./view.ts";

/** What is found of `listed`, each below a directory that `make` fills. */
function look(
  make: (at: (name: string) => string) => void,
  listed: readonly string[],
): { etc: string[]; left: string[] } {
  const directory = Deno.makeTempDirSync();
  Deno.chmodSync(directory, 0o755);
  const at = (name: string) => `${directory}/${name}`;
  try {
    make(at);
    const { etc, left } = findView({ ...policy, etc: listed.map(at) });
    const short = (text: string) => text.replaceAll(`${directory}/`, "");
    return {
      etc: etc.map((entry) =>
        short(
          `${entry.kind} ${entry.path}` +
            (entry.kind === "link" ? ` ${entry.link}` : "") +
            (entry.kind === "file" && entry.executable ? " x" : ""),
        )
      ),
      left: left.map(short),
    };
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
}

Deno.test("view: files, directories, links and patterns are found", () => {
  const found = look((at) => {
    Deno.writeTextFileSync(at("file"), "x");
    Deno.writeTextFileSync(at("run"), "x", { mode: 0o755 });
    Deno.chmodSync(at("run"), 0o755);
    for (const name of ["lang1", "lang2", "deep", "deep/er"]) Deno.mkdirSync(at(name));
    Deno.symlinkSync("/usr/share/zoneinfo/UTC", at("zone"));
    Deno.symlinkSync("./deep/../lang2//x", at("alias"));
  }, ["file", "run", "lang*", "lan*2", "deep/er", "zone", "alias"]);
  assert.deepEqual(found, {
    etc: [
      "file file",
      "file run x",
      "directory lang1",
      "directory lang2",
      "directory deep/er",
      "link zone /usr/share/zoneinfo/UTC",
      "link alias ./deep/../lang2//x",
    ],
    left: [],
  });
});

Deno.test("view: what is not there, or what no job could read or follow, is left out and told", () => {
  const found = look((at) => {
    Deno.mkdirSync(at("closed"), { mode: 0o700 });
    Deno.writeTextFileSync(at("closed/file"), "x");
    Deno.mkdirSync(at("listed"), { mode: 0o750 });
    Deno.writeTextFileSync(at("secret"), "x", { mode: 0o640 });
    Deno.symlinkSync("/root/x", at("link"));
    Deno.symlinkSync("other", at("unlisted"));
    Deno.symlinkSync("closed", at("behind"));
    Deno.writeTextFileSync(at("large"), "");
    Deno.truncateSync(at("large"), 5 << 20);
    new Deno.Command("mkfifo", { args: ["-m", "666", at("fifo")] }).outputSync();
  }, [
    ...[
      "none",
      "none*",
      "none/x",
      "closed/file",
      "listed",
      "secret",
      "link",
      "unlisted",
      "behind/file",
    ],
    ...["large", "fifo"],
  ]);
  assert.deepEqual(found.etc, []);
  assert.deepEqual(found.left, [
    "none: it is not there",
    "none*: it is not there",
    "none/x: it is not there",
    'closed/file: "closed" is closed to jobs',
    "listed: jobs may not read it",
    "secret: jobs may not read it",
    'link: jobs do not see "/root/x"',
    'unlisted: jobs do not see "other"',
    'behind/file: "behind" is a link',
    "large: it has 5242880 bytes, too many to be copied",
    "fifo: it is no file, directory or link",
  ]);
});

Deno.test("view: one line says how much jobs see", () => {
  assert.match(
    viewText({ etc: [], settings: [], left: ["/etc/x: it is not there"] }),
    /^\d+ names of \/proc, 5 settings of \/proc\/sys, 0 paths of \/etc \(1 of the policy's .*\)$/,
  );
});
