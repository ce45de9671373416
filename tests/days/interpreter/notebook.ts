// Reads a notebook of the interpreter's day: a script whose cells begin with "# %%", as editors and
// jupytext write them, each followed by what it must print.
//
// Lines with "#> " are the whole of standard output; where the first is "#> …", its end. Lines with
// "#! " are lines of standard error, in order; without any, nothing may be printed there.

import { projectRoot } from "../../helpers/agent.ts";
import { file, type Need } from "../../helpers/need.ts";

/** What a cell's first line may say as JSON. */
export interface CellOptions {
  /** Files that are uploaded before, with their text. */
  readonly put?: Readonly<Record<string, string>>;
  /** Files that are fetched after: "PNG 640x480", or the text; "…" at its end: its beginning. */
  readonly get?: Readonly<Record<string, string>>;
  /** Status, and exit code, signal or limit: "exited 0" when left out. */
  readonly ends?: string;
  /** The names of refused calls; none when left out. */
  readonly denied?: readonly string[];
  /** Bytes of standard output that were overwritten; 0 when left out. */
  readonly dropped?: number;
  readonly profile?: string;
  readonly timeout_ms?: number;
  readonly memory_bytes?: number;
}

/** One cell. */
export interface Cell {
  /** Its line in the notebook. */
  readonly line: number;
  readonly code: string;
  readonly options: CellOptions;
  readonly stdout: string;
  readonly stderr: readonly string[];
}

/** One notebook. */
export interface Notebook {
  readonly name: string;
  /** "python" or "r". */
  readonly language: string;
  readonly needs: readonly Need[];
  readonly cells: readonly Cell[];
}

/** The lines that begin with a mark, without it. */
function marked(lines: readonly string[], mark: string): string[] {
  const found = lines.filter((line) => line.startsWith(mark));
  return found.map((line) => line.slice(mark.length).replace(/^ /, ""));
}

function cellOf(text: string, line: number): Cell {
  const [first, ...lines] = text.split("\n");
  const options: CellOptions = first.trim() === "" ? {} : JSON.parse(first);
  const stdout = marked(lines, "#>");
  return {
    line,
    code: lines.filter((one) => !/^#[>!]/.test(one)).join("\n").trimEnd() + "\n",
    options,
    stdout: stdout.map((one) => `${one}\n`).join(""),
    stderr: marked(lines, "#!"),
  };
}

/** Reads the text of a notebook. */
export function parseNotebook(text: string): { head: string; cells: Cell[] } {
  const parts = text.split(/^# %%/m);
  let line = parts[0].split("\n").length;
  const cells = parts.slice(1).map((part) => {
    const cell = cellOf(part, line);
    line += part.split("\n").length - 1;
    return cell;
  });
  return { head: parts[0], cells };
}

const places: Record<string, { language: string; program: string; library: string }> = {
  py: {
    language: "python",
    program: "/usr/bin/python3",
    library: "/usr/lib/python3/dist-packages",
  },
  R: { language: "r", program: "/usr/lib/R/bin/exec/R", library: "/usr/lib/R/site-library" },
};

/** All notebooks, those in Python first. */
export async function notebooks(): Promise<Notebook[]> {
  const directory = `${projectRoot}tests/fixtures/notebooks`;
  const names: string[] = [];
  for await (const { name } of Deno.readDir(directory)) names.push(name);
  const order = (name: string) => (name.endsWith(".py") ? "0" : "1") + name;
  names.sort((a, b) => order(a) < order(b) ? -1 : 1);
  return await Promise.all(names.map(async (name) => {
    const { language, program, library } = places[name.split(".")[1]];
    const { head, cells } = parseNotebook(await Deno.readTextFile(`${directory}/${name}`));
    const libraries = /^# needs: (.*)$/m.exec(head)?.[1].split(" ") ?? [];
    const needs = [program, ...libraries.map((one) => `${library}/${one}`)].map(file);
    return { name, language, needs, cells };
  }));
}
