// Which packages of Debian 12 each interpreted language needs, and which parts of them the guest
// can do without: what builds, installs, draws, tests or documents.

import { type LanguageContent, only } from "./content.ts";
import { encodings, sh, tools, zones } from "./shared.ts";

const python: LanguageContent = {
  packages: [
    "python3-minimal",
    "python3.11-minimal",
    "libpython3.11-minimal",
    "libpython3.11-stdlib",
  ],
  without: [
    /^usr\/lib\/python3\.11\/(idlelib|lib2to3|test|ensurepip|pydoc_data|distutils|venv|tkinter|curses|dbm)(\/|$)/,
    /^usr\/lib\/python3\.11\/(lib-dynload\/_(curses|dbm|crypt|bz2|codecs_(?!hk))|config-3|turtle)/,
    /^usr\/lib\/python3\.11\/lib-dynload\/(nis|readline|ossaudiodev|_test|_xxtest|xxlimited)/,
    /^usr\/bin\/(py3|pyclean|pydoc|pygettext|2to3|python3\.11-config|pdb)/,
    /^usr\/lib\/(valgrind|binfmt\.d)/,
    /^usr\/share\/(python3|apps|python)(\/|$)/,
    /^etc\/python/,
  ],
  python: "usr/lib/python3.11",
};

/**
 * PHP's own settings for the command line: no limit of its own for memory. Its modules are named in
 * one file, as phpenmod(8) would in many.
 */
const php: LanguageContent = {
  also: [zones, encodings],
  packages: ["php8.2-cli", "php8.2-common", "php8.2-mbstring"],
  without: [
    /^usr\/bin\/phar/,
    /^usr\/lib\/php\/8\.2\/php\.ini-(development|production)$/,
    /^usr\/lib\/php\/\d+\/(ffi|sysv\w+|shmop|ftp|sockets|gettext|exif)\.so$/,
    /^usr\/share\/php8\.2/,
  ],
  links: {
    "usr/bin/php": "php8.2",
    "etc/php/8.2/cli/php.ini": "/usr/lib/php/8.2/php.ini-production.cli",
  },
  files: {
    "etc/php/8.2/cli/conf.d/modules.ini": [
      "pdo",
      "calendar",
      "ctype",
      "fileinfo",
      "iconv",
      "mbstring",
      "phar",
      "posix",
      "tokenizer",
    ]
      .map((name) => `extension=${name}.so\n`).join(""),
  },
};

/** Debian chooses among several of these libraries by links, update-alternatives(1). */
const algebra: LanguageContent = {
  packages: ["libblas3", "liblapack3"],
  links: {
    "usr/lib/{triplet}/libblas.so.3": "blas/libblas.so.3",
    "usr/lib/{triplet}/liblapack.so.3": "lapack/liblapack.so.3",
  },
};

/**
 * R without X11, Tk and help. Through a shell its package utils asks uname(1) and which(1) when it is
 * loaded, and rm(1) removes its temporary directory at the end.
 */
const r: LanguageContent = {
  also: [
    ...[sh, zones, encodings, algebra],
    only("coreutils", /usr\/bin\/(uname|rm)$/),
    only("debianutils", /usr\/bin\/which\.debianutils$/),
  ],
  packages: ["r-base-core"],
  without: [
    /^usr\/bin\//,
    /^usr\/lib\/R\/(library\/(translations|tcltk)|library\/[^/]+\/(help|html|doc|po|demo|tests))(\/|$)/,
    /^usr\/lib\/R\/(modules\/R_(X11|de)\.so|library\/grDevices\/libs\/cairo\.so|bin\/(?!exec))/,
    /^usr\/lib\/(libR\.so|mime|systemd)/,
    /^usr\/lib\/R\/(doc|include|share|site-library)(\/|$)/,
    /^usr\/share\/(?!R\/share)/,
    /^usr\/share\/R\/share\/(texmf|licenses|make|java|sh|perl)(\/|$)/,
    /^etc\/(?!R)/,
  ],
  links: {
    "etc/R/Renviron": "/usr/lib/R/etc/Renviron.ucf",
    "usr/bin/which": "which.debianutils",
  },
};

/** The interpreted languages. */
export const interpreters: Readonly<Record<string, LanguageContent>> = {
  python,
  node: {
    packages: ["nodejs", "libnode108", "node-acorn", "node-cjs-module-lexer", "node-undici"],
  },
  typescript: { packages: [], deno: true },
  sh,
  bash: {
    also: [sh],
    packages: ["bash", ...tools],
    without: [
      ...[/^usr\/(share|lib)\//, /^usr\/bin\/(bashbug|clear_console)/, /^usr\/sbin\//],
      /^etc\//,
    ],
    links: { "usr/bin/awk": "mawk" },
  },
  perl: {
    packages: ["perl-base"],
    without: [/^usr\/share/, /^usr\/bin\/perl5/], // the same program under its version's name
  },
  ruby: {
    packages: ["ruby3.1", "libruby3.1"],
    without: [/^usr\/lib\/ruby\/(gems|vendor_ruby\/(bundler|rubygems))/, /^usr\/share\/rubygems/],
    links: { "usr/bin/ruby": "ruby3.1" },
  },
  php,
  lua: { packages: ["lua5.4"], without: [/^usr\/bin\/luac/, /^usr\/share/] },
  r,
};
