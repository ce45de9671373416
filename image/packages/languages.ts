// Which packages each language of the policy needs, and which parts of them the guest can do
// without.
//
// Only the named packages are taken whole. From the packages they depend on, the image takes only
// the shared libraries that some file of the image names. So maintenance scripts, tools and
// documentation of the dependencies stay out.

/** What the image contains for one language. */
export interface LanguageContent {
  /** Packages taken whole, except `without` and `neverTaken`. */
  packages: readonly string[];
  /** Paths of those packages that stay out, matched at their beginning. */
  without?: readonly RegExp[];
  /** Symlinks that a maintenance script of the packages would make. */
  links?: Readonly<Record<string, string>>;
  /** Directory of Python modules to compile in advance. */
  python?: string;
}

/** Files of packages that no guest needs. */
export const neverTaken: readonly RegExp[] = [
  /^usr\/share\/(doc|man|info|lintian|bug|locale|applications|pixmaps|bash-completion|binfmts|menu)(\/|$)/,
  /^usr\/share\/(icons|debhelper|gcc|perl5\/Debconf|doc-base)(\/|$)/,
  /^usr\/include(\/|$)/,
  /^etc\/(cron|init\.d|default|logrotate\.d|skel)/,
  /\.(a|la|pc)$/,
];

/**
 * Python's standard library for Debian 12, without the parts for building, installing, drawing and
 * testing.
 */
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

/** The languages that a policy can name. The entries of those without an interpreter are empty. */
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

/**
 * What every file of the image needs: the C library, and the library that the agent's runtime
 * names.
 */
export const basePackages: readonly string[] = ["libc6", "libgcc-s1"];

/**
 * Libraries of the base packages that are taken although no file names them: the C library opens
 * them at run time.
 */
export const baseLibraries: readonly string[] = ["libc.so.6", "libgcc_s.so.1"];
