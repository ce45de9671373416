// The command line as a process of its own, as `deno task sallyport` starts it.
//
// Every process ends with its test: one that does not end by itself is killed.

const root = new URL("../..", import.meta.url).pathname;
/** No command of a test takes longer, in milliseconds. */
const longestMs = 30_000;

/** How a command ended, and all it printed. */
export interface Spawned {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that is going. */
export interface Running {
  /** Its end. */
  readonly ended: Promise<Spawned>;
  /** Waits until standard output is, so far, exactly this text. */
  saw(text: string): Promise<void>;
  /** Sends it a signal. */
  kill(signal: Deno.Signal): void;
}

/** The command of the `sallyport` task, with this very deno in it. */
export function sallyportCommand(): string[] {
  const { tasks } = JSON.parse(Deno.readTextFileSync(`${root}deno.json`));
  return [Deno.execPath(), ...(tasks.sallyport.command as string).split(/\s+/).slice(1)];
}

/** What surrounds a command; standard input is empty unless it is given. */
export interface Surroundings {
  /** Its whole standard input. */
  readonly stdin?: string;
  /** Variables of its environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Its standard output is closed after so many bytes. */
  readonly leaveAfter?: number;
  /** Standard output and error are a terminal, by script(1); this text comes in through a pipe. */
  readonly terminal?: string;
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/** Starts `sallyport WORDS`. */
export function spawnCommand(words: string[], around: Surroundings = {}): Running {
  const { stdin, leaveAfter = Infinity, terminal } = around;
  let [program, ...args] = [...sallyportCommand(), ...words];
  if (terminal !== undefined) {
    const line = [program, ...args].map(quoted).join(" ");
    args = ["-qec", `printf %s ${quoted(terminal)} | ${line}`, "/dev/null"];
    program = "/usr/bin/script";
  }
  const child = new Deno.Command(program, {
    args,
    cwd: root,
    env: { TERM: "xterm", NO_COLOR: "1", SALLYPORT_TARGET: "", ...around.env },
    stdin: stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const timer = setTimeout(() => child.kill("SIGKILL"), longestMs);
  const said = { stdout: "", stderr: "" };
  let wake = () => {};
  const collect = async (name: "stdout" | "stderr") => {
    const decoder = new TextDecoder();
    for await (const chunk of child[name]) {
      said[name] += decoder.decode(chunk, { stream: true });
      wake();
      if (name === "stdout" && said.stdout.length >= leaveAfter) break;
    }
  };
  const write = async () => {
    if (stdin === undefined) return;
    await new Blob([stdin]).stream().pipeTo(child.stdin).catch(() => {});
  };
  const all = Promise.all([child.status, collect("stdout"), collect("stderr"), write()]);
  const ended = all.then(([{ code }]) => ({ code, ...said })).finally(() => {
    clearTimeout(timer);
    wake();
  });
  let over = false;
  ended.finally(() => over = true);
  return {
    ended,
    async saw(text) {
      while (said.stdout !== text) {
        if (over) throw new Error(`Expected "${text}", saw ${JSON.stringify(said)}`);
        await new Promise<void>((resolve) => wake = resolve);
      }
    },
    kill: (signal) => child.kill(signal),
  };
}
