// Connects the parts of the agent: the pool of sandboxes, and the server in front of it.

import { policy } from "../policy/generated/policy.ts";
import { profiles } from "../policy/generated/profiles.ts";
import type { Launched } from "../sandbox/launch.ts";
import type { Zygote } from "../sandbox/zygote.ts";
import { type InfoReply, protocolVersion } from "../protocol/protocol.ts";
import type { Loop } from "./core/loop.ts";
import { version } from "./core/version.ts";
import { Restore } from "./pid1/restore.ts";
import { Arming } from "./pool/arming.ts";
import { JobCgroups } from "./pool/job_cgroups.ts";
import { Sandboxes } from "./pool/sandboxes.ts";
import { Warming } from "./pool/warming.ts";
import { ZygoteMailbox } from "./pool/zygote_mailbox.ts";
import { Run } from "./run/run.ts";
import { Server } from "./serve/server.ts";
import { Service } from "./serve/service.ts";
import type { Options } from "./start/options.ts";
import type { Survey } from "./start/survey.ts";

/** The name the agent gives its clients. */
export const agentName = `sallyport/${version}`;

/** Bytes of a line in addition to the code in it. */
const LINE_BYTES = 4096;

/** The sandboxes, and the code that arms jobs in them. */
export interface Pool {
  readonly arming: Arming;
  readonly sandboxes: Sandboxes;
}

/** Makes the pool. Sends nothing to the zygote yet. */
export function makePool(
  loop: Loop,
  zygote: Zygote,
  { platform, languages, prepared }: Survey,
): Pool {
  const mailbox = new ZygoteMailbox(loop, zygote.control);
  const cgroups = new JobCgroups(loop, mailbox, platform.arch);
  const warming = new Warming(loop, platform, policy, profiles);
  const arming = new Arming(platform, profiles, cgroups, warming, languages);
  const parts = { loop, zygote: mailbox, platform, arming, cgroups, prepared };
  return { arming, sandboxes: new Sandboxes(parts) };
}

/** Everything a server needs. */
export interface ServerParts extends Pool {
  readonly loop: Loop;
  readonly found: Survey;
  readonly options: Options;
  /** The listening socket. */
  readonly listener: number;
  /** Only where the agent is the guest's first process. */
  readonly restoreGuard?: Launched;
}

/** Makes the server. It accepts no connection before `open` is called. */
export function makeServer(parts: ServerParts): { server: Server; service: Service } {
  const { loop, found, options, listener, restoreGuard, arming, sandboxes } = parts;
  const { platform } = found;
  const { code_bytes, put_bytes } = policy.limits;
  const server = new Server({
    loop,
    listener,
    admits: ({ cid }) => options.listen?.kind !== "vsock" || options.allowCids.includes(cid),
    limits: { lineBytes: code_bytes + LINE_BYTES, bodyBytes: Math.max(code_bytes, put_bytes) },
    agent: agentName,
  });
  const service = new Service({
    loop,
    policy,
    info: () => ({
      agent: agentName,
      protocol: protocolVersion,
      languages: found.languages.map((language) => languageInfo(language, arming.warming)),
      limits: { ...policy.limits },
      prepared: found.prepared,
      prepared_each: preparedEach(sandboxes),
      hardening: found.layers.map((layer) => ({ ...layer })),
    }),
    run: new Run({ loop, platform, policy, profiles, arming }),
    sandboxes,
    platform,
    restore: restoreGuard === undefined ? undefined : new Restore(loop, restoreGuard.control),
    forget: (connection) => server.forget(connection),
  });
  return { server, service };
}

function preparedEach({ cost }: Sandboxes): InfoReply["prepared_each"] {
  if (cost === undefined) return undefined;
  return { memory_bytes: cost.memoryBytes, make_ms: Number(cost.makeMs.toFixed(3)) };
}

/** A language as `info` tells it: how far ahead it is started now, and what that costs. */
function languageInfo(
  language: Survey["languages"][number],
  warming: Warming,
): InfoReply["languages"][number] {
  const { name, level, profiles } = language;
  const own = { name, profiles: Object.keys(profiles) };
  if (level !== "warm") return { ...own, level };
  if (!warming.isWarm(language)) return { ...own, level: "armed" };
  const facts = warming.factsOf(language);
  if (facts === undefined) return { ...own, level };
  const { cpuMs, memoryBytes, missing } = facts;
  return {
    ...own,
    level,
    warm: { cpu_ms: cpuMs, memory_bytes: memoryBytes, missing: [...missing] },
  };
}
