// The agent: its processes, and the order in which it starts.
//
//   agent    this process. One thread, one epoll loop. Soon runs as nobody, without capabilities,
//            and with a short list of allowed syscalls: no open, no socket, no fork, no exec.
//   zygote   a launcher in its own user namespace. Only makes sandboxes.
//   keeper   PID 1 of a sandbox: answers while a job runs; the sandbox dies with it.
//   runner   PID 2 of a sandbox: forks the job, waits for it, reports its end.
//   job      the user's program: other uid, rlimits, Landlock, its own list of syscalls.
//
// They talk over socket pairs: syscall programs go down, reports and descriptors come up. When the
// agent dies, for whatever reason, every launcher reads end of file and exits, and the kernel kills
// the rest.
//
// The cgroup and the zygote come first, since only root can divide cgroups and hand out ids. Then
// the agent asks the zygote for the first sandbox, and meanwhile opens the socket, drops its
// privileges and installs its own filter. Only then does it read the sandbox's reports and arm a
// job there, and only then is it ready.

import { closeFd } from "../linux/fd.ts";
import { getegid, geteuid } from "../linux/ids.ts";
import { getpid } from "../linux/process.ts";
import { sendFd } from "../linux/socket.ts";
import { policy } from "../policy/generated/policy.ts";
import { profiles } from "../policy/generated/profiles.ts";
import { encodeMessage } from "../protocol/encoding.ts";
import { protocolVersion } from "../protocol/protocol.ts";
import type { Launched } from "../sandbox/launch.ts";
import { startZygote } from "../sandbox/zygote.ts";
import { buildId } from "./core/build_id.ts";
import { fatalLine } from "./core/fatal.ts";
import { Loop } from "./core/loop.ts";
import { say } from "./core/say.ts";
import { version } from "./core/version.ts";
import { initAsPid1 } from "./pid1/init.ts";
import type { Connection } from "./serve/connection.ts";
import { rehearsalPair, rehearse } from "./serve/rehearsal.ts";
import { closeUp, dropIds, installAllowlist, protectFromOom } from "./start/drop.ts";
import {
  helpText,
  type Options,
  parseListen,
  parseOptions,
  parseReady,
  readyLine,
} from "./start/options.ts";
import { layerLines } from "./start/layer_lines.ts";
import { openSockets } from "./start/sockets.ts";
import { StartTimes } from "./start/start_times.ts";
import { isOn, type Survey, survey } from "./start/survey.ts";
import { agentName, makePool, makeServer } from "./wiring.ts";

function start(options: Options, restoreGuard?: Launched): never {
  const times = new StartTimes();
  const found = survey(options, policy, profiles);
  const { platform, cgroup } = found;
  times.mark("looking around");

  const zygote = startZygote(platform, { uid: geteuid(), gid: getegid() }, cgroup.directory);
  cgroup.settle();
  const loop = new Loop(); // now, because the filter forbids epoll_create
  const pool = makePool(loop, zygote, found);
  zygote.confined();
  if (options.check) {
    for (const line of layerLines(found)) say(line, "output");
    Deno.exit(found.missing.length === 0 ? 0 : 1);
  }
  times.mark("zygote");

  // The zygote works in parallel; its reports are not read before the loop runs.
  pool.sandboxes.prepare();
  const { listener, ready } = openSockets(options);
  const pair = rehearsalPair();
  times.mark("listening");

  giveUp(found);
  times.mark("hardening");

  const { server, service } = makeServer({ loop, found, options, listener, restoreGuard, ...pool });
  while (!pool.sandboxes.isReady) loop.turn();
  const connect = (connection: Connection) => service.connect(connection);
  server.open(connect);
  rehearse(loop, pair, (fd) => {
    if (!server.isIdle) return false;
    server.serve(fd, "itself", connect);
    return true;
  });
  times.mark("first sandbox");

  if (ready !== undefined) sayReady(ready);
  if (options.times) say(`sallyport start: ${times}`);
  say(readyLine(options.listen!));
  return loop.run();
}

/** Gives up what only the start needs and a running agent must not have. */
function giveUp(found: Survey): void {
  if (isOn(found, "agent-drop")) {
    protectFromOom();
    dropIds();
  }
  closeUp();
  if (isOn(found, "agent-seccomp")) installAllowlist(profiles.agent.filter[found.platform.arch]);
}

function sayReady(fd: number): void {
  const message = { type: "ready", protocol: protocolVersion, agent: agentName };
  sendFd(fd, encodeMessage(message as { type: string }));
  closeFd(fd);
}

function main(): void {
  const init = getpid() === 1 ? initAsPid1() : undefined;
  try {
    const options = parseOptions(Deno.args);
    if (options.help) return say(helpText, "output");
    if (options.version) {
      return say(
        `sallyport ${version} build ${buildId} policy ${policy.hash.slice(0, 16)}`,
        "output",
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
    start(own, init.restoreGuard);
  } catch (error) {
    console.error(fatalLine(error));
    init?.end();
    Deno.exit(1);
  }
}

main();
