// Words that the policy file used to have, so that whoever writes one is told the new one.

import type { Path, Source } from "./jsonc.ts";
import type { Problems } from "./problem.ts";

/** Keys of a profile. */
const profileKeys: Readonly<Record<string, string>> = {
  otherwise: "default",
  unknown: "newer_than_table",
};

/** Names each old word at its place. */
export function reportRenamed(source: Source, problems: Problems): void {
  const renamed = (path: Path, now: string) => {
    problems.add(source.at(path), `Cannot use "${path.at(-1)}": it is called "${now}" now`);
  };
  for (const [name, language] of entries(entries(source.value).get("languages"))) {
    if (!entries(language).has("memory_rlimit")) continue;
    problems.add(
      source.at(["languages", name, "memory_rlimit"]),
      'Cannot use "memory_rlimit": remove it; memory that is used counts for every language now',
    );
  }
  for (const [name, profile] of entries(entries(source.value).get("profiles"))) {
    const path = ["profiles", name];
    for (const [key, value] of entries(profile)) {
      if (Object.hasOwn(profileKeys, key)) renamed([...path, key], profileKeys[key]);
      if (value === "otherwise") {
        problems.add(
          source.at([...path, key]),
          'Cannot use the value "otherwise": it is called "default" now',
        );
      }
      if (entries(value).has("tell")) renamed([...path, key, "tell"], "notify");
    }
  }
}

function entries(value: unknown): Map<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return new Map();
  return new Map(Object.entries(value));
}
