// The six programs of the demo, in each language that can show them.
//
// Each does one thing, which its name describes, so that the table can be read without this file.

/** The languages the demo knows, in the order it prefers them. */
export const demoLanguages = ["python", "node", "sh"] as const;

/** One of them. */
export type DemoLanguage = typeof demoLanguages[number];

/** Names of the programs that the demo runs. */
export type DemoName = "hello" | "input" | "file" | "stubborn" | "crowd" | "forbidden";

/** The source of each program; a language may lack one. */
export const demoPrograms: Record<DemoName, Partial<Record<DemoLanguage, string>>> = {
  hello: {
    python: 'print("hello")',
    node: 'console.log("hello")',
    sh: "echo hello",
  },
  input: {
    python: "import sys\nprint(sys.argv[1], sys.stdin.read().strip())",
    node: 'console.log(process.argv[2], require("node:fs").readFileSync(0, "utf8").trim())',
    sh: 'read line\necho "$1 $line"',
  },
  file: {
    python: 'text = open("note.txt").read()\nopen("note.txt", "w").write(text.upper())',
    node:
      'const fs = require("node:fs"); fs.writeFileSync("note.txt", fs.readFileSync("note.txt", "utf8").toUpperCase())',
    sh: 'read line < note.txt\necho "$line" | tr a-z A-Z > note.txt',
  },
  stubborn: {
    python: "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nwhile True: pass",
    node: 'process.on("SIGTERM", () => {}); for (;;);',
    sh: 'trap "" TERM\nwhile :; do :; done',
  },
  crowd: {
    python:
      "import os\nwhile True:\n  try: os.fork()\n  except BlockingIOError: pass # at the limit: try again",
    sh: "bomb() { bomb | bomb & }\nbomb\nwait\nwhile :; do :; done",
  },
  forbidden: {
    python:
      'import ctypes\nctypes.CDLL(None, use_errno=True).mount(b"none", b"/tmp", b"tmpfs", 0, None)',
    sh: "exec unshare --user true",
  },
};
