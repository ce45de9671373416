// Runs a program of a language on this machine as it is, without a sandbox: what a sandbox is
// compared with.
//
// It uses the policy's command lines, an empty directory, another for temporary files, and only
// the policy's variables.

import { dirname } from "node:path";
import { policy } from "../../policy/generated/policy.ts";
import type { Language } from "../../policy/compiled.ts";
import { signalChild } from "./signal_child.ts";

/** What to run. */
export interface BareProgram {
  readonly language: string;
  readonly code: string | Uint8Array;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  /** Files of its directory, by name. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
}

/** How it ended. */
export interface BareOutcome {
  /** Null when a signal or the time limit ended it. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly ms: number;
}

const decoder = new TextDecoder();

const bytesOf = (content: string | Uint8Array) =>
  typeof content === "string" ? new TextEncoder().encode(content) : content;

interface Place {
  readonly cwd: string;
  readonly env: Record<string, string>;
  readonly limitMs: number;
}

async function command(argv: readonly string[], stdin: string, place: Place): Promise<BareOutcome> {
  const program = argv[0] === "/usr/bin/deno" ? Deno.execPath() : argv[0];
  const started = performance.now();
  const child = new Deno.Command(program.replace(/^\.\//, `${place.cwd}/`), {
    args: argv.slice(1),
    cwd: place.cwd,
    env: place.env,
    clearEnv: true,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const timer = setTimeout(() => signalChild(child, "SIGKILL"), place.limitMs);
  try {
    const writer = child.stdin.getWriter();
    await writer.write(bytesOf(stdin)).catch(() => {});
    await writer.close().catch(() => {});
    const { code, signal, stdout, stderr } = await child.output();
    return {
      exitCode: signal === null ? code : null,
      stdout: decoder.decode(stdout),
      stderr: decoder.decode(stderr),
      ms: performance.now() - started,
    };
  } finally {
    clearTimeout(timer);
  }
}

/** Builds it if its language does so, and runs it to its end. */
export async function runBare(program: BareProgram, limitMs = 30_000): Promise<BareOutcome> {
  const language = (policy.languages as Record<string, Language>)[program.language];
  const { argv, file, mode, build } = language;
  const root = await Deno.makeTempDir({ prefix: "sallyport-bare-" });
  try {
    const cwd = `${root}/empty`;
    await Deno.mkdir(cwd);
    await Deno.mkdir(`${root}/tmp`);
    const env: Record<string, string> = { ...language.env, ...program.env };
    for (const [name, value] of Object.entries(env)) {
      env[name] = value.replace(/^\/tmp(?=\/|$)/, `${root}/tmp`);
    }
    await Deno.writeFile(`${cwd}/${file}`, bytesOf(program.code), { mode });
    for (const [name, content] of Object.entries(program.files ?? {})) {
      await Deno.mkdir(dirname(`${cwd}/${name}`), { recursive: true });
      await Deno.writeFile(`${cwd}/${name}`, bytesOf(content));
    }
    const place = { cwd, env, limitMs };
    const built = build === undefined ? null : await command(build.argv, "", place);
    if (built !== null && built.exitCode !== 0) return built;
    return await command([...argv, ...program.args ?? []], program.stdin ?? "", place);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}
