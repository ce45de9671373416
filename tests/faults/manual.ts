// Reads the errors that a call's manual page lists, from the pages that manpages-dev installs.
//
// The table that faults are made from is committed (errnos.json), so that they are the same on every
// machine. `deno run -A tests/faults/manual.ts` writes it anew; a test compares both.

import { gunzipSync } from "node:zlib";
import { E } from "../../linux/errno.ts";
import { libc } from "../../linux/libc.ts";
import { numbers } from "../../linux/syscall_numbers.ts";

const pages = "/usr/share/man/man2";

/** The page of read(2): where it is, the others are too. */
export const samplePage = `${pages}/read.2.gz`;

/** Calls that the manual describes under another name. */
const elsewhere: Readonly<Record<string, string>> = {
  prlimit64: "prlimit",
  pread64: "pread",
  pwrite64: "pwrite",
  rt_sigaction: "sigaction",
  wait4: "wait",
};

/** seccomp_unotify(2) lists these in its text, and not under ERRORS. */
const notifications = ["EINPROGRESS", "EINVAL", "ENOENT"];

function page(name: string): string | undefined {
  try {
    const text = new TextDecoder().decode(gunzipSync(Deno.readFileSync(`${pages}/${name}.2.gz`)));
    const other = /^\.so man2\/(\S+)\.2/m.exec(text)?.[1];
    return other === undefined ? text : page(other);
  } catch {
    return undefined;
  }
}

/** The errors under ERRORS in the page of `call`, sorted; undefined where there is no page. */
export function manualErrors(call: string): string[] | undefined {
  const text = page(elsewhere[call] ?? call);
  if (text === undefined) return undefined;
  const section = /^\.SH ERRORS\n([\s\S]*?)(?=^\.SH )/m.exec(text)?.[1] ?? "";
  const found = new Set<string>();
  let tag = false; // the line after .TP is what is described
  for (const line of section.split("\n")) {
    if (/^\.(TP|TQ)/.test(line)) tag = true;
    else if (tag && !line.startsWith('.\\"')) {
      for (const [name] of line.matchAll(/\bE[A-Z0-9]{2,}\b/g)) found.add(name);
      tag = false;
    }
  }
  if (call === "ioctl") { for (const name of notifications) found.add(name); }
  if (call === "openat2") { for (const name of manualErrors("openat") ?? []) found.add(name); }
  // Not the kernel's own (ERESTARTNOINTR), nor a second name of one (EWOULDBLOCK).
  return [...found].filter((name) => name in E).sort();
}

/** The errors of every call that launchers or the agent can make. */
export function allManualErrors(): Record<string, string[]> {
  const names = new Set([...Object.keys(numbers), ...Object.keys(libc)]);
  const rows = [...names].sort().map((name) => [name, manualErrors(name) ?? []] as const);
  return Object.fromEntries(rows.filter(([, errors]) => errors.length > 0));
}

if (import.meta.main) {
  const lines = Object.entries(allManualErrors())
    .map(([name, errors]) => `  ${JSON.stringify(name)}: ${JSON.stringify(errors)}`);
  Deno.writeTextFileSync(new URL("errnos.json", import.meta.url), `{\n${lines.join(",\n")}\n}\n`);
}
