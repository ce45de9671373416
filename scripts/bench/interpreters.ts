// The programs that are run in an interpreter that waits, and their bare counterparts.

import { existsSync } from "node:fs";
import type { PeerKey, RowKey } from "./catalogue.ts";

/** One program, run in three ways. */
export interface Program {
  readonly row: Extract<RowKey, `${string}Waiting`>;
  readonly name: string;
  readonly language: string;
  readonly code: string;
  /** The same program without an agent. */
  readonly bare: readonly string[];
  /** Under which name the bare program stands in the table. */
  readonly barePeer: PeerKey;
  /**
   * The same without an agent, but it imports, rests `restMs`, and writes a stamp (native/stamp.c)
   * before the rest of the program. From there on it does what a waiting interpreter does.
   */
  readonly imported?: (restMs: number) => readonly string[];
  /** Libraries that the agent's waiting Python loads. */
  readonly preload?: string;
  /** What must be installed. */
  readonly needs: string;
}

/** The Python that the policy names: the one on PATH may be different. */
const pythonPath = "/usr/bin/python3";
export const hasPython: boolean = existsSync(pythonPath);

/** Python's first program, and its bare counterpart. */
export const hello = "print('hello')";
export const barePython: readonly string[] = [pythonPath, "-I", "-c", hello];

const frame = "import pandas as pd\nprint(pd.DataFrame({'a': [1, 2, 3]}).describe())";

const framedAfter = (restMs: number) => `
import os, pandas as pd, struct, time
time.sleep(${restMs} / 1000)
os.write(1, struct.pack("qq", *divmod(time.clock_gettime_ns(time.CLOCK_MONOTONIC), 10**9)))
os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
print(pd.DataFrame({"a": [1, 2, 3]}).describe())`;

/** All of them, in the order of the table. */
export const programs: readonly Program[] = [
  {
    row: "pythonWaiting",
    name: "Python hello",
    language: "python",
    code: hello,
    bare: barePython,
    barePeer: "python",
    needs: pythonPath,
  },
  {
    row: "pandasWaiting",
    name: "Python, pandas loaded, describe()",
    language: "python",
    code: frame,
    bare: [pythonPath, "-c", frame],
    imported: (restMs) => [pythonPath, "-c", framedAfter(restMs)],
    barePeer: "bare",
    preload: "numpy pandas",
    needs: "/usr/lib/python3/dist-packages/pandas/__init__.py",
  },
  {
    row: "nodeWaiting",
    name: "Node hello",
    language: "node",
    code: "console.log('hello')",
    bare: ["/usr/bin/node", "-e", "console.log('hello')"],
    barePeer: "bare",
    needs: "/usr/bin/node",
  },
  {
    row: "bashWaiting",
    name: "bash hello",
    language: "bash",
    code: "echo hello",
    bare: ["/bin/bash", "-c", "echo hello"],
    barePeer: "bare",
    needs: "/bin/bash",
  },
  {
    row: "perlWaiting",
    name: "Perl hello",
    language: "perl",
    code: 'print "hello\\n"',
    bare: ["/usr/bin/perl", "-e", 'print "hello\\n"'],
    barePeer: "bare",
    needs: "/usr/bin/perl",
  },
];

/** Whether what the program needs is installed. */
export function isInstalled({ needs }: Program): boolean {
  return existsSync(needs);
}
