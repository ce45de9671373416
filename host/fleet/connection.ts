// A connection to a fleet's server: how it is made, and how soon a dead one is noticed.

import { connect, type NatsConnection, type TlsOptions } from "@nats-io/transport-node";
import { FleetError, fleetError } from "./fleet_error.ts";

/** Where the server is, and who asks. */
export interface ConnectionOptions {
  /** "nats://HOST:PORT" or "tls://HOST:PORT"; several of one cluster. */
  readonly servers: string | readonly string[];
  readonly token?: string;
  readonly user?: string;
  readonly password?: string;
  /** Paths of PEM files. An empty object asks for TLS with the system's authorities. */
  readonly tls?: {
    readonly ca?: string;
    readonly certificate?: string;
    readonly key?: string;
  };
  /** How it is called in the server's own lists. */
  readonly name?: string;
  /** Whether the first connection is waited for as long as it takes. A worker's is. */
  readonly patient?: boolean;
  /** How long the first connection may take otherwise; 5 s when left out. */
  readonly timeoutMs?: number;
  /** How often a sign of life is asked for; two that fail end the connection. 5 s when left out. */
  readonly pingMs?: number;
}

/** A connection, with the beginning of the subjects on which it may get answers. */
export type FleetConnection = NatsConnection & { readonly inboxPrefix: string };

/**
 * Connects. A connection that is lost is made again, for as long as it takes.
 *
 * @throws FleetError "unreachable", "not_allowed"
 */
export async function openConnection(options: ConnectionOptions): Promise<FleetConnection> {
  const { servers, token, user, password, tls, name, patient = false } = options;
  const timeout = options.timeoutMs ?? 5000;
  const list = typeof servers === "string" ? servers.split(",") : [...servers];
  if (list.length === 0 || list.some((server) => !/^(nats|tls):\/\/[^/\s]+$/.test(server))) {
    throw new TypeError(`Cannot connect to "${list.join()}": expected nats://HOST:PORT`);
  }
  // Answers to one user must not be readable by another of the same account.
  const inboxPrefix = user === undefined ? "_INBOX" : `_INBOX_${user}`;
  const connecting = connect({
    servers: list,
    name,
    token,
    user,
    pass: password,
    timeout,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 500,
    waitOnFirstConnect: patient,
    pingInterval: options.pingMs ?? 5000,
    maxPingOut: 2,
    noAsyncTraces: true,
    inboxPrefix,
    ...tls === undefined && !list.some((server) => server.startsWith("tls:")) ? {} : {
      tls: tlsOptions(tls ?? {}),
    },
  });
  try {
    return Object.assign(await connecting, { inboxPrefix });
  } catch (cause) {
    const error = fleetError(`Cannot connect to ${list.join()}`, cause);
    const kind = error.kind === "not_allowed" ? error.kind : "unreachable";
    throw new FleetError(kind, error.message, { cause });
  }
}

function tlsOptions({ ca, certificate, key }: NonNullable<ConnectionOptions["tls"]>): TlsOptions {
  return {
    ...ca === undefined ? {} : { caFile: ca },
    ...certificate === undefined ? {} : { certFile: certificate },
    ...key === undefined ? {} : { keyFile: key },
  };
}
