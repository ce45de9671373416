// Which packages a language of the policy needs, and what of them the guest can do without.
//
// Only the named packages enter as a whole; of everything they depend on, the image takes the
// shared libraries that some file of it really names. So a package's maintenance scripts, tools and
// documentation stay out.

/** What the image takes for one language. */
export interface LanguageContent {
  /** Packages taken whole, but for `without` and what no guest needs. */
  packages: readonly string[];
  /** Paths (beginnings) of those packages that stay out. */
  without?: readonly RegExp[];
  /** Symlinks the packages would get from a maintenance script. */
  links?: Readonly<Record<string, string>>;
  /** Whether the directory of Python modules named here is to be compiled ahead. */
  python?: string;
}

/** What no guest needs of any package. */
export const neverTaken: readonly RegExp[] = [
  /^usr\/share\/(doc|man|info|lintian|bug|locale|applications|pixmaps|bash-completion|binfmts|menu)(\/|$)/,
  /^usr\/share\/(icons|debhelper|gcc|perl5\/Debconf|doc-base)(\/|$)/,
  /^usr\/include(\/|$)/,
  /^etc\/(cron|init\.d|default|logrotate\.d|skel)/,
  /\.(a|la|pc)$/,
];

/** Python's standard library for Debian 12, without what builds, installs, draws or tests. */
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
 * The languages a policy can name, by name. Those without an interpreter of their own are empty.
 */
export const languageContents: Readonly<Record<string, LanguageContent>> = {
  python,
  sh: { packages: ["dash"], without: [/^usr\/share/], links: { "usr/bin/sh": "dash" } },
  bash: {
    packages: ["bash"],
    without: [/^usr\/(share|lib)\//, /^usr\/bin\/(bashbug|clear_console)/, /^etc\//],
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
  node: {
    packages: ["nodejs", "libnode108", "node-acorn", "node-cjs-module-lexer", "node-undici"],
  },
  exec: { packages: [] },
};

/** What everything of the image needs: the C library; and what the agent's own runtime names. */
export const basePackages: readonly string[] = ["libc6", "libgcc-s1"];

/**
 * What of the base packages is taken although no file names it: libraries the C library opens at
 * run time.
 */
export const baseLibraries: readonly string[] = ["libc.so.6", "libgcc_s.so.1"];
