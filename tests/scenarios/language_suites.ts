// The languages' own tests as programs for a sandbox: where they are, how each is started, and how
// to tell that it passed.
//
// Python's come with a package, Ruby's with the gems that Ruby bundles, Perl's with its source
// package. Node's own are in no Debian package: the programs for it are this project's own and use
// Node as ordinary programs do.

import { downloadSource } from "../../policy/libseccomp/source.ts";
import { projectRoot } from "../helpers/agent.ts";
import { pythonModules } from "./python_modules.ts";

/** One program. */
export interface SuiteCase {
  readonly name: string;
  readonly code: string | Uint8Array;
  readonly args?: readonly string[];
  /** Files of the sandbox directory, by name. */
  readonly files?: Readonly<Record<string, string>>;
}

/** How a program ended. */
export interface SuiteOutcome {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** All programs of one language. */
export interface Suite {
  readonly language: string;
  readonly from: string;
  /** The programs, or the reason why there are none here. */
  cases(): Promise<readonly SuiteCase[] | string>;
  /** How many tests passed; null if one did not. */
  passed(outcome: SuiteOutcome): number | null;
  /**
   * Calls that the profile refuses on purpose: a program that needs one fails, and the result names
   * the call.
   */
  readonly refuses: readonly string[];
  /** Programs that fail in a sandbox for another reason, with that reason. */
  readonly elsewhere: Readonly<Record<string, string>>;
  /** The minimum number of programs that must pass. */
  readonly atLeast: number;
}

const isThere = (path: string) => Deno.stat(path).then(() => true, () => false);

const python: Suite = {
  language: "python",
  from: "libpython3.11-testsuite",
  async cases() {
    const directory = "/usr/lib/python3.11/test";
    if (!await isThere(`${directory}/test_json`)) return `no "${directory}/test_json"`;
    return pythonModules.map((name) => ({
      name: `test_${name}`,
      code: `import unittest\nunittest.main(module="test.test_${name}", argv=["main.py"])\n`,
    }));
  },
  passed({ exitCode, stderr }) {
    const ran = /^Ran (\d+) tests? in/m.exec(stderr);
    return exitCode === 0 && ran !== null && /^OK\b/m.test(stderr) ? Number(ran[1]) : null;
  },
  refuses: ["execve", "socket", "fcntl", "mmap"],
  elsewhere: {
    test_bdb: "writes beside the library, which is read-only",
    test_openpty: "no pseudo-terminals in a sandbox",
    test_pty: "no pseudo-terminals in a sandbox",
    test_resource: "wants to raise limits, and those of its parent",
  },
  atLeast: 170,
};

const perlVersion = "5.36.0";
const perlSource = {
  [`perl_${perlVersion}.orig.tar.xz`]:
    "0f386dccbee8e26286404b2cca144e1005be65477979beb9b1ba272d4819bcf0",
};

/** The directory t/ of Perl's source, fetched once, or why it is missing. */
async function perlTests(): Promise<string | { missing: string }> {
  const cache = `${projectRoot}.cache/perl`;
  const directory = `${cache}/perl-${perlVersion}/t`;
  if (await isThere(`${directory}/test.pl`)) return directory;
  await Deno.mkdir(cache, { recursive: true });
  const work = await Deno.makeTempDir({ dir: cache });
  try {
    await downloadSource(work, "perl", perlSource);
    const [archive] = Object.keys(perlSource);
    const { success } = await new Deno.Command("tar", {
      args: ["-xf", archive, `perl-${perlVersion}/t`],
      cwd: work,
    }).output();
    if (!success) return { missing: `cannot unpack "${archive}"` };
    await Deno.rename(`${work}/perl-${perlVersion}`, `${cache}/perl-${perlVersion}`);
    return directory;
  } catch (error) {
    return { missing: `no source of Perl: ${(error as Error).message.split("\n")[0]}` };
  } finally {
    await Deno.remove(work, { recursive: true });
  }
}

const perl: Suite = {
  language: "perl",
  from: `perl ${perlVersion}, t/`,
  async cases() {
    const found = await perlTests();
    if (typeof found !== "string") return found.missing;
    const read = (name: string) => Deno.readTextFile(`${found}/${name}`);
    const files = {
      "charset_tools.pl": await read("charset_tools.pl"),
      "loc_tools.pl": await read("loc_tools.pl"),
      // Use the installed library, not the source's.
      "test.pl": `${await read("test.pl")}\n{ no warnings; eval q{sub set_up_inc {} 1} }\n1;\n`,
    };
    const cases: SuiteCase[] = [];
    for (const part of ["base", "cmd", "io", "mro", "op", "opbasic", "re", "uni"]) {
      for await (const { name } of Deno.readDir(`${found}/${part}`)) {
        if (!name.endsWith(".t") || outsidePerl.has(`${part}/${name}`)) continue;
        const code = await Deno.readFile(`${found}/${part}/${name}`);
        // The largest code that a request may have.
        if (code.length <= 65536) cases.push({ name: `${part}/${name}`, code, files });
      }
    }
    return cases.toSorted((a, b) => a.name < b.name ? -1 : 1);
  },
  passed({ exitCode, stdout }) {
    const lines = stdout.split("\n");
    const bad = lines.filter((line) => line.startsWith("not ok") && !line.includes("TODO"));
    const good = lines.filter((line) => line.startsWith("ok"));
    const planned = lines.some((line) => /^1\.\.\d/.test(line));
    return exitCode === 0 && bad.length === 0 && planned ? good.length : null;
  },
  refuses: ["execve", "socket", "msgget", "semget", "shmget"],
  elsewhere: { "op/setpgrpstack.t": "a job leads its session, and cannot change its group" },
  atLeast: 250,
};

/**
 * Tests that do not pass outside either, because they must be inside Perl's source tree, or that
 * take seconds.
 */
const outsidePerl = new Set<string>(
  `
  base/term.t cmd/mod.t io/crlf_through.t io/eintr.t io/eintr_print.t io/errnosig.t io/getcwd.t
  io/open.t io/perlio.t io/perlio_fail.t io/pipe.t io/tell.t io/through.t
  mro/package_aliases_utf8.t op/alarm.t op/caller.t op/chdir.t op/closure.t op/cond.t
  op/coreamp.t op/coresubs.t op/do.t op/dump.t op/filetest.t op/flip.t op/fork.t op/getppid.t
  op/glob.t op/goto_xs.t op/heredoc.t op/inccode-tie.t op/inccode.t op/index_thr.t op/lfs.t
  op/list.t op/localref.t op/magic.t op/method.t op/read.t op/readdir.t op/readline.t
  op/require_37033.t op/require_errors.t op/sigdispatch.t op/signatures.t op/sleep.t op/srand.t
  op/sselect.t op/stash.t op/stat.t op/stat_errors.t op/substr_thr.t op/svleak.t op/switch.t
  op/sysio.t op/taint.t op/threads-dirh.t op/threads.t op/tie.t op/time.t op/utf8cache.t
  op/utftaint.t op/write.t opbasic/concat.t re/alpha_assertions.t re/anyof.t
  re/bigfuzzy_not_utf8.t re/charset.t re/fold_grind_8.t re/fold_grind_T.t re/fold_grind_a.t
  re/fold_grind_aa.t re/fold_grind_d.t re/fold_grind_l.t re/fold_grind_u.t re/pat.t
  re/pat_advanced.t re/pat_advanced_thr.t re/pat_psycho.t re/pat_psycho_thr.t re/pat_re_eval.t
  re/pat_re_eval_thr.t re/pat_rt_report.t re/pat_rt_report_thr.t re/pat_special_cc_thr.t
  re/pat_thr.t re/reg_email.t re/reg_email_thr.t re/reg_fold.t re/reg_namedcapture.t
  re/regex_sets_compat.t re/regexp.t re/regexp_noamp.t re/regexp_nonull.t re/regexp_notrie.t
  re/regexp_qr.t re/regexp_qr_embed.t re/regexp_qr_embed_thr.t re/regexp_trielist.t
  re/regexp_unicode_prop_thr.t re/speed.t re/speed_thr.t re/substT.t re/subst_wamp.t
  re/uniprops01.t re/uniprops02.t re/uniprops03.t re/uniprops04.t re/uniprops05.t re/uniprops06.t
  re/uniprops07.t re/uniprops08.t re/uniprops09.t re/uniprops10.t re/user_prop_race_thr.t
  uni/fold.t uni/greek.t uni/latin2.t uni/lower.t uni/title.t uni/upper.t uni/variables.t
`.trim().split(/\s+/),
);

const gems = "/usr/lib/ruby/gems/3.1.0/gems";
const ruby: Suite = {
  language: "ruby",
  from: "libruby3.1: rss, minitest, test-unit",
  async cases() {
    const directories = [
      "rss-0.2.9/test",
      "minitest-5.15.0/test/minitest",
      "test-unit-3.5.3/sample",
    ];
    const cases: SuiteCase[] = [];
    for (const directory of directories) {
      if (!await isThere(`${gems}/${directory}`)) continue;
      for await (const { name } of Deno.readDir(`${gems}/${directory}`)) {
        // Leave out those that take seconds.
        if (!/^test_(?!maker_|setup_maker_).*\.rb$/.test(name)) continue;
        const own = directory.startsWith("minitest") ? "" : 'require "test/unit"\n';
        const path = `${gems}/${directory}`;
        const code = `$:.unshift "${path}", "${path}/.."\n${own}require "${path}/${name}"\n`;
        cases.push({ name: `${directory.split("-")[0]}/${name}`, code });
      }
    }
    if (cases.length === 0) return `no "${gems}/rss-0.2.9/test"`;
    return cases.toSorted((a, b) => a.name < b.name ? -1 : 1);
  },
  passed({ exitCode, stdout }) {
    const ran = /^(\d+) (?:tests|runs), \d+ assertions, 0 failures, 0 errors/m.exec(stdout);
    return exitCode === 0 && ran !== null ? Number(ran[1]) : null;
  },
  refuses: ["execve", "socket"],
  elsewhere: {},
  atLeast: 25,
};

const node: Suite = {
  language: "node",
  from: "tests/fixtures/suites",
  async cases() {
    const cases: SuiteCase[] = [];
    for (const name of ["node_assert", "node_fs", "node_stream", "node_threads"]) {
      const path = `${projectRoot}tests/fixtures/suites/${name}.js`;
      cases.push({ name, code: await Deno.readFile(path) });
    }
    return cases;
  },
  passed({ exitCode, stdout }) {
    const ran = /^(?:#|ℹ) pass (\d+)$/m.exec(stdout);
    const failed = /^(?:#|ℹ) fail (\d+)$/m.exec(stdout);
    return exitCode === 0 && ran !== null && failed?.[1] === "0" ? Number(ran[1]) : null;
  },
  refuses: [],
  elsewhere: {},
  atLeast: 4,
};

/** All suites. */
export const suites: readonly Suite[] = [python, node, perl, ruby];
