// The options with which every command says where the server is, and who asks.
//
// Secrets come from the environment: a command line is readable by everybody on the host.

import type { ParseArgsConfig } from "node:util";
import type { ConnectionOptions } from "./connection.ts";

/** The options, for `parseArgs`. */
export const connectionArguments = {
  server: { type: "string", short: "s" },
  user: { type: "string" },
  ca: { type: "string" },
  certificate: { type: "string" },
  key: { type: "string" },
} as const satisfies ParseArgsConfig["options"];

/** What `--help` says of them. */
export const connectionHelp =
  `  -s, --server URL[,URL]   nats://HOST:PORT or tls://HOST:PORT; SALLYPORT_NATS when left out
      --user NAME          with the password in SALLYPORT_NATS_PASSWORD; or a token alone in
                           SALLYPORT_NATS_TOKEN
      --ca FILE            the authority that signed the server's certificate
      --certificate FILE, --key FILE   this program's own`;

/** What was said. @throws TypeError if no server was named. */
export function connectionOf(
  values: { readonly [Name in keyof typeof connectionArguments]?: string },
  env: (name: string) => string | undefined = (name) => Deno.env.get(name) || undefined,
): ConnectionOptions {
  const servers = values.server ?? env("SALLYPORT_NATS");
  if (servers === undefined) {
    throw new TypeError('Cannot connect: say where with "--server" or SALLYPORT_NATS');
  }
  const { user, ca, certificate, key } = values;
  const tls = ca ?? certificate ?? key;
  return {
    servers,
    user,
    password: user === undefined ? undefined : env("SALLYPORT_NATS_PASSWORD"),
    token: user === undefined ? env("SALLYPORT_NATS_TOKEN") : undefined,
    ...tls === undefined ? {} : { tls: { ca, certificate, key } },
  };
}
