// Programs that this project did not write: where Debian keeps them, and how to run each.
//
// They are sent as installed, byte for byte. Python's own tests need no arguments; the tools get
// input that makes them do their work.

/** One program of a Debian package. */
export interface RealProgram {
  readonly package: string;
  readonly path: string;
  /** A language of the policy. */
  readonly language: string;
  readonly args?: readonly string[];
  readonly stdin?: string;
  /** Files of the sandbox directory, by name. */
  readonly files?: Readonly<Record<string, string>>;
  /** Whether its output may differ between two runs (it prints the time or its location). */
  readonly varies?: boolean;
}

const python = [
  "__future__ __locale _opcode abc abstract_numbers array augassign binascii binop bool bufio cmath",
  "codeop colorsys compare complex contains copy copyreg csv dbm_dumb defaultdict deque dict",
  "dictcomps difflib enumerate errno except_star exception_group fileinput fileio fnmatch format",
  "fractions genericclass genexps getopt glob hmac html htmlparser index int isinstance iter keyword",
  "linecache long memoryio memoryview named_expressions netrc numeric_tower opcodes optparse",
  "picklebuffer pkg positional_only_arg pow property pulldom raise random range reprlib",
  "richcmp sax scope secrets setcomps shelve shlex slice sort string strptime strtod structseq super",
  "symtable textwrap tuple typechecks ucn userdict userlist userstring uu wave weakset with",
  "xdrlib yield_from zipimport zlib",
].join(" ").replace("__locale", "_locale").split(" ");

const testDirectory = "/usr/lib/python3.11/test";

const json = '{"b":[1,2,{"c":null}],"a":"x"}';
const pod =
  "=head1 NAME\n\nsallyport - a gate\n\n=head1 USE\n\nGo B<out> and come I<back>.\n\n=cut\n";
const perl = (name: string, more: Partial<RealProgram>): RealProgram => ({
  package: "perl",
  path: `/usr/bin/${name}`,
  language: "perl",
  ...more,
});
const script = (from: string, name: string, more: Partial<RealProgram>): RealProgram => ({
  package: from,
  path: `/usr/bin/${name}`,
  language: "sh",
  ...more,
});

/** All programs. */
export const realPrograms: readonly RealProgram[] = [
  ...python.map((name) => ({
    package: "libpython3.11-testsuite",
    path: `${testDirectory}/test_${name}.py`,
    language: "python",
    // These print addresses, times or random values.
    varies: ["format", "netrc", "sort"].includes(name),
  })),
  perl("json_pp", { stdin: json, args: ["-json_opt", "canonical,pretty"] }),
  perl("json_pp", { stdin: "{broken" }),
  perl("shasum", { stdin: "abc" }),
  perl("shasum", { args: ["-a", "256", "data"], files: { data: "abc\n" } }),
  perl("corelist", { args: ["Data::Dumper"] }),
  perl("corelist", { args: ["-r"] }),
  perl("pod2text", { args: ["x.pod"], files: { "x.pod": pod } }),
  perl("pod2man", { args: ["x.pod"], files: { "x.pod": pod }, varies: true }),
  perl("pod2usage", { args: ["x.pod"], files: { "x.pod": pod } }),
  perl("podchecker", { args: ["x.pod"], files: { "x.pod": pod } }),
  perl("encguess", { args: ["data"], files: { data: "äöü" } }),
  perl("piconv", { args: ["-f", "utf8", "-t", "latin1"], stdin: "äöü\n" }),
  perl("pl2pm", { args: ["old.pl"], files: { "old.pl": "package old;\nsub x { 1 }\n1;\n" } }),
  perl("splain", { stdin: "Use of uninitialized value $x in addition (+) at t.pl line 1.\n" }),
  perl("ptar", { args: ["-c", "-f", "x.tar", "data"], files: { data: "abc" } }),
  perl("streamzip", { args: ["-member-name=a"], stdin: "abc", varies: true }),
  perl("xsubpp", { args: ["-v"] }),
  script("gzip", "gunzip", { args: ["--version"] }),
  script("gzip", "zcat", { args: ["--version"] }),
  script("gzip", "zdiff", { args: ["a", "b"], files: { a: "1\n2\n", b: "1\n3\n" } }),
  script("gzip", "zgrep", { args: ["b", "data"], files: { data: "abc\nxyz\n" } }),
  script("gzip", "zforce", { args: ["--help"] }),
  script("gzip", "gzexe", { args: ["--help"] }),
  script("grep", "egrep", { args: ["a|b"], stdin: "xa\ny\nzb\n" }),
  script("grep", "fgrep", { args: ["a.b"], stdin: "axb\na.b\n" }),
  script("debianutils", "which.debianutils", { args: ["-a", "sh"] }),
  script("debianutils", "savelog", {
    args: ["-c", "3", "log"],
    files: { log: "line\n" },
    varies: true,
  }),
  script("libc-bin", "ldd", { language: "bash", args: ["/bin/sh"], varies: true }),
  {
    package: "util-linux",
    path: "/usr/share/doc/util-linux/examples/getopt-example.bash",
    language: "bash",
    args: ["-a", "--b-long", "value with spaces", "-cmore", "rest"],
  },
  {
    package: "sed",
    path: "/usr/share/doc/sed/examples/dc.sed",
    language: "exec",
    stdin: "2 3 + 7 * p\n12 34 * p\n",
  },
];
