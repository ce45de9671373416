// The host's command line: which command.

import { check } from "./check.ts";
import { exit } from "./exit.ts";
import { demoCommand, demoUsage } from "./demo/demo.ts";
import { recyclingCommand, recyclingUsage } from "./demo/recycling.ts";
import { overheadCommand, overheadUsage } from "./overhead/command.ts";
import { serveUsage } from "./serve/serve_arguments.ts";
import { serveCommand } from "./serve/serve_command.ts";
import { tokenCommand } from "./serve/token_command.ts";
import { simulateCommand, simulateUsage } from "./simulate/command.ts";
import { worker } from "./worker.ts";

const usage = `Usage: deno task host COMMAND

  check      say what this host can run machines with, and what is missing for the rest
  demo       run thirty jobs in a pool of two machines, and kill one of them (demo --help)
  overhead   measure what the service adds to a run (overhead --help)
  recycling  run many jobs in a pool of two guests for each way of recycling, and compare them
  serve      run programs for others over HTTP (serve --help)
  simulate   say how many machines are needed (simulate --help)
  token      make a token for the service
  worker     run the jobs of a fleet on machines of this host (worker --help)`;

/** Runs one command. Returns the exit code. */
export async function main([command, ...rest]: readonly string[]): Promise<number> {
  const asksHelp = rest.length === 1 && rest[0] === "--help";
  switch (command) {
    case "serve":
      if (!asksHelp) return await serveCommand(rest);
      console.log(serveUsage);
      return 0;
    case "token":
      return await tokenCommand(rest);
    case "check":
      if (rest.length === 0) return await check();
      break;
    case "demo":
      if (!asksHelp) return await demoCommand(rest);
      console.log(demoUsage);
      return 0;
    case "overhead":
      if (!asksHelp) return await overheadCommand(rest);
      console.log(overheadUsage);
      return 0;
    case "recycling":
      if (!asksHelp) return await recyclingCommand(rest);
      console.log(recyclingUsage);
      return 0;
    case "simulate":
      if (!asksHelp) return await simulateCommand(rest);
      console.log(simulateUsage);
      return 0;
    case "worker":
      return await worker(rest);
    case "help":
    case "--help":
      console.log(usage);
      return 0;
  }
  console.error(usage);
  return 1;
}

if (import.meta.main) {
  try {
    await exit(await main(Deno.args));
  } catch (error) {
    console.error(`sallyport host: ${error instanceof Error ? error.message : error}`);
    await exit(1);
  }
}
