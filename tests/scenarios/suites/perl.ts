// Perl's own tests, from its source package: each prints "ok" or "not ok" for each of its tests.

import { outsidePerl } from "./perl_outside.ts";
import { type Source, unpacked } from "./sources.ts";
import { byName, type Suite, type SuiteCase } from "./suite.ts";

const source: Source = {
  package: "perl",
  archive: "perl_5.36.0.orig.tar.xz",
  sha256: "0f386dccbee8e26286404b2cca144e1005be65477979beb9b1ba272d4819bcf0",
  parts: ["t"],
};

/** The files of t/ that need only the helpers beside them. */
export const perl: Suite = {
  language: "perl",
  from: "perl 5.36.0, t/",
  async cases() {
    const tree = await unpacked(source);
    if (typeof tree !== "string") return tree.missing;
    const read = (name: string) => Deno.readTextFile(`${tree}/t/${name}`);
    const files = {
      "charset_tools.pl": await read("charset_tools.pl"),
      "loc_tools.pl": await read("loc_tools.pl"),
      // Use the installed library, not the source's.
      "test.pl": `${await read("test.pl")}\n{ no warnings; eval q{sub set_up_inc {} 1} }\n1;\n`,
    };
    const cases: SuiteCase[] = [];
    for (const part of ["base", "cmd", "io", "mro", "op", "opbasic", "re", "uni"]) {
      for await (const { name } of Deno.readDir(`${tree}/t/${part}`)) {
        if (!name.endsWith(".t") || outsidePerl.has(`${part}/${name}`)) continue;
        const code = await Deno.readFile(`${tree}/t/${part}/${name}`);
        // The largest code that a request may have.
        if (code.length <= 65536) cases.push({ name: `${part}/${name}`, code, files });
      }
    }
    return byName(cases);
  },
  passed({ exitCode, stdout }) {
    const lines = stdout.split("\n");
    const bad = lines.filter((line) => line.startsWith("not ok") && !line.includes("TODO"));
    const good = lines.filter((line) => line.startsWith("ok"));
    const planned = lines.some((line) => /^1\.\.\d/.test(line));
    return exitCode === 0 && bad.length === 0 && planned ? good.length : null;
  },
  fails: {
    "a job leads its session, and cannot change its group": "op/setpgrpstack.t",
    "System V IPC, refused to every job": "io/msg.t io/sem.t io/shm.t",
  },
  sample: 110,
  atLeast: { sample: 107, all: 334 },
};
