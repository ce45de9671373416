// Programs of each language that take more memory than they may: piece by piece for ever, or much
// at once. All of it is touched.

/** What programs the language needs, and the two programs. */
export interface MemoryHog {
  readonly need: string;
  /** Takes a mebibyte or so at a time, without end. */
  readonly byPieces: string;
  /** Takes `bytes` with one request. A shell has no such request. */
  readonly atOnce?: (bytes: number) => string;
}

const javaMain = (body: string) =>
  `import java.util.*;\npublic class Main { public static void main(String[] x) { ${body} } }`;
const go = (body: string) => `package main\nvar a [][]byte\nfunc main() { ${body} }`;
const cMain = (body: string) => `#include <stdlib.h>\n#include <string.h>\nint main() { ${body} }`;
const v8 = {
  byPieces: "const a = []; for (;;) a.push(new Array(100_000).fill(a.length + 0.5))",
  atOnce: (bytes: number) => `console.log(new Uint8Array(${bytes}).fill(1).length)`,
};
const c = {
  byPieces: cMain(
    "for (;;) { char *p = (char *) malloc(1 << 20); if (!p) abort(); memset(p, 1, 1 << 20); }",
  ),
  // volatile: the compiler may not leave the request out.
  atOnce: (bytes: number) =>
    cMain(
      `volatile char *p = malloc(${bytes}); if (!p) return 9; ` +
        `for (long i = 0; i < ${bytes}; i += 1024) p[i] = 1; return p[0] - 1;`,
    ),
};

const shell = "x=0123456789abcdef; while :; do x=$x$x; done";

/** The programs, by language. */
export const memoryHogs: Readonly<Record<string, MemoryHog>> = {
  python: {
    need: "/usr/bin/python3",
    byPieces: "a = []\nwhile True: a.append(bytearray(b'x') * 1_000_000)",
    atOnce: (bytes) => `a = b'x' * ${bytes}\nprint(len(a))`,
  },
  node: { need: "/usr/bin/node", ...v8 },
  typescript: { need: "/usr/bin/deno", ...v8 },
  sh: { need: "/bin/sh", byPieces: shell },
  bash: { need: "/bin/bash", byPieces: shell },
  perl: {
    need: "/usr/bin/perl",
    byPieces: "my @a; while (1) { push @a, 'x' x 1_000_000 }",
    atOnce: (bytes) => `my $a = 'x' x ${bytes}; print length $a;`,
  },
  ruby: {
    need: "/usr/bin/ruby",
    byPieces: "a = []; loop { a << 'x' * 1_000_000 }",
    atOnce: (bytes) => `a = 'x' * ${bytes}; puts a.size`,
  },
  php: {
    need: "/usr/bin/php",
    byPieces: "<?php $a = []; while (true) $a[] = str_repeat('x', 1000000);",
    atOnce: (bytes) => `<?php $a = str_repeat('x', ${bytes}); echo strlen($a);`,
  },
  lua: {
    need: "/usr/bin/lua5.4",
    byPieces: "local a = {} while true do a[#a + 1] = ('x'):rep(1000):rep(1000) .. #a end",
    atOnce: (bytes) => `local a = ('x'):rep(1 << 20):rep(${bytes} >> 20) print(#a)`,
  },
  r: {
    need: "/usr/lib/R/bin/exec/R",
    byPieces: "a <- list(); repeat a[[length(a) + 1]] <- rep(as.numeric(length(a)), 1e5)",
    atOnce: (bytes) => `a <- rep(1, ${bytes} / 8); cat(length(a))`,
  },
  c: { need: "/usr/bin/gcc", ...c },
  cpp: {
    need: "/usr/bin/g++",
    ...c,
    atOnce: (bytes) =>
      `#include <vector>\nint main() { std::vector<char> a(${bytes}, 1); volatile char *p = a.data(); return p[7] - 1; }`,
  },
  go: {
    need: "/usr/bin/go",
    byPieces: go(
      "for { b := make([]byte, 1<<20); for i := range b { b[i] = 1 }; a = append(a, b) }",
    ),
    atOnce: (bytes) =>
      go(`b := make([]byte, ${bytes}); for i := range b { b[i] = 1 }; println(len(b))`),
  },
  rust: {
    need: "/usr/bin/rustc",
    byPieces: "fn main() { let mut a = Vec::new(); loop { a.push(vec![1u8; 1 << 20]); } }",
    atOnce: (bytes) =>
      `fn main() { let a = vec![1u8; ${bytes}]; println!("{}", a.iter().map(|&b| b as u64).sum::<u64>()); }`,
  },
  java: {
    need: "/usr/bin/javac",
    byPieces: javaMain(
      "List<byte[]> a = new ArrayList<>(); for (;;) { byte[] b = new byte[1 << 20]; Arrays.fill(b, (byte) 1); a.add(b); }",
    ),
    // In two halves: one request may be more than Java's own largest heap, a part of the guest's
    // memory, and then Java refuses it without asking the kernel.
    atOnce: (bytes) =>
      javaMain(
        `byte[][] b = new byte[2][]; for (int i = 0; i < 2; i++) { b[i] = new byte[${
          bytes / 2
        }]; ` +
          "Arrays.fill(b[i], (byte) 1); } System.out.println(b[0].length + b[1].length);",
      ),
  },
};
