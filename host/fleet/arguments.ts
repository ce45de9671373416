// The words after `deno task fleet`, as what they ask for.

import { parseArgs } from "node:util";
import { baseName } from "../../controller/cli/run_arguments.ts";
import { parseCount, parseDuration, parseSize } from "../../controller/cli/quantities.ts";
import { connectionArguments, connectionHelp, connectionOf } from "./connection_arguments.ts";
import type { ConnectionOptions } from "./connection.ts";
import type { JobFile, JobOptions } from "./job.ts";
import type { JobName, Priority } from "./names.ts";
import type { FleetSettings } from "./settings.ts";

/** What `--help` says. */
export const fleetHelp = `Usage: deno task fleet COMMAND [options]

  submit [options] -l LANGUAGE (-c CODE | FILE) [ARGUMENT...]   prints the job's id
  wait ID        prints what the job has printed, and ends with its exit code
  watch ID       prints the output as it comes, then does the same
  cancel ID      ends a job, or keeps it from beginning
  status         what waits, who works, and what was given up
  prepare        makes the streams, and the stores of a tenant that may not make them; workers
                 make all but these stores
  bench          measures what a fleet costs, on a server of its own

${connectionHelp}
      --tenant NAME        whose jobs; "default"
      --json               one JSON object (not for watch)
      --within TIME        how long wait and watch wait; for ever

of submit:
  -l, --language NAME; -c, --code TEXT
      --id ID              made up when left out; the same id is one job
      --class NAME         of machines; "default"
      --priority NAME      high, normal, low; normal
      --deliveries N       how often it is begun at most, if workers or machines are lost; 3
      --timeout TIME, --memory SIZE, --profile NAME, --env NAME=VALUE
      --put FILE[:PATH]    is in the sandbox before the program starts
      --wait               waits at once

of prepare, where the streams are not there yet:
      --jobs SIZE, --outcomes SIZE   the most that may wait, and the most results; 1G each
      --blobs SIZE         of a tenant's code and files, and of its output; 256M
      --keep TIME          how long results are kept; 1440m
      --replicas N         on how many servers of a cluster; 1

Exit codes are those of \`sallyport run\`; 125 also where there is no result.`;

const options = {
  ...connectionArguments,
  tenant: { type: "string", default: "default" },
  json: { type: "boolean", default: false },
  within: { type: "string" },
  language: { type: "string", short: "l" },
  code: { type: "string", short: "c" },
  id: { type: "string" },
  class: { type: "string" },
  priority: { type: "string" },
  deliveries: { type: "string" },
  timeout: { type: "string" },
  memory: { type: "string" },
  profile: { type: "string" },
  env: { type: "string", short: "e", multiple: true, default: [] as string[] },
  put: { type: "string", multiple: true, default: [] as string[] },
  wait: { type: "boolean", default: false },
  jobs: { type: "string" },
  outcomes: { type: "string" },
  blobs: { type: "string" },
  keep: { type: "string" },
  replicas: { type: "string" },
  help: { type: "boolean", short: "h" },
} as const;

/** What a command was asked. */
export interface FleetArguments {
  readonly connection: ConnectionOptions;
  readonly tenant: string;
  readonly json: boolean;
  readonly withinMs: number | undefined;
  readonly wait: boolean;
  readonly values: Values;
  readonly rest: readonly string[];
}

type Values = ReturnType<typeof read>["values"];
const read = (words: string[]) => parseArgs({ args: words, options, allowPositionals: true });

/** Reads the words after the command. Null: it asks for help. @throws TypeError */
export function fleetArguments(words: string[]): FleetArguments | null {
  const { values, positionals } = read(words);
  if (values.help) return null;
  return {
    connection: connectionOf(values),
    tenant: values.tenant,
    json: values.json,
    withinMs: values.within === undefined ? undefined : parseDuration(values.within),
    wait: values.wait,
    values,
    rest: positionals,
  };
}

/** What `prepare` was told to keep. @throws TypeError */
export function settingsOf({ values }: FleetArguments): Partial<FleetSettings> {
  const { jobs, outcomes, blobs, keep, replicas } = values;
  const said = {
    jobsBytes: jobs && parseSize(jobs),
    outcomesBytes: outcomes && parseSize(outcomes),
    blobBytes: blobs && parseSize(blobs),
    outcomeTtlMs: keep && parseDuration(keep),
    replicas: replicas && parseCount(replicas),
  };
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined));
}

/** The job that a command is about. @throws TypeError */
export function jobNamed({ tenant, rest: [id, ...more] }: FleetArguments): JobName {
  if (id === undefined || more.length > 0) throw new TypeError("Cannot do this: say one ID");
  return { tenant, id };
}

/** The job to submit. @throws TypeError, Deno.errors.NotFound */
export async function jobToSubmit({ tenant, values, rest }: FleetArguments): Promise<JobOptions> {
  const [file, ...args] = values.code === undefined ? rest : ["", ...rest];
  if (file === undefined) throw new TypeError('Cannot submit: say FILE or "--code"');
  if (values.language === undefined) throw new TypeError('Cannot submit: say "--language"');
  return {
    code: values.code ?? await Deno.readFile(file),
    files: await Promise.all(values.put.map(fileOf)),
    id: values.id,
    tenant,
    class: values.class,
    priority: values.priority as Priority | undefined,
    deliveries: values.deliveries === undefined ? undefined : parseCount(values.deliveries),
    run: {
      language: values.language,
      args,
      profile: values.profile,
      env: Object.fromEntries(values.env.map(assignment)),
      timeout_ms: values.timeout === undefined ? undefined : parseDuration(values.timeout),
      limits: values.memory === undefined ? undefined : { memory_bytes: parseSize(values.memory) },
    },
  };
}

async function fileOf(text: string): Promise<JobFile> {
  const colon = text.lastIndexOf(":");
  const [file, path] = colon <= 0
    ? [text, baseName(text)]
    : [text.slice(0, colon), text.slice(colon + 1)];
  return { path, content: await Deno.readFile(file) };
}

function assignment(text: string): [string, string] {
  const equals = text.indexOf("=");
  if (equals > 0) return [text.slice(0, equals), text.slice(equals + 1)];
  throw new TypeError(`Cannot read "--env ${text}": expected NAME=VALUE`);
}
