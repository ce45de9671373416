import assert from "node:assert/strict";
import { E, errnoName } from "../../linux/errno.ts";
import { closeFd } from "../../linux/fd.ts";
import { MessageReceiver } from "../../linux/message.ts";
import { posixSpawn, waitpid } from "../../linux/process.ts";
import { sendFd, socketpair } from "../../linux/socket.ts";
import { WEXITSTATUS, WIFEXITED } from "../../linux/wait_status.ts";
import type { Arch } from "../../linux/syscall_numbers.ts";
import { CONTROL } from "../layout.ts";
import { Flow, Program } from "../program.ts";
import { readFailure, reportAndExit } from "../report.ts";
import { buildLauncher } from "./elf.ts";

const emulator = "/usr/bin/qemu-aarch64";

/** How a launcher of an architecture is started here; null: it cannot be. */
function command(arch: Arch, file: string): [string, string[]] | null {
  if (arch === Deno.build.arch) return [file, [file]];
  try {
    Deno.statSync(emulator);
    return arch === "aarch64" ? [emulator, [emulator, file]] : null;
  } catch {
    return null;
  }
}

/** Starts a launcher; gives our end of its socket and a function that waits for its exit code. */
function start(arch: Arch, file: string): { control: number; exitCode: () => number } {
  const [path, argv] = command(arch, file)!;
  const [ours, theirs] = socketpair();
  const pid = posixSpawn(path, argv, [], { dup2: [[theirs, CONTROL]], resetSignals: true });
  closeFd(theirs);
  return {
    control: ours,
    exitCode: () => {
      const { status } = waitpid(pid);
      assert.ok(WIFEXITED(status), "it exits by itself");
      return WEXITSTATUS(status);
    },
  };
}

function receive(control: number): DataView {
  const receiver = new MessageReceiver(4096);
  const received = receiver.receive(control);
  assert.ok(received > 0, errnoName(-received));
  return new DataView(receiver.bytes.buffer, receiver.bytes.byteOffset, received);
}

for (const arch of ["x86_64", "aarch64"] as const) {
  const possible = command(arch, "launcher") !== null;
  if (!possible) console.error(`SKIPPED: the launcher for ${arch}: qemu-user is not installed`);
  const test = (name: string, body: (file: string) => void) =>
    Deno.test({
      name: `the launcher for ${arch} ${name}`,
      ignore: !possible,
      fn: () => {
        const directory = Deno.makeTempDirSync({ prefix: "sallyport-test-" });
        try {
          const file = `${directory}/launcher`;
          Deno.writeFileSync(file, buildLauncher(arch), { mode: 0o755 });
          body(file);
        } finally {
          Deno.removeSync(directory, { recursive: true });
        }
      },
    });

  test("runs one program after another and exits at the end of file", (file) => {
    const { control, exitCode } = start(arch, file);
    const program = new Program(arch);
    for (const word of [7, 8]) {
      const report = program.reset().words([word, 0]);
      const pid = new Flow();
      program.step("who am I?", "getpid", [], { store: report + 8 });
      program.step("report", "write", [CONTROL, report, 16]);
      program.step("again", "getpid", [], { store: pid });
      program.step("am I there?", "kill", [pid, 0]);
      program.end();
      sendFd(control, program.encode());
      const message = receive(control);
      assert.equal(message.getUint32(0, true), word);
      assert.ok(message.getInt32(8, true) > 0, "the result was stored");
    }
    closeFd(control);
    assert.equal(exitCode(), 0);
  });

  test("says which step failed, and why, and does not go on", (file) => {
    const { control, exitCode } = start(arch, file);
    const program = new Program(arch);
    const report = program.words([7]);
    program.step("may fail", "close", [999], { must: false });
    program.step("close what is not open", "close", [999]);
    program.step("report", "write", [CONTROL, report, 8]);
    program.end();
    reportAndExit(program);
    sendFd(control, program.encode());
    assert.deepEqual(readFailure(receive(control), program), {
      step: "close what is not open",
      errno: errnoName(E.EBADF),
    });
    assert.equal(exitCode(), 127);
    closeFd(control);
  });
}
