/** Signals by which people and supervisors end programs, with their numbers (signal(7)). */
export const endSignals = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;
export type EndSignal = keyof typeof endSignals;
