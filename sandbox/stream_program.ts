// What connects the next job to the agent: three pipes, the socket that brings the job its program,
// and its cgroup.
//
// The runner makes them before the request and sends the agent its ends, which the agent reads and
// writes without waiting. The job's user owns the job's ends of the pipes, so that the job can open
// /dev/stdout by name. The job's end of the socket is closed when the user's program begins.

import { F_SETFL, F_SETPIPE_SZ, O_CLOEXEC, O_NONBLOCK, O_WRONLY } from "../linux/constants.ts";
import { LEAF_FILES, leafSteps } from "./cgroup_program.ts";
import { socketPair } from "./control_socket.ts";
import { JOB, JOB_SOCKET, type Platform, REPORT, REPORTS, STREAMS } from "./layout.ts";
import type { Address } from "./arena.ts";
import type { Program } from "./program.ts";
import { outgoing, reportAndExit } from "./report.ts";

/** Size of an output pipe in bytes: the most that an unprivileged process may ask for (pipe(7)). */
const PIPE_SIZE = 1 << 20;

/**
 * Adds the steps that make all of these and report the agent's ends: stdout, stderr, stdin, socket,
 * cgroup files.
 *
 * @param leaf Number of the new cgroup; undefined if there is none or the last one is still unused.
 * @returns The address of the cgroup's name, or 0.
 */
export function streamSteps(program: Program, platform: Platform, leaf?: number): Address {
  const { outRead, outWrite, errRead, errWrite, inRead, inWrite } = STREAMS;
  const numbers = program.words([REPORT.streams, 0, 0, 0]);
  const ours = [outRead, errRead, inWrite, JOB_SOCKET.agentEnd];
  if (leaf !== undefined) ours.push(...LEAF_FILES);
  const message = outgoing(program, numbers, 32, ours);
  ["stdout", "stderr", "stdin"].forEach((name, index) => {
    program.step(`make ${name}`, "pipe2", [numbers + 8 + 8 * index, O_CLOEXEC]);
  });
  if (platform.ownIds) {
    for (const fd of [outWrite, errWrite, inRead]) {
      program.step("give the stream to the job", "fchown", [fd, JOB, JOB]);
    }
  }
  for (const fd of [outRead, errRead]) {
    program.step("make room in the pipe", "fcntl", [fd, F_SETPIPE_SZ, PIPE_SIZE], { must: false });
    program.step("keep the agent from waiting", "fcntl", [fd, F_SETFL, O_NONBLOCK]);
  }
  program.step("keep the agent from waiting", "fcntl", [inWrite, F_SETFL, O_NONBLOCK | O_WRONLY]);
  socketPair(program, "the job", JOB_SOCKET.agentEnd);
  const name = leaf === undefined ? 0 : leafSteps(program, leaf);
  program.step("report to the agent", "sendmsg", [REPORTS, message.header, 0]);
  for (const fd of ours) program.step("close the agent's end", "close", [fd]);
  return name;
}

/** The same steps as a separate program, for the next run in a sandbox that was kept. */
export function streamProgram(program: Program, platform: Platform, leaf?: number): Address {
  const name = streamSteps(program, platform, leaf);
  program.end();
  reportAndExit(program, REPORTS);
  return name;
}
