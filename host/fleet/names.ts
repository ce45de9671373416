// Every name that a fleet has on its server: streams, buckets and subjects.
//
// A class, a tenant or an id is one token of a subject, so that a server's permissions can name it.

/** The order in which jobs are taken: all of one before any of the next. */
export const priorities = ["high", "normal", "low"] as const;

/** One of them. */
export type Priority = typeof priorities[number];

/** The streams. */
export const streams = {
  jobs: "sallyport-jobs",
  dead: "sallyport-dead",
  output: "sallyport-output",
} as const;

/** The key-value buckets. The server keeps each in a stream whose name begins with "KV_". */
export const buckets = { outcomes: "sallyport-outcomes", workers: "sallyport-workers" } as const;

/** A tenant's object stores: of what jobs bring, and of what they printed. */
export const blobStores = (tenant: string) =>
  ({ jobs: `sallyport-jobs-${tenant}`, outcomes: `sallyport-outcomes-${tenant}` }) as const;

/** The waiting jobs of one tenant with one priority, for one class of machines. */
export interface Lane {
  readonly class: string;
  readonly tenant: string;
  readonly priority: Priority;
}

/** A job, as its submitter names it. */
export interface JobName {
  readonly tenant: string;
  readonly id: string;
}

/** The subjects. */
export const subjects = {
  jobs: (lane: Lane) => `sallyport.jobs.${lane.class}.${lane.tenant}.${lane.priority}`,
  /** Here the server says that a lane has a new job, without the job. */
  hint: (lane: Lane) => `sallyport.hint.${lane.class}.${lane.tenant}.${lane.priority}`,
  dead: (className: string, job: JobName) => `sallyport.dead.${className}.${job.tenant}.${job.id}`,
  output: ({ tenant, id }: JobName) => `sallyport.output.${tenant}.${id}`,
  /** Here the server says which outcome a job has, when it is stored. */
  done: ({ tenant, id }: JobName) => `sallyport.done.${tenant}.${id}`,
  cancel: ({ tenant, id }: JobName) => `sallyport.cancel.${tenant}.${id}`,
} as const;

/** A job's key among the outcomes, and its message id. */
export const keyOf = ({ tenant, id }: JobName) => `${tenant}.${id}`;

/** The durable consumer of a lane. Tokens have no dot, and names of consumers must not. */
export const consumerOf = (lane: Lane) => `${lane.class}=${lane.tenant}=${lane.priority}`;

/** The lane of a subject of jobs or hints; null if it is none. */
export function laneOf(subject: string): Lane | null {
  const [, , className, tenant, priority, more] = subject.split(".");
  if (more !== undefined || !priorities.includes(priority as Priority)) return null;
  return { class: className, tenant, priority: priority as Priority };
}

/** @throws TypeError if `value` cannot be one token of a subject. */
export function checkToken(what: string, value: string): string {
  if (/^[A-Za-z0-9_-]{1,64}$/.test(value)) return value;
  const rule = "it must be 1 to 64 letters, digits, _ or -";
  throw new TypeError(`Cannot use ${JSON.stringify(value)} as ${what}: ${rule}`);
}
