// `deno task rooms`: prints the rooms of the project as their imports form them, floor by floor.
//
// It fails if an import points up or is not allowed by its room's line, if imports form a circle,
// or if a room is allowed an import that it does not use. The gate runs it.

import { importsOf, projectModules } from "./rooms/imports.ts";
import { pictureOf } from "./rooms/picture.ts";
import { isForTests } from "./rooms/rooms.ts";

const modules = (await projectModules()).filter((path) => !isForTests(path));
const picture = pictureOf(await importsOf(modules));
const floors = [...new Set(picture.floors.values())].toSorted((a, b) => b - a);
for (const floor of floors) {
  console.log(`floor ${floor}`);
  for (const { path, holds } of picture.rooms) {
    if (picture.floors.get(path) !== floor) continue;
    const below = [...picture.arrows.get(path)!];
    console.log(`  ${path}: ${holds}`);
    if (below.length > 0) console.log(`    imports ${below.toSorted().join(", ")}`);
  }
}
const arrows = [...picture.arrows.values()].reduce((sum, below) => sum + below.size, 0);
for (const fault of picture.faults) console.log(`FAULT ${fault}`);
const count = (kind: string) => picture.faults.filter((fault) => fault.startsWith(kind)).length;
console.log(
  `${modules.length} modules, ${picture.rooms.length} rooms, ${arrows} arrows, ${floors.length} floors; ` +
    `${count("up")} up, ${count("circle")} circles, ${picture.faults.length} faults`,
);
Deno.exit(picture.faults.length === 0 ? 0 : 1);
