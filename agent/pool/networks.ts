// Which network namespace a sandbox is in, and whether another one may have it afterwards.
//
// The zygote makes and holds them; see sandbox/network_program.ts for why. Each is in one sandbox at
// a time. When all processes of that sandbox have ended, the kernel is asked how many sockets are
// left in the namespace: those that a job has sent to itself outlive it, unseen by anybody. Only
// with none is the namespace used again. The zygote lets go of any other, and of more than are needed
// at once.

import { closeFd, preadFd } from "../../linux/fd.ts";
import { allocate } from "../../linux/memory.ts";
import { NETWORK } from "../../sandbox/layout.ts";
import { NO_SOCKETS } from "../../sandbox/network_program.ts";

/** Places for the network namespaces of all sandboxes that live, or have not ended yet. */
const PLACES = NETWORK.last - NETWORK.first + 1;

/** The place of a sandbox's network namespace. */
export interface Network {
  /** Its number among the zygote's. */
  readonly place: number;
  /** Whether the zygote has yet to make it. */
  readonly isNew: boolean;
}

/** Hands out network namespaces, and takes back those that are as good as new. */
export class Networks {
  /** The descriptors of the counts of sockets, by place. */
  readonly #counts = new Map<number, number>();
  /** Places whose namespace is ready for another sandbox; the last one back is the first out. */
  readonly #ready: number[] = [];
  readonly #vacant = Array.from({ length: PLACES }, (_, index) => PLACES - 1 - index);
  readonly #text = allocate(NO_SOCKETS.length);

  /**
   * @param most How many are kept, those of living sandboxes among them.
   * @param letGo Called when the zygote is to let go of the one in this place.
   */
  constructor(readonly most: number, readonly letGo: (place: number) => void) {}

  /** The network of the next sandbox; undefined if there are as many as there can be. */
  next(): Network | undefined {
    const ready = this.#ready.pop();
    if (ready !== undefined) return { place: ready, isNew: false };
    const place = this.#vacant.pop();
    return place === undefined ? undefined : { place, isNew: true };
  }

  /** The zygote has made it. `count` is the descriptor that tells the number of its sockets. */
  onMade({ place }: Network, count: number): void {
    this.#counts.set(place, count);
  }

  /**
   * All processes of the sandbox in it have ended.
   *
   * @param spent Whether a job in it could have reached the loopback interface.
   */
  giveBack({ place }: Network, spent: boolean): void {
    const held = PLACES - this.#vacant.length;
    if (!spent && held <= this.most && this.isEmpty(place)) return void this.#ready.push(place);
    const count = this.#counts.get(place);
    if (count !== undefined) closeFd(count);
    this.#counts.delete(place);
    this.#vacant.push(place);
    this.letGo(place);
  }

  /** Whether the kernel counts no socket in it, and no process has one that was made there. */
  isEmpty(place: number): boolean {
    const count = this.#counts.get(place);
    if (count === undefined) return false;
    const length = preadFd(count, this.#text, 0);
    return length === NO_SOCKETS.length &&
      new TextDecoder().decode(this.#text) === NO_SOCKETS;
  }
}
