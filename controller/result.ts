// How a run ended, with the output that was kept where it was not streamed.

import type { ResultReply } from "../protocol/protocol.ts";

/** Both streams of a program. */
export interface Outputs {
  /** What it wrote to standard output. */
  readonly stdout: Uint8Array<ArrayBuffer>;
  /** What it wrote to standard error. */
  readonly stderr: Uint8Array<ArrayBuffer>;
}

/** The result of a run: the agent's own fields, and what a reader asks of them. */
export interface Result extends ResultReply {
  /** Kept output; both empty for a run with `stream`. */
  readonly output: Outputs;
  /** Output of the build step, where the language has one and code was sent. */
  readonly buildOutput?: Outputs;
  /** Whether the program exited with 0. */
  readonly ok: boolean;
  /** Whether it was stopped because its time was over. */
  readonly timedOut: boolean;
  /** A kept stream as text; bytes that are no UTF-8 become U+FFFD. */
  text(stream?: "stdout" | "stderr"): string;
}

/** What a result can be asked; on a prototype, so that the result itself stays plain data. */
const asked = {
  get ok(): boolean {
    const { status, exit_code } = this as unknown as ResultReply;
    return status === "exited" && exit_code === 0;
  },
  get timedOut(): boolean {
    return (this as unknown as ResultReply).status === "timeout";
  },
  text(stream: "stdout" | "stderr" = "stdout"): string {
    return new TextDecoder().decode((this as unknown as Result).output[stream]);
  },
};

/** A result of the agent's reply and the bytes that came with it. */
export function resultOf(reply: ResultReply, output: Outputs, buildOutput?: Outputs): Result {
  const built = buildOutput === undefined ? {} : { buildOutput };
  return Object.assign(Object.create(asked), { ...reply, output, ...built });
}
