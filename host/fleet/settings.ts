// What a fleet keeps, how much, and for how long. Whoever prepares the server decides it; a stream
// that is there already stays as it is.

/** Times in milliseconds, sizes in bytes. */
export interface FleetSettings {
  /** A job that nobody says "working" for, for so long, is given to another worker. */
  readonly ackWaitMs: number;
  /** How long a result can be fetched. */
  readonly outcomeTtlMs: number;
  /** How long output can still be watched from its beginning. */
  readonly outputTtlMs: number;
  /** How long dead letters are kept. */
  readonly deadTtlMs: number;
  /** A second submission of the same id within this time is told to be one. */
  readonly duplicatesMs: number;
  /** A worker that has not been heard of for so long is not listed any more. */
  readonly workerTtlMs: number;
  /** The most that may wait. A submission that has no room is refused. */
  readonly jobsBytes: number;
  readonly outcomesBytes: number;
  readonly outputBytes: number;
  readonly deadBytes: number;
  /** Of each tenant, for code and files, and as much again for output. The server sets it aside. */
  readonly blobBytes: number;
  /** On how many servers of a cluster everything is kept. */
  readonly replicas: number;
}

const HOUR = 3_600_000;
const GIB = 1024 ** 3;

/** What is taken where nothing is said. */
export const usualSettings: FleetSettings = {
  ackWaitMs: 30_000,
  outcomeTtlMs: 24 * HOUR,
  outputTtlMs: HOUR,
  deadTtlMs: 30 * 24 * HOUR,
  duplicatesMs: HOUR,
  workerTtlMs: 20_000,
  jobsBytes: GIB,
  outcomesBytes: GIB,
  outputBytes: GIB / 16,
  deadBytes: GIB / 4,
  blobBytes: GIB / 4,
  replicas: 1,
};
