// `deno task policy`: the policy's own commands, with an agent to learn from.
//
// Learning runs programs in a real sandbox and so needs the client. Only this module, above both
// rooms, may import the policy and the client.

import { connect } from "../controller/client.ts";
import { BUILD, type RunProgram, type WithAgent } from "../policy/author/observe.ts";
import { main } from "../policy/main.ts";
import { untilReady } from "./ready.ts";
import { spawnAgent } from "./tools/source_agent.ts";
import { TemporaryDirectory } from "./tools/temporary_directory.ts";

const withAgent: WithAgent = async (target, use) => {
  if (target !== undefined) return await use(runner(target));
  await using directory = await TemporaryDirectory.make("sallyport-learn-");
  await Deno.chmod(directory.path, 0o755);
  const socket = `${directory.path}/agent.sock`;
  const agent = spawnAgent(socket);
  let ended = false;
  agent.status.then(() => ended = true);
  const said = new Response(agent.stderr).text();
  try {
    const own = `unix:${socket}`;
    await (await untilReady(own, () => ended)).close();
    return await use(runner(own));
  } catch (error) {
    if (ended) throw new Error(`Cannot learn: the agent has ended: ${(await said).trim()}`);
    throw error;
  } finally {
    if (!ended) agent.kill("SIGTERM");
    await agent.status;
    await said;
  }
};

function runner(target: string): RunProgram {
  return async (language, program, use) => {
    const code = await Deno.readFile(program);
    const profile = use === undefined || use === BUILD ? {} : { profile: use };
    try {
      await using client = await connect(target);
      const result = await client.run({ language, code, ...profile }).result;
      return use === BUILD ? result.build?.denied ?? [] : result.denied;
    } catch (error) {
      throw new Error(`Cannot run "${program}": ${(error as Error).message}`);
    }
  };
}

try {
  Deno.exit(await main(Deno.args, withAgent));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  Deno.exit(1);
}
