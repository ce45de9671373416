// Which packages of Debian 12 each compiled language needs: the compiler, what it reads when it
// compiles and links, and the libraries that its programs are linked with.

import { type LanguageContent, only } from "./content.ts";
import { encodings, zones } from "./shared.ts";

/** The parts of the C library that are files of their own: `-lm` names two of them. */
const library = only("libc6", /usr\/lib\/[^/]+\/lib(m|mvec|resolv|anl)\.so/);

/** The assembler, the linker, the driver that calls them, and what is linked into every program. */
const linking = {
  also: [library],
  packages: [
    ...["gcc-12", "libgcc-12-dev", "binutils", "binutils-{dashes}"],
    ...["libc6-dev", "libcrypt-dev"],
  ],
  without: [
    // Optimization at link time, profiles, sanitizers, offloading; other linkers; inspection.
    /^usr\/lib\/gcc\/[^/]+\/12\/(lto1|lto-wrapper|g\+\+-mapper|install-tools|plugin)/,
    /^usr\/lib\/gcc\/[^/]+\/12\/lib(asan|tsan|lsan|hwasan|ubsan|quadmath|itm|gcov|backtrace)/,
    /^usr\/lib\/gcc\/[^/]+\/12\/(include\/sanitizer|crtoffload|finclude)/,
    /^usr\/bin\/([^/]+-linux-gnu-)?(gcov|lto-dump|c99-gcc|c89-gcc|gcc-(ar|nm|ranlib))/,
    /^usr\/bin\/([^/]+-linux-gnu-)?(dwp|gold|ld\.gold|gprof|gp-|elfedit|addr2line)/,
    /^usr\/lib\/[^/]+-linux-gnu\/(audit|bfd-plugins|gprofng)(\/|$)/,
    /^usr\/share\//,
    /^etc\//,
  ],
  keep: [/^usr\/lib\/.*\.a$/],
  links: { "usr/bin/gcc": "gcc-12", "usr/bin/cc": "gcc-12" },
} satisfies LanguageContent;

const c: LanguageContent = {
  ...linking,
  also: [library, encodings],
  packages: [...linking.packages, "cpp-12", "linux-libc-dev"],
  without: [
    ...linking.without,
    // Headers of filters, networks, sound and cameras: what is configured, not programmed.
    /^usr\/include\/(drm|misc|mtd|rdma|scsi|sound|video|xen)(\/|$)/,
  ],
  keep: [...linking.keep, /^usr\/include\//],
  links: { ...linking.links, "usr/bin/cpp": "cpp-12" },
  libraries: ["libgomp.so.1", "libatomic.so.1"],
};

const cpp: LanguageContent = {
  ...c,
  packages: [...c.packages, "g++-12", "libstdc++-12-dev"],
  links: { ...c.links, "usr/bin/g++": "g++-12", "usr/bin/c++": "g++-12" },
  libraries: [...c.libraries!, "libstdc++.so.6"],
};

/** The compiled standard library is taken, so that a program's build compiles that program alone. */
const go: LanguageContent = {
  also: [zones],
  packages: ["golang-1.19-go", "golang-1.19-src"],
  without: [
    /^usr\/lib\/go-1\.19\/pkg\/[^/]+\/cmd\//,
    /^usr\/lib\/go-1\.19\/pkg\/tool\/[^/]+\/(?!asm$|buildid$|cgo$|compile$|link$|vet$)/,
    /^usr\/lib\/go-1\.19\/(api|misc|test)$/,
    /^usr\/share\/go-1\.19\/(api|misc|test|doc|favicon|README|pkg\/include\/.*_test)/,
    /^usr\/share\/go-1\.19\/src\/(cmd|runtime\/race|time\/tzdata)(\/|$)/,
    /^usr\/share\/go-1\.19\/src\/.*(_test\.go$|\/testdata(\/|$))/,
  ],
  keep: [/^usr\/lib\/go-1\.19\/pkg\/.*\.a$/],
  links: { "usr/bin/go": "../lib/go-1.19/bin/go", "usr/bin/gofmt": "../lib/go-1.19/bin/gofmt" },
};

/** The C compiler is only the linker's driver here, so there are no headers. */
const rust: LanguageContent = {
  ...linking,
  packages: [...linking.packages, "rustc", "libstd-rust-dev", "libstd-rust-1.63"],
  without: [
    ...linking.without,
    /^usr\/bin\/(rustdoc|rust-(gdb|lldb))/,
    /^usr\/lib\/rustlib\/(etc|components|install\.log|uninstall)/,
    /^usr\/lib\/rustlib\/[^/]+\/lib\/lib(test|proc_macro|getopts)-/, // for tests and plug-ins
  ],
};

/** Without drawing, sound, smart cards and debugging. javac reads `ct.sym`; jlink's modules go. */
const java: LanguageContent = {
  packages: ["openjdk-17-jre-headless", "openjdk-17-jdk-headless"],
  without: [
    /^usr\/lib\/jvm\/[^/]+\/(jmods|include|man|docs|legal|src)(\/|\.|$)/,
    /^usr\/lib\/jvm\/[^/]+\/lib\/lib(awt|mlib_image|fontmanager|jsound|javajpeg|lcms)\w*\.so/,
    /^usr\/lib\/jvm\/[^/]+\/lib\/(lib(saproc|jdwp|dt_socket|j2pcsc|j2gss|sctp)\.so|src\.zip|jexec)/,
    /^usr\/lib\/jvm\/[^/]+\/bin\/(?!java$|javac$|jar$|jdeps$|javap$)/,
    /^usr\/lib\/jvm\/[^/]+\/lib\/server\/classes_nocoops/,
    /^usr\/share\//,
  ],
  links: {
    "usr/bin/java": "../lib/jvm/java-17-openjdk-{debian}/bin/java",
    "usr/bin/javac": "../lib/jvm/java-17-openjdk-{debian}/bin/javac",
    "usr/bin/jar": "../lib/jvm/java-17-openjdk-{debian}/bin/jar",
  },
};

/** The compiled languages. */
export const compilers: Readonly<Record<string, LanguageContent>> = { c, cpp, go, rust, java };
