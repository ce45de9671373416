// Lists the programs that the tests need beside Deno, and installs them from Debian where allowed.
//
// Tests find out by themselves what is missing and skip by name; this module only makes skips rare
// on a fresh machine. It must never replace an installed program, and never touch the package lists
// of a machine that has everything.

import { existsSync } from "node:fs";
import { TOOLS as libseccompTools } from "../../policy/libseccomp/tools.ts";

/** Something that tests need. It is installed if any one of `files` exists. */
export interface Prerequisite {
  readonly package: string;
  readonly files: readonly string[];
  readonly why: string;
}

/**
 * The list for this machine. The name of the package with Python's test suite contains the
 * interpreter's version.
 */
export function prerequisites(pythonVersion: string | null): Prerequisite[] {
  const list: Prerequisite[] = [
    { package: "python3", files: ["/usr/bin/python3"], why: "jobs in Python" },
    {
      package: "perl",
      files: ["/usr/bin/corelist"],
      why: "jobs in Perl",
    },
    { package: "ruby", files: ["/usr/bin/ruby"], why: "jobs in Ruby" },
    { package: "nodejs", files: ["/usr/bin/node"], why: "jobs in JavaScript" },
    { package: "bash", files: ["/bin/bash"], why: "jobs in shell" },
    { package: "g++", files: ["/usr/bin/g++"], why: "jobs in C++" },
    { package: "golang-go", files: ["/usr/bin/go"], why: "jobs in Go" },
    { package: "rustc", files: ["/usr/bin/rustc"], why: "jobs in Rust" },
    { package: "default-jdk-headless", files: ["/usr/bin/javac"], why: "jobs in Java" },
    { package: "php-cli", files: ["/usr/bin/php"], why: "jobs in PHP" },
    { package: "lua5.4", files: ["/usr/bin/lua5.4"], why: "jobs in Lua" },
    { package: "r-base-core", files: ["/usr/lib/R/bin/exec/R"], why: "jobs in R" },
    { package: "git", files: ["/usr/bin/git"], why: "general work in a shell" },
    { package: "make", files: ["/usr/bin/make"], why: "general work in a shell" },
    ...["numpy", "scipy", "pandas", "matplotlib", "requests", "pytest", "hypothesis"].map((
      name,
    ) => ({
      package: `python3-${name}`,
      files: [`/usr/lib/python3/dist-packages/${name}/__init__.py`],
      why: "libraries that jobs import",
    })),
    ...["RSQLite", "jsonlite"].map((name) => ({
      package: `r-cran-${name.toLowerCase()}`,
      files: [`/usr/lib/R/site-library/${name}/DESCRIPTION`],
      why: "libraries that jobs import",
    })),
    { package: "junit4", files: ["/usr/share/java/junit4.jar"], why: "tests in Java" },
    { package: "libglm-dev", files: ["/usr/include/glm/glm.hpp"], why: "programs in C++" },
    {
      package: "librange-v3-dev",
      files: ["/usr/include/range/v3/all.hpp"],
      why: "programs in C++",
    },
    { package: "gcc", files: ["/usr/bin/gcc"], why: "fixtures and constants written in C" },
    {
      package: "libc6-dev",
      files: ["/usr/include/unistd.h"],
      why: "the system's headers",
    },
    {
      package: "binutils",
      files: ["/usr/bin/as"],
      why: "assembling the launcher",
    },
    {
      package: "binutils-aarch64-linux-gnu",
      files: ["/usr/bin/aarch64-linux-gnu-as"],
      why: "assembling the launcher for aarch64",
    },
    { package: "qemu-user", files: ["/usr/bin/qemu-aarch64"], why: "running it for aarch64" },
    {
      package: "libc6-dev-arm64-cross",
      files: ["/usr/aarch64-linux-gnu/include/asm/unistd.h"],
      why: "the headers of aarch64",
    },
    {
      package: "nats-server",
      files: ["/usr/sbin/nats-server", "/usr/bin/nats-server"],
      why: "many hosts that share a queue",
    },
    {
      package: "iproute2",
      files: ["/usr/sbin/ip", "/usr/bin/ip", "/sbin/ip"],
      why: "a host that is cut off from others",
    },
    { package: "cpio", files: ["/usr/bin/cpio", "/bin/cpio"], why: "reading a guest's archive" },
    { package: "bubblewrap", files: ["/usr/bin/bwrap"], why: "a peer of the bench" },
    { package: "crun", files: ["/usr/bin/crun"], why: "a peer of the bench" },
    { package: "firejail", files: ["/usr/bin/firejail"], why: "a peer of the bench" },
    {
      package: "socat",
      files: ["/usr/bin/socat"],
      why: "a peer of the bench, and the client in bash",
    },
    {
      package: "libseccomp2",
      files: [
        "/lib/x86_64-linux-gnu/libseccomp.so.2",
        "/usr/lib/x86_64-linux-gnu/libseccomp.so.2",
        "/usr/lib/aarch64-linux-gnu/libseccomp.so.2",
      ],
      why: "an oracle for filters",
    },
  ];
  for (const { path, debianPackage } of libseccompTools) {
    list.push({ package: debianPackage, files: [path], why: "building libseccomp" });
  }
  const version = pythonVersion ?? "3.11";
  list.push({
    package: `libpython${version}-testsuite`,
    files: [`/usr/lib/python${version}/test/test_json`],
    why: "real programs to run",
  });
  return list;
}

