// Programs that start programs: refused clearly under the strict profile, running under "programs".

import type { PeoplesProgram, PeoplesPrograms } from "./program.ts";

/** How each language starts a program of the guest, and where the refusal shows. */
const starters: Record<string, PeoplesProgram & { refused: RegExp }> = {
  "subprocess of Python": {
    needs: ["/usr/bin/python3"],
    language: "python",
    code:
      "import subprocess\nprint(subprocess.run(['echo', 'a b'], capture_output=True, text=True).stdout, end='')",
    prints: "a b\n",
    refused: /PermissionError: \[Errno 1\] Operation not permitted: 'echo'/,
  },
  "os.popen of Python": {
    needs: ["/usr/bin/python3"],
    language: "python",
    code: "import os\nprint(os.popen('echo a b | tr a c').read(), end='')",
    prints: "c b\n",
    refused: /Operation not permitted/,
  },
  "a pool of processes in Python": {
    needs: ["/usr/bin/python3"],
    language: "python",
    code: "import multiprocessing as m\ndef f(n): return n * 3\nif __name__ == '__main__':\n" +
      "  with m.get_context('spawn').Pool(2) as p: print(p.map(f, [1, 2]))",
    limits: { processes: 32 },
    prints: "[3, 6]\n",
    refused: /BrokenPipeError/, // its tracker could not be started
  },
  "backticks of Perl": {
    needs: ["/usr/bin/perl"],
    language: "perl",
    code: "my $out = `/bin/echo a b`; die qq{$!\\n} if $?; print $out;",
    prints: "a b\n",
    refused: /Operation not permitted/,
  },
  "backticks of Ruby": {
    needs: ["/usr/bin/ruby"],
    language: "ruby",
    code: "puts `echo a b`",
    prints: "a b\n",
    refused: /Operation not permitted/,
  },
  "child_process of Node": {
    needs: ["/usr/bin/node"],
    language: "node",
    code:
      "console.log(require('child_process').execFileSync('/bin/echo', ['a b']).toString().trim())",
    prints: "a b\n",
    refused: /EPERM/,
  },
  "shell_exec of PHP": {
    needs: ["/usr/bin/php"],
    language: "php",
    code: "<?php $o = shell_exec('echo a b'); if (!$o) { exit(1); } echo $o;",
    prints: "a b\n",
    refused: /./,
  },
  "io.popen of Lua": {
    needs: ["/usr/bin/lua5.4"],
    language: "lua",
    code:
      "local p = assert(io.popen('echo a b')); local t = p:read('a'); assert(p:close(), 'refused'); io.write(t)",
    prints: "a b\n",
    refused: /./,
  },
  "ProcessBuilder of Java": {
    needs: ["/usr/bin/javac"],
    language: "java",
    code:
      "public class Main { public static void main(String[] a) throws Exception { System.out.print(new String(" +
      'new ProcessBuilder("echo", "a b").start().getInputStream().readAllBytes())); } }',
    prints: "a b\n",
    refused: /Operation not permitted|error=1|posix_spawn/,
  },
};

/** Under "programs" they run. */
export const started: PeoplesPrograms = Object.fromEntries(
  Object.entries(starters).map(([name, { refused: _, ...program }]) => [
    name,
    { ...program, profile: "programs" },
  ]),
);

/** R starts programs under its own profile already. */
export const always: PeoplesPrograms = {
  "system of R": {
    needs: ["/usr/bin/Rscript"],
    language: "r",
    code: "cat(system('echo a b', intern = TRUE), sep = '\\n')",
    prints: "a b\n",
  },
};

/** Under the strict profile they fail, and say so. */
export const refused: PeoplesPrograms = Object.fromEntries(
  Object.entries(starters).map(([name, { refused, ...program }]) => [
    name,
    { ...program, prints: /^/, says: refused, exit: 1, denied: ["execve"] },
  ]),
);
