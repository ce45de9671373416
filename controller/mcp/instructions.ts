// What a model is told of the sandbox before its first call.

import type { InfoReply } from "../../protocol/protocol.ts";
import { languagesOf, rangeOf } from "./run_tool.ts";

const mib = (bytes: number) => `${Math.round(bytes / 1024 / 1024)} MiB`;

/** The instructions for an agent's languages and limits. */
export function instructionsFor(info: InfoReply): string {
  const [time, memory] = [rangeOf(info, "timeout_ms"), rangeOf(info, "memory_bytes")];
  const processes = rangeOf(info, "processes");
  return `Sallyport runs code in a sandbox of this session's own, apart from the user's machine.

Languages: ${languagesOf(info).join(", ")}. Nothing can be installed: use what is there.
Files in the working directory stay between calls, for every language. Variables and processes do
not: each call is a new process. The sandbox holds ${mib(rangeOf(info, "sandbox_bytes").max)}.
To see a picture, write it as a PNG, JPEG or SVG file into the working directory.

Limits of a run: ${time.default} ms unless timeout_ms says otherwise (at most ${time.max});
${mib(memory.default)} of memory unless memory_bytes does (at most ${mib(memory.max)});
${processes.default} processes and threads. One program runs at a time.

Refused: the network, all files but the sandbox's and the system's programs and libraries (which are
read-only), and starting other programs. Refused system calls are named in the result's "denied":
do not try them in another way.`;
}
