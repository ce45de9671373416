// The agent: who its processes are, and in which order it starts.
//
//   agent    this process. One thread, one epoll loop. Soon nobody, without capabilities, and with a
//            list of the few syscalls it may still make: no open, no socket, no fork, no exec.
//   zygote   a launcher in a user namespace of its own. Makes sandboxes, and nothing else.
//   keeper   PID 1 of a sandbox: answers while a job runs; the sandbox dies with it.
//   runner   PID 2 of a sandbox: forks the job, waits for it, reports its end.
//   job      the user's program: other uid, rlimits, Landlock, its own list of syscalls.
//
// They talk over socket pairs: programs of syscalls down, reports and descriptors up. When the agent
// dies, for whatever reason, every launcher reads end of file and exits, and the kernel kills the rest.
//
// The order: cgroup and zygote first, since only root can divide and give ids. The zygote is asked for the
// first sandbox, and while it makes it: the socket; at once the drop; the agent's own filter. Only then are
// the sandbox's reports heard and a job armed in it; and only then is the agent ready.

import { VMADDR_CID_ANY } from "../linux/constants.ts";
import { lstat, unlink } from "../linux/file.ts";
import { closeFd } from "../linux/fd.ts";
import { getegid, geteuid } from "../linux/ids.ts";
import { getpid } from "../linux/process.ts";
import { connectUnix, connectVsock, listenUnix, listenVsock, sendFd } from "../linux/socket.ts";
import { syscallName } from "../linux/syscall_numbers.ts";
import { policy } from "../policy/generated/policy.ts";
import { profiles } from "../policy/generated/profiles.ts";
import type { Launched } from "../sandbox/launch.ts";
import { OUTER_ROOT } from "../sandbox/layout.ts";
import { startZygote } from "../sandbox/zygote.ts";
import { Arming } from "./pool/arming.ts";
import { buildId } from "./core/build_id.ts";
import { cgroupOff, divideCgroup } from "./start/cgroup_base.ts";
import { closeUp, dropIds, installAllowlist, protectFromOom } from "./start/drop.ts";
import type { Connection } from "./serve/connection.ts";
import { encodeMessage } from "../protocol/encoding.ts";
import { fatalLine } from "./core/fatal.ts";
import { Files } from "./serve/files.ts";
import { findGround, installedLanguages } from "./start/platform.ts";
import { findLayers, missingLayers, removable } from "./start/layers.ts";
import { initAsPid1 } from "./pid1/init.ts";
import { Loop } from "./core/loop.ts";
import {
  helpText,
  type ListenAddress,
  type Options,
  parseListen,
  parseOptions,
  parseReady,
} from "./start/options.ts";
import { protocolVersion } from "../protocol/protocol.ts";
import { Refresh } from "./pid1/restore_guard.ts";
import { Run } from "./run/run.ts";
import { JobCgroups } from "./pool/job_cgroups.ts";
import { Sandboxes } from "./pool/sandboxes.ts";
import { ZygoteMailbox } from "./pool/zygote_mailbox.ts";
import { Server } from "./serve/server.ts";
import { Service } from "./serve/service.ts";
import { StartTimes } from "./start/start_times.ts";
import { version } from "./core/version.ts";

/** Bytes of a line beside the code it may hold. */
const LINE_BYTES = 4096;

