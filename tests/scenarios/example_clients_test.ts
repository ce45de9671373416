// The small clients of examples/, in bash and in Go, against a real agent: output, arguments, exit
// codes, refusals, and bytes that are no text.

import assert from "node:assert/strict";
import { file, type Need, testNeeding } from "../helpers/need.ts";
import { projectRoot, startAgent, type TestAgent } from "../helpers/agent.ts";

interface Said {
  readonly code: number;
  readonly stdout: Uint8Array;
  readonly stderr: string;
}

async function command(program: string, args: string[]): Promise<Said> {
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args,
    cwd: projectRoot,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    signal: AbortSignal.timeout(120_000),
  }).output();
  return { code, stdout, stderr: new TextDecoder().decode(stderr) };
}

/** Every byte there is, out of order: none of them may be taken for the protocol. */
const program = `
import sys
sys.stdout.buffer.write(bytes(range(256)) * 300)
sys.stdout.flush()
print(sys.argv[1:], file=sys.stderr)
sys.exit(7)
`;

type Client = (words: string[]) => Promise<Said>;

async function holds(agent: TestAgent, client: Client, folder: string): Promise<void> {
  const code = `${folder}/program.py`;
  await Deno.writeTextFile(code, program);
  const said = await client([agent.path, "python", code, 'a "b" \\', "é\nx"]);
  assert.equal(said.stderr, "['a \"b\" \\\\', 'é\\nx']\n");
  assert.equal(said.code, 7);
  const wanted = Uint8Array.from({ length: 256 * 300 }, (_, i) => i % 256);
  assert.deepEqual(said.stdout, wanted);

  const refused = await client([agent.path, "cobol", code]);
  assert.equal(refused.code, 125);
  assert.match(refused.stderr, /unknown_language/);

  await Deno.writeTextFile(code, "import os; os.kill(os.getpid(), 9)");
  const killed = await client([agent.path, "python", code]);
  assert.equal(killed.code, 125);
  assert.match(killed.stderr, /signaled/);

  const nobody = await client([`${folder}/nobody.sock`, "python", code]);
  assert.equal(nobody.code, 125);
}

function clientTest(name: string, needs: Need[], make: (folder: string) => Promise<Client>): void {
  testNeeding([file("/usr/bin/python3"), ...needs], `example clients: ${name}`, async () => {
    const folder = await Deno.makeTempDir({ prefix: "sallyport-client-" });
    try {
      await using agent = await startAgent();
      await holds(agent, await make(folder), folder);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

clientTest("bash and socat", [file("/bin/bash"), file("/usr/bin/socat")], () => {
  return Promise.resolve((words) => command("/bin/bash", ["examples/client.sh", ...words]));
});

clientTest("Go", [file("/usr/bin/go")], async (folder) => {
  const built = await command("/usr/bin/go", [
    "build",
    "-o",
    `${folder}/client`,
    "examples/client.go",
  ]);
  assert.equal(built.code, 0, built.stderr);
  return (words) => command(`${folder}/client`, words);
});
