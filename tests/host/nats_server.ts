// What a test needs to start a NATS server of its own.

import { file, firstMissing, type Need } from "../helpers/need.ts";
import { serverPrograms } from "../../host/fleet/local_server.ts";

export {
  type LocalServer as TestServer,
  localServer as natsServerIn,
} from "../../host/fleet/local_server.ts";

/** The server's program, from Debian's package nats-server. */
export const natsServer: Need = {
  missing: () => {
    const missing = serverPrograms.map((path) => firstMissing([file(path)]));
    return missing.includes(null) ? null : missing.join(", ");
  },
};

/** For what takes longer than continuous integration has. */
export const wholeFleet: Need = {
  missing: () => Deno.env.get("SALLYPORT_FLEET") === "all" ? null : "no SALLYPORT_FLEET=all",
};