function start(options: Options, refreshGuard?: Launched): never {
  const times = new StartTimes();
  const without = new Set(options.without);
  for (const layer of without) {
    if (!(removable as readonly string[]).includes(layer)) {
      throw new Error(`Cannot leave "${layer}" off: it must be one of ${removable.join(", ")}`);
    }
  }
  const found = findGround(policy, without);
  const cgroup = without.has("cgroup")
    ? cgroupOff("left off")
    : divideCgroup(getpid() === 1, found.ownIds ? OUTER_ROOT : undefined);
  const ground = { ...found, cgroup: cgroup.directory !== undefined };
  const layers = findLayers(ground, policy, profiles, without, cgroup.why);
  const missing = missingLayers(layers, policy, without);
  if (missing.length > 0 && !options.check) {
    const list = missing.map(({ layer, why }) => `${layer} (${why})`).join(", ");
    throw new Error(`Cannot start: required hardening is missing: ${list}`);
  }
  const languages = installedLanguages(policy);

  times.mark("looking around");

  const zygote = startZygote(ground, { uid: geteuid(), gid: getegid() }, cgroup.directory);
  cgroup.settle();
  const loop = new Loop(); // now: the filter has no epoll_create
  const mailbox = new ZygoteMailbox(loop, zygote.control);
  const cgroups = new JobCgroups(loop, mailbox, ground.arch);
  const arming = new Arming(ground, profiles, cgroups, languages);
  const sandboxes = new Sandboxes({ loop, zygote: mailbox, ground, arming, cgroups });
  zygote.confined();
  if (options.check) check(layers, missing);
  times.mark("zygote");
  sandboxes.prepare(); // the zygote makes it meanwhile; nobody hears its reports before the loop turns
  const listener = listen(options.listen);
  const ready = options.ready === undefined
    ? -1
    : connectVsock(options.ready.cid, options.ready.port);
  times.mark("listening");
  const isOn = (name: string) => layers.some(({ layer, on }) => layer === name && on);
  if (isOn("agent-drop")) {
    protectFromOom();
    dropIds();
  }
  closeUp();
  if (isOn("agent-seccomp")) installAllowlist(profiles.agent.filter[ground.arch]);

  times.mark("hardening");

  const name = `sallyport/${version}`;
  const frames = {
    lineBytes: policy.limits.code_bytes + LINE_BYTES,
    bodyBytes: Math.max(policy.limits.code_bytes, policy.limits.put_bytes),
  };
  const admits = ({ cid }: { cid: number }) =>
    options.listen?.kind !== "vsock" || options.allowCids.includes(cid);
  const server = new Server(loop, listener, admits, frames, name);
  const info = {
    agent: name,
    protocol: protocolVersion,
    languages: languages.map(({ name, level }) => ({ name, level })),
    limits: { ...policy.limits },
    hardening: layers.map((layer) => ({ ...layer })),
  };
  const run = new Run(
    loop,
    ground,
    policy,
    profiles,
    arming,
    (nr) => syscallName(ground.arch, nr) ?? `syscall ${nr}`,
  );
  const files = new Files(ground);
  const refresh = refreshGuard === undefined ? undefined : new Refresh(loop, refreshGuard.control);
  const forget = (connection: Connection) => server.forget(connection);
  const service = new Service(policy, info, run, sandboxes, files, refresh, forget);
  while (!sandboxes.isReady) loop.turn();
  server.open(service);
  times.mark("first sandbox");
  if (ready >= 0) {
    sendFd(
      ready,
      encodeMessage({ type: "ready", protocol: protocolVersion, agent: name } as { type: string }),
    );
    closeFd(ready);
  }
  if (options.times) console.error(`sallyport start: ${times}`);
  return loop.run();
}

function listen(address: ListenAddress | undefined): number {
  if (address === undefined) throw new Error("Cannot start without --listen (see --help)");
  if (address.kind === "vsock") return listenVsock(VMADDR_CID_ANY, address.port);
  removeStale(address.path);
  return listenUnix(address.path);
}

/** A socket file that nobody listens on is left over from an agent that is gone. */
function removeStale(path: string): void {
  if (lstat(path) === null) return;
  try {
    closeFd(connectUnix(path));
  } catch {
    unlink(path);
  }
}

function check(layers: ReturnType<typeof findLayers>, missing: { length: number }): never {
  for (const { layer, on, why } of layers) {
    console.log(`${on ? "on " : "off"}  ${layer}${why === undefined ? "" : `: ${why}`}`);
  }
  Deno.exit(missing.length === 0 ? 0 : 1);
}

function main(): void {
  const init = getpid() === 1 ? initAsPid1() : undefined;
  try {
    const options = parseOptions(Deno.args);
    if (options.help) return console.log(helpText);
    if (options.version) {
      return console.log(
        `sallyport ${version} build ${buildId} policy ${policy.hash.slice(0, 16)}`,
      );
    }
    if (init === undefined) return start(options);
    const { listen, ready, allowCid } = init.options;
    const own = {
      ...options,
      times: true,
      listen: listen === undefined ? options.listen : parseListen(listen),
      ready: ready === undefined ? options.ready : parseReady(ready),
      allowCids: [...options.allowCids, ...allowCid],
    };
    start(own, init.refreshGuard);
  } catch (error) {
    console.error(fatalLine(error));
    init?.end();
    Deno.exit(1);
  }
}

main();
