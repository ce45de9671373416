// Connects the parts of the agent: the pool of sandboxes, and the server in front of it.

import { policy } from "../policy/generated/policy.ts";
import { profiles } from "../policy/generated/profiles.ts";
import type { Launched } from "../sandbox/launch.ts";
import type { Zygote } from "../sandbox/zygote.ts";
import { protocolVersion } from "../protocol/protocol.ts";
import type { Loop } from "./core/loop.ts";
import { version } from "./core/version.ts";
import { Restore } from "./pid1/restore.ts";
import { Arming } from "./pool/arming.ts";
import { JobCgroups } from "./pool/job_cgroups.ts";
import { Sandboxes } from "./pool/sandboxes.ts";
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
export function makePool(loop: Loop, zygote: Zygote, { platform, languages }: Survey): Pool {
  const mailbox = new ZygoteMailbox(loop, zygote.control);
  const cgroups = new JobCgroups(loop, mailbox, platform.arch);
  const arming = new Arming(platform, profiles, cgroups, languages);
  return { arming, sandboxes: new Sandboxes({ loop, zygote: mailbox, platform, arming, cgroups }) };
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
    info: {
      agent: agentName,
      protocol: protocolVersion,
      languages: found.languages.map(({ name, level, profiles }) => ({
        name,
        level,
        profiles: Object.keys(profiles),
      })),
      limits: { ...policy.limits },
      hardening: found.layers.map((layer) => ({ ...layer })),
    },
    run: new Run({ loop, platform, policy, profiles, arming }),
    sandboxes,
    platform,
    restore: restoreGuard === undefined ? undefined : new Restore(loop, restoreGuard.control),
    forget: (connection) => server.forget(connection),
  });
  return { server, service };
}
