// A root process of the tests inside the guest: runs the Python that a scenario sends and returns
// its result.
//
// Only the tests' guest has it. With it, a scenario sees what no job and no client can see (the
// cgroup tree, the agent's processes) and starts a second agent. It never speaks the protocol under
// test.

import { parseTarget } from "../../../controller/target.ts";
import { openTransport, writeAll } from "../../../controller/transport.ts";
import type { Beside } from "./observer.ts";
import type { Stage } from "./scenario.ts";

/** Port on which it listens in the guest. */
export const PROBE_PORT = 6000;

/**
 * The program in the guest: each connection sends one program as JSON text and receives the value
 * of its `result`.
 */
const program = `
import json, socket, time, traceback
def listening():
    while True:
        try:
            s = socket.socket(socket.AF_VSOCK)
            s.bind((socket.VMADDR_CID_ANY, ${PROBE_PORT}))
            s.listen(8)
            return s
        except OSError: time.sleep(0.1)
server = listening()
kept = {}
while True:
    connection, _ = server.accept()
    with connection, connection.makefile("rw") as stream:
        scope = {"kept": kept}
        try:
            exec(json.loads(stream.readline()), scope)
            answer = {"result": scope.get("result")}
        except BaseException:
            answer = {"error": traceback.format_exc()}
        try:
            stream.write(json.dumps(answer) + "\\n")
            stream.flush()
        except OSError: pass
`;

/** The probe, started beside the agent. */
export const rootProbe: Beside = {
  command: ["/usr/bin/python3", "-I", "/observer/probe.py"],
  files: [["observer/probe.py", program, 0o644]],
};

/** The same guest at another port. */
export function atPort(stage: Stage, port: number): Stage {
  return { ...stage, target: stage.target.replace(/\d+$/, `${port}`) };
}

/**
 * Runs Python as root in the guest and resolves to its `result`. `kept` is a dict that persists
 * between calls.
 */
export async function probe<T>(stage: Stage, source: string): Promise<T> {
  const transport = await openTransport(parseTarget(atPort(stage, PROBE_PORT).target));
  try {
    await writeAll(transport, new TextEncoder().encode(JSON.stringify(source) + "\n"));
    const decoder = new TextDecoder();
    const buffer = new Uint8Array(65536);
    let said = "";
    for (;;) {
      const count = await transport.read(buffer);
      if (count === null) break;
      said += decoder.decode(buffer.subarray(0, count), { stream: true });
    }
    const { result, error } = JSON.parse(said);
    if (error !== undefined) throw new Error(`Cannot probe the guest: ${error}`);
    return result;
  } finally {
    transport.close();
  }
}
