// A network namespace that stands for another host: programs in it reach this one by one wire, which
// can be cut.

import type { Need } from "../helpers/need.ts";

/** Needs the right to make network namespaces, and wires between them. */
export const networks: Need = {
  missing: () => {
    const name = `sp-try-${Deno.pid}`;
    const why = ip("netns", "add", name);
    if (why === null) ip("netns", "del", name);
    return why === null ? null : `no network namespaces: ${why}`;
  },
};

/** A namespace. Disposing removes it, after what runs in it has ended. */
export class SeparateNetwork implements Disposable {
  readonly #name: string;
  readonly #wire: string;
  readonly #far: string;
  /** The address of this host, as it is seen from there. */
  readonly hostAddress: string;

  /** @param number Up to 60, and no other's at this time in this process. */
  constructor(number: number) {
    this.#name = `sp-net-${Deno.pid}-${number}`;
    this.#wire = `sp${Deno.pid % 1_000_000}n${number}`;
    this.#far = `sp${Deno.pid % 1_000_000}f${number}`;
    // 198.18.0.0/15 is for tests of networks (RFC 2544).
    const network = `198.18.${Deno.pid % 256}`;
    this.hostAddress = `${network}.${number * 4 + 1}`;
    done("netns", "add", this.#name);
    try {
      const [wire, far] = [this.#wire, this.#far];
      done("link", "add", wire, "type", "veth", "peer", "name", far, "netns", this.#name);
      done("addr", "add", `${this.hostAddress}/30`, "dev", wire);
      done("link", "set", wire, "up");
      done("-n", this.#name, "addr", "add", `${network}.${number * 4 + 2}/30`, "dev", far);
      done("-n", this.#name, "link", "set", far, "up");
      done("-n", this.#name, "link", "set", "lo", "up");
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
  }

  /** A program in it. */
  command(words: readonly string[], options: Deno.CommandOptions): Deno.Command {
    return new Deno.Command("ip", { ...options, args: ["netns", "exec", this.#name, ...words] });
  }

  /** From now on nothing passes, and nobody is told. */
  cut(): void {
    done("link", "set", this.#wire, "down");
  }

  mend(): void {
    done("link", "set", this.#wire, "up");
  }

  [Symbol.dispose](): void {
    ip("link", "del", this.#wire);
    ip("netns", "del", this.#name);
  }
}

/** Runs ip(8). Returns why it failed; null if it did not. */
function ip(...args: string[]): string | null {
  try {
    const { success, stderr } = new Deno.Command("ip", { args }).outputSync();
    return success ? null : new TextDecoder().decode(stderr).trim();
  } catch (error) {
    return (error as Error).message;
  }
}

function done(...args: string[]): void {
  const why = ip(...args);
  if (why !== null) throw new Error(`Cannot do "ip ${args.join(" ")}": ${why}`);
}
