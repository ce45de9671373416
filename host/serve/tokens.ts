// Who may ask: a file with one JSON object a line, each with a name, the SHA-256 of a token, and
// what its holder may do. Lines that are empty or begin with "#" say nothing.
//
// A fast hash is enough. A slow one protects passwords, which can be guessed; nobody guesses 256
// random bits, whatever one guess costs.

import { createHash, timingSafeEqual } from "node:crypto";
import * as v from "valibot";
import { closed, integer } from "../../protocol/fields.ts";
import { checked } from "./checked.ts";

const nameRule = "must be 1 to 64 letters, digits, dots, dashes or underscores";
/** The name of a token: a tenant's, and what the log says. */
export const tokenName = v.pipe(v.string(nameRule), v.regex(/^[A-Za-z0-9._-]{1,64}$/, nameRule));

const hashRule = "must be 64 hexadecimal digits in lower case";
const holder = closed({
  name: tokenName,
  sha256: v.pipe(v.string(hashRule), v.regex(/^[0-9a-f]{64}$/, hashRule)),
  runs_per_minute: v.optional(integer(1)),
  concurrent_runs: v.optional(integer(1)),
  timeout_ms: v.optional(integer(1)),
  memory_bytes: v.optional(integer(1)),
  priority: v.optional(integer(-1000, 1000)),
  // Sees what is of all holders: the machines and the metrics.
  operator: v.optional(v.boolean("must be true or false")),
});

/** What a token's holder may do; what is left out has no limit but the pool's and the agent's. */
export type Holder = Omit<v.InferOutput<typeof holder>, "sha256">;

/** The holder where there are no tokens. */
export const anybody: Holder = { name: "", operator: true };

/** The tokens that are known. */
export class Tokens {
  readonly #known: { readonly holder: Holder; readonly hash: Uint8Array }[] = [];

  /** @throws TypeError with the line that is none */
  constructor(text: string) {
    const names = new Set<string>();
    for (const [at, line] of text.split("\n").entries()) {
      if (line.trim() === "" || line.startsWith("#")) continue;
      const { sha256, ...rest } = holderOf(line, at + 1);
      if (names.has(rest.name)) {
        throw new TypeError(`Line ${at + 1}: "${rest.name}" is named twice`);
      }
      names.add(rest.name);
      this.#known.push({ holder: rest, hash: Uint8Array.fromHex(sha256) });
    }
  }

  /** Whose token it is. Every known one is compared, whichever fits, in the same time. */
  holderOf(token: string): Holder | null {
    const hash = createHash("sha256").update(token).digest();
    let found: Holder | null = null;
    for (const known of this.#known) if (timingSafeEqual(hash, known.hash)) found = known.holder;
    return found;
  }
}

function holderOf(line: string, number: number): v.InferOutput<typeof holder> {
  try {
    return checked(holder, JSON.parse(line));
  } catch (cause) {
    throw new TypeError(`Line ${number} is no token: ${(cause as Error).message}`, { cause });
  }
}

/** A new token, and its line for the file. */
export function makeToken(
  name: string,
  isOperators = false,
): { readonly token: string; readonly line: string } {
  const random = crypto.getRandomValues(new Uint8Array(32));
  const token = `sp_${random.toBase64({ alphabet: "base64url", omitPadding: true })}`;
  const sha256 = createHash("sha256").update(token).digest("hex");
  const rights = isOperators ? { operator: true } : {};
  return { token, line: JSON.stringify({ name: v.parse(tokenName, name), sha256, ...rights }) };
}
