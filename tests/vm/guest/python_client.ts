// The project's Python client as files of the guest, and what it does there over AF_VSOCK.

import { root } from "../../../scripts/tools/paths.ts";

/** The package below /observer. */
export function pythonClientFiles(): [path: string, content: string, mode: number][] {
  const directory = `${root}/clients/python/sallyport`;
  return [...Deno.readDirSync(directory)].filter(({ name }) => name.endsWith(".py"))
    .map(({ name }) => name).toSorted()
    .map((name) => [
      `observer/sallyport/${name}`,
      Deno.readTextFileSync(`${directory}/${name}`),
      0o644,
    ]);
}

/**
 * Python that leaves in `package` what the client saw of the agent at `target`, or the traceback.
 */
export const pythonClientProgram = (target: string): string => `
package = None
try:
    sys.path.insert(0, "/observer")
    import sallyport
    with sallyport.connect("${target}", timeout_ms=30000) as theirs:
        first = theirs.run(language="python", code="import sys; print(sum(map(int, sys.stdin)))",
            stdin="1\\n2\\n39\\n", timeout_ms=20000)
        theirs.put("data", b"x" * 100000)
        late = theirs.run(language="sh", code="while :; do :; done", timeout_ms=300)
        package = [first.status, first.stdout.text(), late.timed_out]
except BaseException:
    import traceback
    package = traceback.format_exc()
`;
