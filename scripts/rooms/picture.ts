// The picture of the imports: arrows between rooms, the floors they form, and the faults in them.
// Pure.

import type { Imports } from "./imports.ts";
import { brokenRule, isForTests, type Room, roomOf, rooms } from "./rooms.ts";

/** What `deno task rooms` prints and the gate checks. */
export interface Picture {
  /** Rooms with a module in them. */
  readonly rooms: readonly Room[];
  /** Rooms that each room imports. */
  readonly arrows: ReadonlyMap<string, ReadonlySet<string>>;
  /**
   * The floor of each room: 0 for a room that imports nothing, else one above the highest room that
   * it imports.
   */
  readonly floors: ReadonlyMap<string, number>;
  /**
   * The faults: imports that point up or that the room's line does not allow, circles, and lines
   * that allow more than is used.
   */
  readonly faults: readonly string[];
}

/** Draws the picture of all modules except tests. */
export function pictureOf(imports: Imports, known: readonly Room[] = rooms): Picture {
  const faults: string[] = [];
  const arrows = new Map<string, Set<string>>();
  const modules = new Map<string, readonly string[]>();
  for (const [from, targets] of imports) {
    if (isForTests(from)) continue;
    modules.set(from, targets.filter((to) => !isForTests(to)));
    const here = roomOf(from, known);
    if (here === undefined) {
      faults.push(`no room: ${from}`);
      continue;
    }
    const out = arrows.getOrInsert(here.path, new Set());
    for (const to of targets) {
      const there = roomOf(to, known);
      const broken = brokenRule(from, to, known);
      if (broken !== null) faults.push(`against the rule: ${from} imports ${to}: ${broken}`);
      if (there === undefined || there === here) continue;
      out.add(there.path);
      if (known.indexOf(there) < known.indexOf(here)) faults.push(`up: ${from} imports ${to}`);
    }
  }
  for (const circle of circlesOf(arrows)) faults.push(`circle of rooms: ${circle.join(", ")}`);
  for (const circle of circlesOf(modules)) faults.push(`circle: ${circle.join(", ")}`);
  for (const { path, may } of known) {
    for (const name of may) {
      if (!arrows.get(path)?.has(name)) faults.push(`unused: ${path} may import ${name}`);
    }
  }
  const present = known.filter(({ path }) => arrows.has(path));
  return { rooms: present, arrows, floors: floorsOf(arrows), faults };
}

type Graph = ReadonlyMap<string, Iterable<string>>;

/** Every set of nodes that lead to one another (Tarjan's strongly connected components). */
export function circlesOf(graph: Graph): string[][] {
  const found: string[][] = [];
  const order = new Map<string, number>();
  const low = new Map<string, number>();
  const path: string[] = [];
  const visit = (node: string) => {
    order.set(node, order.size);
    low.set(node, order.get(node)!);
    path.push(node);
    for (const next of graph.get(node) ?? []) {
      if (!order.has(next)) visit(next);
      if (path.includes(next)) low.set(node, Math.min(low.get(node)!, low.get(next)!));
    }
    if (low.get(node) !== order.get(node)) return;
    const circle = path.splice(path.indexOf(node));
    if (circle.length > 1) found.push(circle);
  };
  for (const node of graph.keys()) if (!order.has(node)) visit(node);
  return found;
}

function floorsOf(arrows: Graph): Map<string, number> {
  const floors = new Map<string, number>();
  const floor = (name: string): number => {
    const known = floors.get(name);
    if (known !== undefined) return known;
    floors.set(name, 0); // a circle (reported elsewhere) must not recurse for ever
    const below = [...arrows.get(name) ?? []].map(floor);
    const own = below.length === 0 ? 0 : Math.max(...below) + 1;
    floors.set(name, own);
    return own;
  };
  for (const name of arrows.keys()) floor(name);
  return floors;
}
