// What the papers (documents) say is true: commands and programs run and print what is shown, and
// links and names exist.
//
// Each paper is followed in order, in a copy of the project, as a reader would. Commands that only
// a host with KVM or another monitor can run are in `sh` blocks: there, only tasks and options are
// looked up.

import assert from "node:assert/strict";
import { rooms } from "../../scripts/rooms/rooms.ts";
import { libseccomp } from "../../policy/testing/test_seccomp.ts";
import { projectRoot } from "../helpers/agent.ts";
import { file, root, testNeeding } from "../helpers/need.ts";
import { type Block, isShown, type Paper, paper, papers, proseOf } from "../helpers/paper.ts";
import { PaperShell } from "../helpers/paper_shell.ts";

const all = await papers();
const config = JSON.parse(await Deno.readTextFile(`${projectRoot}deno.json`));

/** Blocks to run, blocks whose commands are looked up, and blocks that only show a format. */
const run = ["console", "ts", "python", "output", "protocol"];
const known = [...run, "sh", "json", "jsonc", ""];

const exists = (path: string) => Deno.stat(projectRoot + path).then(() => true, () => false);

Deno.test("papers: the README is short, and every block says what it is", () => {
  const readme = all.find(({ path }) => path === "README.md")!;
  assert.ok(readme.text.split("\n").length <= 180, "the README has more than 180 lines");
  for (const { path, blocks } of all) {
    for (const { language, line } of blocks) {
      assert.ok(known.includes(language), `${path}:${line}: a block of "${language}"`);
    }
  }
});

/** The anchors of the headings: lower case, blanks as dashes, no punctuation. */
function anchors(text: string): string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, title]) =>
    title.toLowerCase().replaceAll(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-")
  );
}

Deno.test("papers: every link leads to a file and a heading that are there", async () => {
  for (const { path, text } of all) {
    for (const [, target] of proseOf(text).matchAll(/\]\(([^)]+)\)/g)) {
      if (/^https?:/.test(target)) continue;
      const [page, anchor] = target.split("#");
      const there = page === "" ? path : new URL(page, `file:///${path}`).pathname.slice(1);
      assert.ok(await exists(there), `${path}: no ${target}`);
      if (anchor === undefined) continue;
      const other = await Deno.readTextFile(projectRoot + there);
      assert.ok(anchors(other).includes(anchor), `${path}: no heading for ${target}`);
    }
  }
});

Deno.test("papers: every file, folder and task that is named is there", async () => {
  const folders = new Set(rooms.map(({ path }) => path.split("/")[0]).concat("docs", "examples"));
  for (const { path, text } of all.filter(({ path }) => path !== "CHANGELOG.md")) {
    for (const [, name] of text.matchAll(/deno task ([a-z:]+(?:-[a-z]+)*)/g)) {
      assert.ok(Object.hasOwn(config.tasks, name), `${path}: no task "${name}"`);
    }
    for (const [, name] of proseOf(text).matchAll(/`([a-z0-9_]+\/[A-Za-z0-9_./-]*)`/g)) {
      if (!folders.has(name.split("/")[0])) continue;
      assert.ok(await exists(name), `${path}: no "${name}"`);
    }
  }
});

Deno.test("papers: the architecture has a sentence for each room", async () => {
  const { text } = await paper("docs/architecture.md");
  const words = text.replaceAll(/\s+/g, " ");
  for (const { path, holds } of rooms) {
    assert.ok(words.includes(`- \`${path}\`: ${holds}.`), `no "${path}: ${holds}"`);
  }
});

/** The text that a task's --help prints. */
async function helpOf(task: string): Promise<string> {
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["task", task, "--help"],
    cwd: projectRoot,
    env: { NO_COLOR: "1" },
  }).output();
  return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
}

Deno.test("papers: options of commands that are not run here are in their --help", async () => {
  const helps = new Map<string, Promise<string>>();
  for (const { path, text } of all) {
    const commands = text.matchAll(
      /deno task (agent|sallyport|policy|compile|image|doctor|bench|test:vm)((?:[ \n]+[^`\n|#]+)?)/g,
    );
    for (const [, task, rest] of commands) {
      if (!helps.has(task)) helps.set(task, helpOf(task));
      const help = await helps.get(task)!;
      for (const [option] of rest.matchAll(/--[a-z-]+/g)) {
        assert.ok(
          option === "--help" || help.includes(option),
          `${path}: ${task} has no ${option}`,
        );
      }
    }
  }
});

/**
 * Runs a console block: each line that begins with "$ ", and compares the output with what follows
 * it.
 */
async function follow(shell: PaperShell, { text, line }: Block, path: string): Promise<void> {
  for (const part of `\n${text}`.split("\n$ ").slice(1)) {
    const [command, ...shown] = part.split("\n");
    const said = await shell.line(command);
    const where = `${path}:${line}: ${command}`;
    assert.ok(
      isShown(shown.join("\n"), said),
      `${where}\n--- shown\n${shown.join("\n")}\n--- said\n${said}`,
    );
  }
}

async function followAll({ path, blocks }: Paper, t: Deno.TestContext): Promise<void> {
  await using shell = await PaperShell.open();
  for (const [index, block] of blocks.entries()) {
    if (block.language === "console") {
      await t.step(`line ${block.line}: commands`, () => follow(shell, block, path));
    }
    if (block.language !== "ts" && block.language !== "python") continue;
    await t.step(`line ${block.line}: a program`, async () => {
      const said =
        await (block.language === "ts" ? shell.program(block.text) : shell.python(block.text));
      const next = blocks[index + 1];
      const shown = next?.language === "output" ? next.text : "";
      assert.ok(
        isShown(shown, said),
        `${path}:${block.line}\n--- shown\n${shown}\n--- said\n${said}`,
      );
    });
  }
}

for (const one of all) {
  if (!one.blocks.some(({ language }) => ["console", "ts", "python"].includes(language))) continue;
  testNeeding(
    [root, libseccomp, file("/usr/bin/python3")],
    `papers: ${one.path}, followed to its end`,
    (t) => followAll(one, t),
  );
}

testNeeding(
  [root, libseccomp, file("/usr/bin/python3")],
  "papers: what a policy's author learns does not depend on the order, and is kept",
  async () => {
    await using shell = await PaperShell.open();
    const learn = (...programs: string[]) =>
      shell.line(`deno task policy learn python ${programs.join(" ")}`);
    const [mount, tee] = ["examples/mount.py", "examples/tee.py"];
    assert.equal(await learn(tee, mount), await learn(mount, tee));

    const written = await learn(tee, "--write");
    assert.match(written, /No rule is missing in profile "python"\n$/);
    const table = await Deno.readTextFile(`${shell.copy}/policy/generated/python.md`);
    assert.equal(table.split("\n").filter((row) => row.startsWith("| tee ")).length, 1);
    const check = async () => {
      const said = await shell.line("deno task policy --check; echo exit $?");
      return Number(/exit (\d+)\n$/.exec(said)![1]);
    };
    assert.equal(await check(), 0);
    const path = `${shell.copy}/policy/policy.jsonc`;
    const text = await Deno.readTextFile(path);
    await Deno.writeTextFile(
      path,
      text.replace("learned from examples/tee.py", "copies between pipes"),
    );
    assert.equal(await check(), 1);
    assert.match(await shell.line("deno task policy; echo exit $?"), /exit 0\n$/);
    assert.equal(await check(), 0);
  },
);
