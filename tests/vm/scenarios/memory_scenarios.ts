// A job that takes more memory than it may, in each language of the image: the kernel ends it, and
// the result says by which limit.

import { memoryHogs } from "../../helpers/memory_hogs.ts";
import { job, MiB, type Scenario } from "../guest/scenario.ts";
import { outOfMemory } from "./cgroup_programs.ts";

const MEMORY = 192 * MiB;

/** Two scenarios for each language. */
export function memoryScenarios(languages: readonly string[], limitMs: number): Scenario[] {
  return languages.filter((name) => Object.hasOwn(memoryHogs, name)).flatMap((language) => {
    const { byPieces, atOnce } = memoryHogs[language];
    const programs = [["piece by piece", byPieces]];
    if (atOnce) programs.push(["twice the limit at once", atOnce(2 * MEMORY)]);
    return programs.map(([how, code]) => ({
      name: `cgroup: memory is told, ${how}: ${language}`,
      run: async (stage) => {
        const limits = { memory_bytes: MEMORY, processes: 64, cpu_ms: limitMs };
        await job(stage, language, code, outOfMemory, { limits, timeout_ms: limitMs });
      },
    } satisfies Scenario));
  });
}