/** What booting a guest of each processor needs in addition. */
export const guestPrerequisites: Readonly<Record<"x86_64" | "aarch64", readonly Prerequisite[]>> = {
  x86_64: [
    {
      package: "qemu-system-x86",
      files: ["/usr/bin/qemu-system-x86_64"],
      why: "booting a guest",
    },
    { package: "erofs-utils", files: ["/usr/bin/mkfs.erofs"], why: "making a disk" },
    { package: "squashfs-tools", files: ["/usr/bin/mksquashfs"], why: "making a disk" },
  ],
  aarch64: [
    {
      package: "qemu-system-arm",
      files: ["/usr/bin/qemu-system-aarch64"],
      why: "booting a guest",
    },
    { package: "erofs-utils", files: ["/usr/bin/mkfs.erofs"], why: "making a disk" },
    {
      package: "qemu-user",
      files: ["/usr/bin/qemu-aarch64"],
      why: "compiling Python's modules ahead",
    },
    {
      package: "gcc-aarch64-linux-gnu",
      files: ["/usr/bin/aarch64-linux-gnu-gcc"],
      why: "asking its kernel from C",
    },
    {
      package: "libc6-dev-arm64-cross",
      files: ["/usr/aarch64-linux-gnu/lib/libc.a"],
      why: "the C library for that",
    },
  ],
};

/** Version of /usr/bin/python3, such as "3.11"; null if there is none. */
export function systemPythonVersion(): string | null {
  try {
    return /(\d+\.\d+)$/.exec(Deno.realPathSync("/usr/bin/python3"))?.[1] ?? null;
  } catch {
    return null;
  }
}

function missingOf(needs: readonly Prerequisite[]): Prerequisite[] {
  return needs.filter((need) => !need.files.some((path) => existsSync(path)));
}

async function apt(args: string[]): Promise<boolean> {
  console.log(`+ apt-get ${args.join(" ")}`);
  const { success } = await new Deno.Command("apt-get", {
    args: ["-q", ...args],
    env: { DEBIAN_FRONTEND: "noninteractive" },
    stdin: "null",
    stdout: "null",
    stderr: "inherit",
    signal: AbortSignal.timeout(300_000),
  }).output();
  return success;
}

/**
 * Prints what is missing from `all` and, as root with `apt-get` and `install`, installs it. Never
 * throws.
 */
export async function prepare(install: boolean, all: readonly Prerequisite[]): Promise<void> {
  const needs = missingOf(all);
  if (needs.length === 0) return;
  for (const need of needs) console.log(`Missing: ${need.package} (${need.why})`);
  const names = needs.map((need) => need.package);
  if (!install || Deno.uid() !== 0 || !existsSync("/usr/bin/apt-get")) {
    console.log(
      `Tests that need them will be skipped; as root: apt-get install --no-install-recommends ${
        names.join(" ")
      }`,
    );
    return;
  }
  try {
    await apt(["update"]);
    const arguments_ = ["install", "-y", "--no-install-recommends"];
    // If this release lacks one package, the others must still be installed.
    if (!await apt([...arguments_, ...names])) {
      for (const name of names) await apt([...arguments_, name]);
    }
  } catch (cause) {
    console.log(`Cannot install what is missing: ${cause}`);
  }
  for (const need of missingOf(all)) console.log(`Still missing: ${need.package} (${need.why})`);
}
