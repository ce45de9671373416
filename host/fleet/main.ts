// `deno task fleet`: submits jobs to a fleet, waits for them, watches and cancels them.

import { exitCodeOf, exitCodes } from "../../controller/cli/exit_code.ts";
import { outcome as toldOutcome } from "../../controller/cli/summary.ts";
import { say, writeOut } from "../../controller/cli/terminal.ts";
import {
  type FleetArguments,
  fleetArguments,
  fleetHelp,
  jobNamed,
  jobToSubmit,
  settingsOf,
} from "./arguments.ts";
import { bench } from "./bench.ts";
import { FleetClient } from "./client.ts";
import { checkToken, type JobName } from "./names.ts";
import type { Outcome } from "./outcome.ts";
import { prepare } from "./prepare.ts";
import { fleetStatus } from "./status.ts";
import { statusLines } from "./status_lines.ts";

/** Runs one command. Returns the exit code. */
export async function main([name, ...words]: readonly string[]): Promise<number> {
  try {
    if (!["submit", "wait", "watch", "cancel", "status", "prepare", "bench"].includes(name)) {
      if (name === "help" || name === "--help") console.log(fleetHelp);
      else say(`${fleetHelp}\n`);
      return name === "help" || name === "--help" ? 0 : exitCodes.failure;
    }
    if (name === "bench") {
      await bench((line) => console.log(line));
      return 0;
    }
    const args = fleetArguments(words);
    if (args === null) {
      console.log(fleetHelp);
      return 0;
    }
    await using client = await FleetClient.connect(args.connection, settingsOf(args));
    return await command(name, client, args);
  } catch (error) {
    say(`sallyport fleet: ${error instanceof Error ? error.message : error}\n`);
    return exitCodes.failure;
  }
}

async function command(name: string, client: FleetClient, args: FleetArguments): Promise<number> {
  switch (name) {
    case "submit": {
      const job = await client.submit(await jobToSubmit(args));
      if (args.wait) return await waitFor(client, job, args);
      console.log(args.json ? JSON.stringify(job) : job.id);
      if (job.duplicate) say("sallyport fleet: it was submitted before\n");
      return 0;
    }
    case "wait":
      return await waitFor(client, jobNamed(args), args);
    case "watch": {
      const job = jobNamed(args);
      for await (const piece of client.watch(job, patience(args))) {
        await writeOut(Deno[piece.stream], piece.bytes);
      }
      return told(await client.wait(job, patience(args)));
    }
    case "cancel":
      console.log(await client.cancel(jobNamed(args)));
      return 0;
    case "prepare":
      await prepare(client.nc, client.blobs.settings);
      await client.blobs.makeStores(checkToken("a tenant", args.tenant));
      return 0;
    default: {
      const status = await fleetStatus(client.nc);
      const lines = args.json ? [JSON.stringify(status)] : statusLines(status, Date.now());
      console.log(lines.join("\n"));
      return 0;
    }
  }
}

const patience = ({ withinMs }: FleetArguments) =>
  withinMs === undefined ? undefined : AbortSignal.timeout(withinMs);

async function waitFor(client: FleetClient, job: JobName, args: FleetArguments): Promise<number> {
  const outcome = await client.wait(job, patience(args));
  if (args.json) {
    console.log(JSON.stringify(outcome, textOf));
    return exitCodeOfOutcome(outcome);
  }
  if (outcome.kind === "result") {
    const { output, buildOutput } = outcome.result;
    await writeOut(Deno.stderr, buildOutput?.stdout ?? new Uint8Array());
    await writeOut(Deno.stderr, buildOutput?.stderr ?? new Uint8Array());
    await writeOut(Deno.stdout, output.stdout);
    await writeOut(Deno.stderr, output.stderr);
  }
  return told(outcome);
}

/** Says what went wrong, if something did. */
function told(outcome: Outcome): number {
  const code = exitCodeOfOutcome(outcome);
  const said = outcome.kind === "result"
    ? outcome.result.status === "exited" ? null : toldOutcome(outcome.result)
    : outcome.kind === "cancelled"
    ? "cancelled before it ran"
    : `${outcome.kind}: ${outcome.why}`;
  if (said !== null) say(`sallyport fleet: ${said}\n`);
  return code;
}

function exitCodeOfOutcome(outcome: Outcome): number {
  if (outcome.kind === "result") return exitCodeOf(outcome.result);
  return outcome.kind === "refused" ? exitCodes.refused : exitCodes.failure;
}

/** Bytes as text, for JSON. */
function textOf(_name: string, value: unknown): unknown {
  return value instanceof Uint8Array ? new TextDecoder().decode(value) : value;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
