// The line of those who wait for a machine: bounded, and fair.
//
// Who is next: the highest priority; within it one tenant after another; of one tenant, who came
// first. So a tenant with a thousand waiting jobs delays another's first job by one job, not by a
// thousand. It knows no time and no machines.

/** Who waits. */
export interface Place {
  /** Higher goes first; 0 when left out. */
  readonly priority?: number;
  /** The caller's key; all without one are one tenant. */
  readonly tenant?: string;
}

/** Bounds of the line. */
export interface QueueLimits {
  /** How many may wait in all. */
  readonly waiting: number;
  /** How many of one tenant may wait; as many as in all when left out. */
  readonly waitingOfOne?: number;
}

/** Something that waits, as its adder must name it again to remove it. */
export interface Ticket<Item> {
  readonly item: Item;
  readonly priority: number;
  readonly tenant: string;
}

/** The tickets of one tenant at one priority, in the order in which they came. */
type Line<Item> = Set<Ticket<Item>>;

/** The line. Maps and sets keep the order in which things were put in, and all turns are in it. */
export class FairQueue<Item> {
  /** For each priority the tenants in the order of their turns. None of the lines is empty. */
  readonly #turns = new Map<number, Map<string, Line<Item>>>();
  readonly #ofTenant = new Map<string, number>();
  #size = 0;

  /** @throws TypeError on limits that are not whole numbers from 0. */
  constructor(readonly limits: QueueLimits) {
    for (const limit of [limits.waiting, limits.waitingOfOne ?? 0]) {
      if (Number.isInteger(limit) && limit >= 0) continue;
      throw new TypeError(`Cannot make a queue: ${limit} is no number of places`);
    }
  }

  /** How many wait. */
  get size(): number {
    return this.#size;
  }

  /** How many of one tenant wait. */
  sizeOf(tenant = ""): number {
    return this.#ofTenant.get(tenant) ?? 0;
  }

  /** Adds at the end of the tenant's line. Returns null if the queue, or the tenant's part, is full. */
  add(item: Item, { priority = 0, tenant = "" }: Place = {}): Ticket<Item> | null {
    if (!Number.isFinite(priority)) throw new TypeError(`Cannot wait: ${priority} is no priority`);
    const { waiting, waitingOfOne = waiting } = this.limits;
    if (this.#size >= waiting || this.sizeOf(tenant) >= waitingOfOne) return null;
    const ticket = { item, priority, tenant };
    this.#put(ticket, (line) => line.add(ticket));
    return ticket;
  }

  /** Puts back one that was taken, as the next of all with its priority, whatever the limits. */
  putBack(ticket: Ticket<Item>): void {
    const { priority, tenant } = ticket;
    this.#put(ticket, (line) => {
      const others = [...line];
      line.clear();
      for (const one of [ticket, ...others]) line.add(one);
    });
    const tenants = this.#turns.get(priority)!;
    const others = [...tenants].filter(([name]) => name !== tenant);
    const line = tenants.get(tenant)!;
    tenants.clear();
    for (const [name, one] of [[tenant, line] as const, ...others]) tenants.set(name, one);
  }

  /** Takes who is next, whose tenant then goes to the end of the turns. */
  take(): Ticket<Item> | undefined {
    if (this.#size === 0) return undefined;
    const priority = Math.max(...this.#turns.keys());
    const tenants = this.#turns.get(priority)!;
    const [tenant, line] = first(tenants);
    const ticket = first(line);
    this.remove(ticket);
    if (tenants.delete(tenant)) tenants.set(tenant, line);
    return ticket;
  }

  /** Takes one out of the line. Returns whether it was in it. */
  remove(ticket: Ticket<Item>): boolean {
    const { priority, tenant } = ticket;
    const tenants = this.#turns.get(priority);
    const line = tenants?.get(tenant);
    if (!line?.delete(ticket)) return false;
    if (line.size === 0) tenants!.delete(tenant);
    if (tenants!.size === 0) this.#turns.delete(priority);
    this.#size--;
    const left = this.sizeOf(tenant) - 1;
    if (left > 0) this.#ofTenant.set(tenant, left);
    else this.#ofTenant.delete(tenant);
    return true;
  }

  #put({ priority, tenant }: Ticket<Item>, into: (line: Line<Item>) => void): void {
    const tenants = this.#turns.get(priority) ?? new Map<string, Line<Item>>();
    this.#turns.set(priority, tenants);
    const line = tenants.get(tenant) ?? new Set();
    tenants.set(tenant, line);
    into(line);
    this.#size++;
    this.#ofTenant.set(tenant, this.sizeOf(tenant) + 1);
  }
}

function first<Value>(values: Iterable<Value>): Value {
  for (const value of values) return value;
  throw new Error("Cannot take the first of nothing");
}
