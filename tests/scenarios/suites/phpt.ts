// Reads PHP's test files (https://qa.php.net/phpt_details.php): sections, each under a line with
// its name between "--".

/** A test that needs nothing but its program, arguments and standard input. */
export interface PhpTest {
  readonly code: string;
  readonly args: readonly string[];
  readonly stdin: string;
  /** Standard output, as the source of a regular expression. */
  readonly expects: string;
}

const known = new Set(
  "TEST DESCRIPTION CREDITS FILE FILEEOF ARGS STDIN EXPECT EXPECTF CLEAN".split(" "),
);

const escape = (text: string) => text.replace(/[.*+?^${}()|[\]\\\/]/g, "\\$&");

/** What stands for what in EXPECTF. */
const patterns: Readonly<Record<string, string>> = {
  "%e": "/",
  "%s": "[^\\n]+",
  "%S": "[^\\n]*",
  "%a": ".+",
  "%A": ".*",
  "%w": "\\s*",
  "%i": "[+-]?\\d+",
  "%d": "\\d+",
  "%x": "[0-9a-fA-F]+",
  "%f": "[+-]?\\.?\\d+\\.?\\d*(?:[Ee][+-]?\\d+)?",
  "%c": ".",
  "%0": "\\x00",
  "%%": "%",
};

/** The expression for a text with such words in it. */
export function expectation(text: string): string {
  return text.split(/(%[esSaAwidxfc0%]|%r.*?%r)/s).map((part) => {
    if (part.startsWith("%r")) return `(?:${part.slice(2, -2)})`;
    return patterns[part] ?? escape(part);
  }).join("");
}

/** The test in the file, or null where it needs more, or says its own name. */
export function parsePhpTest(bytes: Uint8Array, name: string): PhpTest | null {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes).replaceAll("\r\n", "\n");
  } catch {
    return null; // not the text that a comparison here understands
  }
  const parts = text.split(/^--([A-Z_]+)--\n/m).slice(1);
  const sections: Record<string, string> = {};
  for (let i = 0; i < parts.length; i += 2) sections[parts[i]] = parts[i + 1] ?? "";
  if (Object.keys(sections).some((section) => !known.has(section))) return null;
  const { FILE: code, EXPECT, EXPECTF } = sections;
  const expected = EXPECT === undefined ? EXPECTF : EXPECT;
  if (code === undefined || expected === undefined || code.length > 60_000) return null;
  if (expected.includes(name.replace(/\.phpt$/, ""))) return null;
  // Files beside it, and its own name.
  if (/\b(include|require)(_once)?\b|__DIR__/.test(code)) return null;
  const expects = EXPECT === undefined ? expectation(expected.trim()) : escape(expected.trim());
  const args = sections.ARGS?.trim();
  return {
    code,
    args: args ? args.split(/\s+/) : [],
    stdin: sections.STDIN ?? "",
    expects: `^${expects}$`,
  };
}
