// The programs of the host's demo: one a language, each of which prints 42.

/** Languages, with the program of each. The demo takes those that are installed. */
export const programs: Readonly<Record<string, string>> = {
  python: "print(6 * 7)",
  sh: "echo $((6 * 7))",
  perl: 'print 6 * 7, "\\n"',
  ruby: "puts 6 * 7",
  node: "console.log(6 * 7)",
};

/** A program that is still running when its machine is killed. A guest may have no sleep(1). */
export function longProgram(languages: readonly string[]): { language: string; code: string } {
  return languages.includes("python")
    ? { language: "python", code: "import time\ntime.sleep(3)\nprint(6 * 7)" }
    : { language: "sh", code: "sleep 3; echo $((6 * 7))" };
}
