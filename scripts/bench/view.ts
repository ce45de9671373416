// `deno task bench:view`: what a sandbox costs with the layer "view" and without it: how long it takes
// to make one, and which processor time: of zygote and keeper until it is there, and of the whole
// machine for making and ending it.
//
// Two zygotes of this process make sandboxes in turns, round after round, so what others use
// meanwhile falls on both; the last figure is of use on a machine that does nothing else. Nothing
// runs in the sandboxes.

import { EPOLLIN } from "../../linux/constants.ts";
import { Epoll } from "../../linux/epoll.ts";
import { closeFd } from "../../linux/fd.ts";
import { getegid, geteuid } from "../../linux/ids.ts";
import { MessageReceiver } from "../../linux/message.ts";
import { waitpid } from "../../linux/process.ts";
import { sendFd } from "../../linux/socket.ts";
import { policy } from "../../policy/generated/policy.ts";
import { findPlatform } from "../../agent/start/platform.ts";
import { Program } from "../../sandbox/program.ts";
import { readFailure } from "../../sandbox/report.ts";
import { SANDBOX_ROWS, sandboxProgram } from "../../sandbox/sandbox_program.ts";
import { startZygote } from "../../sandbox/zygote.ts";
import { busyWhile } from "./busy.ts";
import { quantile } from "../tools/quantile.ts";

/** Sandboxes of one sample. */
const COUNT = 100;
const END_MS = 10_000;

/** Milliseconds until the runner said that it is ready, and of zygote and keeper until then. */
interface Made {
  readonly tookMs: number;
  readonly cpuMs: number;
}

/** Milliseconds that a process was on a processor: proc(5), "schedstat" counts nanoseconds. */
function processorTime(pid: number): number {
  return Number(Deno.readTextFileSync(`/proc/${pid}/schedstat`).split(" ")[0]) / 1e6;
}

function pidOf(pidfd: number): number {
  return Number(/^Pid:\t(\d+)$/m.exec(Deno.readTextFileSync(`/proc/self/fdinfo/${pidfd}`))![1]);
}

/** A zygote that makes and ends sandboxes, one after the other. */
class Maker implements Disposable {
  readonly #program: Program;
  readonly #zygote: ReturnType<typeof startZygote>;
  readonly #receiver = new MessageReceiver(4096);
  readonly #epoll = new Epoll();

  constructor(without: ReadonlySet<string>) {
    const platform = findPlatform(policy, without);
    this.#zygote = startZygote(platform, { uid: geteuid(), gid: getegid() });
    this.#zygote.confined();
    this.#program = new Program(platform.arch, 0, SANDBOX_ROWS);
    // Each has a new network namespace, in the place of the one before.
    sandboxProgram(this.#program, platform, "new").enter(0);
  }

  /** Makes one and ends it. */
  once(): Made {
    const before = processorTime(this.#zygote.pid);
    const start = performance.now();
    sendFd(this.#zygote.control, this.#program.encode());
    const [keeper, runner, pidfd, sockets] = this.#hear(this.#zygote.control);
    const streams = this.#hear(runner);
    const tookMs = performance.now() - start;
    const cpuMs = processorTime(this.#zygote.pid) - before + processorTime(pidOf(pidfd));
    for (const fd of [...streams, runner, keeper, sockets]) closeFd(fd);
    this.#epoll.add(pidfd, EPOLLIN);
    if (this.#epoll.wait(END_MS) < 1) throw new Error("Cannot end a sandbox: it goes on");
    closeFd(pidfd);
    return { tookMs, cpuMs };
  }

  #hear(fd: number): number[] {
    const received = this.#receiver.receive(fd);
    const { bytes, fds } = this.#receiver;
    const view = new DataView(bytes.buffer, bytes.byteOffset, Math.max(0, received));
    const failure = received > 0 ? readFailure(view, this.#program) : undefined;
    if (received <= 0 || failure !== undefined) {
      throw new Error(`Cannot make a sandbox: ${failure?.step ?? "it has ended"}`);
    }
    return [...fds];
  }

  [Symbol.dispose](): void {
    closeFd(this.#zygote.control);
    waitpid(this.#zygote.pid);
    this.#epoll.close();
  }
}

async function main(): Promise<void> {
  const rounds = Number(Deno.args[0] ?? 10);
  using seen = new Maker(new Set());
  using whole = new Maker(new Set(["view"]));
  const makers = { "with the view": seen, "without it": whole };
  const made = new Map<string, Made[]>();
  const busy = new Map<string, number[]>();
  for (let round = 0; round < rounds; round++) {
    for (const [name, maker] of Object.entries(makers)) {
      const own: Made[] = [];
      const used = await busyWhile(() => {
        for (let i = 0; i < COUNT; i++) own.push(maker.once());
      });
      made.set(name, [...made.get(name) ?? [], ...own]);
      busy.set(name, [...busy.get(name) ?? [], used.busy / COUNT]);
    }
  }
  console.log("sandbox          made in, p50     p99   zygote and keeper, p50   machine, p50");
  for (const name of Object.keys(makers)) {
    const all = made.get(name)!;
    const took = (share: number) => quantile(all.map(({ tookMs }) => tookMs), share).toFixed(2);
    const cpu = quantile(all.map(({ cpuMs }) => cpuMs), 0.5).toFixed(3);
    const machine = quantile(busy.get(name)!, 0.5).toFixed(2);
    console.log(
      name.padEnd(17) + `${took(0.5)} ms`.padStart(12) + `${took(0.99)} ms`.padStart(10) +
        `${cpu} ms`.padStart(23) + `${machine} ms`.padStart(15),
    );
  }
}

if (import.meta.main) await main();
