// The words after `run`: options end at FILE, and the rest is the program's.

import assert from "node:assert/strict";
import { parseRunArguments } from "./run_arguments.ts";

const parse = (line: string) => parseRunArguments(line.split(" ").filter((word) => word !== ""));

Deno.test("run arguments: what stands behind FILE is the program's", () => {
  const args = parse("--language python --json main.py --json -e A=1 -- x");
  assert.deepEqual([args.file, args.args], ["main.py", ["--json", "-e", "A=1", "--", "x"]]);
  assert.deepEqual([args.json, args.env], [true, {}]);
});

Deno.test("run arguments: values beside and behind their options", () => {
  const args = parse("-l sh -e A=1 -e B=x=y --timeout=2s --memory 64M --processes 4 -s - a");
  assert.deepEqual(args.env, { A: "1", B: "x=y" });
  assert.deepEqual(args.limits, { memory_bytes: 64 << 20, processes: 4 });
  assert.deepEqual([args.timeoutMs, args.file, args.args, args.summary], [2000, "-", ["a"], true]);
});

Deno.test("run arguments: every limit has its option", () => {
  const args = parse(
    "--cpu 1s --cpu-percent 50 --memory 1M --processes 1 --open-files 2 --file-size 3B --stack 4K --output 5B a.py",
  );
  assert.deepEqual(args.limits, {
    cpu_ms: 1000,
    cpu_percent: 50,
    memory_bytes: 1 << 20,
    processes: 1,
    open_files: 2,
    file_bytes: 3,
    stack_bytes: 4096,
    output_total_bytes: 5,
  });
});

Deno.test("run arguments: -- ends the options before FILE", () => {
  assert.deepEqual(parse("-l sh -- -odd -x").file, "-odd");
});

Deno.test("run arguments: code in place of a file, in Python where nothing else is said", () => {
  const args = parseRunArguments(["-c", "print(1)", "a", "-b"]);
  assert.deepEqual([args.code, args.language, args.args], ["print(1)", "python", ["a", "-b"]]);
  assert.equal(parseRunArguments(["-l", "sh", "--code", "echo"]).language, "sh");
  assert.equal(parse("a.py").language, undefined);
});

Deno.test("run arguments: transfers name the other side by the file's name", () => {
  const args = parse("--put /tmp/a.txt --put b:c/d --get out/e --get f:/tmp/g x.py");
  assert.deepEqual(args.put, [{ file: "/tmp/a.txt", path: "a.txt" }, { file: "b", path: "c/d" }]);
  assert.deepEqual(args.get, [{ path: "out/e", file: "e" }, { path: "f", file: "/tmp/g" }]);
});

Deno.test("run arguments: what is wrong is said", () => {
  const wrong = [
    "",
    "--timeout 5 a.py",
    "--memory 64 a.py",
    "--json",
    "--nothing a.py",
    "-e A a.py",
    "-e =1 a.py",
    "--memory x a.py",
  ];
  wrong.push("--timeout a.py", "--", "--json=1 a.py");
  for (const line of wrong) assert.throws(() => parse(line), TypeError, line);
});
