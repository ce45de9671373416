// The service as a whole: a socket, the routes, and a pool behind them, until it is drained.

import type { Client } from "../../controller/client.ts";
import type { MachineSource } from "../pool/machine_source.ts";
import type { PoolOptions } from "../pool/options.ts";
import { type Drained, Pool } from "../pool/pool.ts";
import { handlerOf } from "./app.ts";
import {
  type Address,
  type Answered,
  type HttpLimits,
  HttpServer,
  usualLimits,
} from "./http_server.ts";
import { learning } from "./learning.ts";
import { routesOf } from "./routes.ts";
import { Service } from "./service.ts";
import type { Tokens } from "./tokens.ts";

/** A service to start. */
export interface ServeOptions {
  readonly address: Address;
  readonly machines: MachineSource<Client>;
  readonly pool: Omit<PoolOptions<Client>, "machines">;
  /** Null: anybody who can reach the socket may ask. */
  readonly tokens: Tokens | null;
  readonly limits?: Partial<HttpLimits>;
  /** Told of each answer. */
  readonly onAnswered?: (answered: Answered) => void;
  /** Told of faults of this program. */
  readonly onBroken?: (error: unknown) => void;
}

/** How long answers may take to be read after the last run. */
const LAST_ANSWERS_MS = 2000;

/** A service that runs. Disposing stops it at once. */
export class Serving implements AsyncDisposable {
  private constructor(
    readonly service: Service,
    readonly pool: Pool,
    /** 0 for a Unix socket. */
    readonly port: number,
    readonly server: HttpServer,
  ) {}

  /** Listens, and begins to start machines. @throws Error that says why it cannot listen */
  static async start(options: ServeOptions): Promise<Serving> {
    const { address, machines, tokens, onAnswered = () => {}, onBroken = console.error } = options;
    const service = new Service(tokens);
    const limits = { ...usualLimits, ...options.limits };
    const server = new HttpServer(
      handlerOf(service, routesOf(service), onBroken),
      limits,
      (answered) => {
        service.metrics.answered(answered.route, answered.status);
        onAnswered(answered);
      },
    );
    const port = await server.listen(address);
    const pool = new Pool<Client>({
      ...options.pool,
      machines: learning(machines, (info) => service.learn(info)),
      onEvent(event) {
        service.happened(event);
        options.pool.onEvent?.(event);
      },
    });
    service.use(pool);
    return new Serving(service, pool, port, server);
  }

  /** Takes no more runs, lets those that run end within the grace, and stops. */
  async drain(graceMs: number): Promise<Drained> {
    const drained = await this.pool.drain(graceMs);
    await this.server.close(LAST_ANSWERS_MS);
    return drained;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.pool[Symbol.asyncDispose]();
    await this.server.close(0);
  }
}
