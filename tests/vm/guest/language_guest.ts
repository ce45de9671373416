// A second, larger guest with the languages that the usual one has no room for: `--languages`.
//
// It starts from a disk, so that its languages do not lie in its memory.

import { type Guest, startGuest } from "../../../image/guest.ts";
import type { Attempts } from "../scenarios/attempts.ts";
import { compilerScenarios } from "../scenarios/compiler_scenarios.ts";
import { languageScenarios } from "../scenarios/language_scenarios.ts";
import { memoryScenarios } from "../scenarios/memory_scenarios.ts";
import { projectOf } from "../scenarios/project_scenarios.ts";
import { reached } from "./reached.ts";
import type { Scenario } from "./scenario.ts";
import { testImage } from "./test_image.ts";

/** How long a job may take: as long as patient_agent.ts lets it. */
const PATIENCE_MS = 120_000;

/** Boots it and tries its scenarios whose names contain `filter`. */
export async function tryLanguages(
  attempts: Attempts,
  arch: "x86_64" | "aarch64",
  languages: readonly string[],
  filter: string,
  directory: string,
): Promise<void> {
  const image = await testImage(arch, languages);
  const { disk, diskInitrd } = image;
  if (disk === undefined) return attempts.skip("languages", "no mkfs.erofs on this machine");
  await using guest: Guest = await startGuest({
    ...{ arch, kvm: false, processors: 2, memoryMib: 2048, directory, cid: 3, backend: true },
    machine: arch === "x86_64" ? "q35" : "virt",
    kernel: image.kernel,
    initrd: diskInitrd,
    disk,
    options: ["cryptomgr.notests"],
  });
  const stage = { target: guest.target(5000), arch };
  const boots = await attempts.run("the guest with the languages boots", async () => {
    await (await reached(stage.target, 60_000)).close();
  });
  if (!boots) return console.log(guest.console.slice(-2000));
  const all: Scenario[] = [
    ...languageScenarios(languages, PATIENCE_MS),
    ...compilerScenarios(languages),
    ...languages.includes("python") ? [projectOf(1000)] : [],
    ...memoryScenarios(languages, PATIENCE_MS),
  ];
  for (const { name, run } of all.filter(({ name }) => name.includes(filter))) {
    await attempts.run(name, () => run(stage));
  }
}
