// `sallyport doctor`: why a target does not answer, step by step, each with what to do.

import { protocolVersion } from "../../protocol/version.ts";
import { type Client, connect, parseTarget, type Target } from "../client.ts";
import { connectProblem, describe } from "../transport.ts";
import { answered } from "./answered.ts";
import type { FoundTarget } from "./default_target.ts";
import { formatDuration } from "./quantities.ts";

/** One step, and whether it is well. */
interface Finding {
  readonly ok: boolean;
  readonly text: string;
}

const fine = (text: string): Finding => ({ ok: true, text });
const fault = (text: string): Finding => ({ ok: false, text });

/** Prints what was found. 0 if the agent answers. */
export async function doctorCommand({ target, from }: FoundTarget): Promise<number> {
  for await (const { ok, text } of look(target, from)) {
    console.log(`${ok ? "ok   " : "FAULT"}  ${text}`);
    if (!ok) return 1;
  }
  return 0;
}

async function* look(text: string, from: string): AsyncGenerator<Finding> {
  let target: Target;
  try {
    target = parseTarget(text);
  } catch (error) {
    return yield fault(`${(error as Error).message}; it was said by ${from}`);
  }
  yield fine(`the target is ${describe(target)}, said by ${from}`);
  if (target.kind !== "vsock") {
    const found = lookAtSocket(target.path);
    yield found;
    if (!found.ok) return;
  }
  const started = performance.now();
  let client: Client;
  try {
    client = await connect(target);
  } catch (error) {
    const cause = (error as Error).cause;
    return yield fault(
      cause === undefined ? (error as Error).message : connectProblem(target, cause),
    );
  }
  await using _client = client;
  const took = formatDuration(performance.now() - started);
  yield fine(`${client.agent} is ready, ${took} after the first byte`);
  let info: Awaited<ReturnType<Client["info"]>>;
  try {
    yield fine(`it answers: ${formatDuration(await answered(client, client.ping()))}`);
    info = await answered(client, client.info());
  } catch (error) {
    return yield fault((error as Error).message);
  }
  const { protocol, languages, hardening } = info;
  yield protocol === protocolVersion ? fine(`it speaks protocol ${protocol}`) : fault(
    `it speaks protocol ${protocol}, this program ${protocolVersion}: update the older one`,
  );
  yield fine(`it offers ${languages.map(({ name }) => name).join(", ")}`);
  const view = hardening.find(({ layer, on }) => layer === "view" && on);
  if (view?.why !== undefined) yield fine(`its jobs see ${view.why}`);
  for (const { layer, why } of hardening.filter(({ on }) => !on)) {
    yield fine(`it runs without "${layer}"${why === undefined ? "" : `: ${why}`}`);
  }
}

function lookAtSocket(path: string): Finding {
  try {
    const { isSocket, uid, mode } = Deno.statSync(path);
    if (!isSocket) return fault(`"${path}" is there, but it is no socket`);
    return fine(`"${path}" is a socket of user ${uid}, mode ${((mode ?? 0) & 0o777).toString(8)}`);
  } catch (error) {
    if (error instanceof Deno.errors.PermissionDenied) {
      return fault(`"${path}" cannot be looked at: a directory above it forbids it to this user`);
    }
    const above = path.slice(0, path.lastIndexOf("/")) || "/";
    let there = true;
    try {
      Deno.statSync(path.includes("/") ? above : ".");
    } catch {
      there = false;
    }
    return fault(
      there
        ? `there is no "${path}": no agent has listened there (its --listen says where it does)`
        : `there is no directory "${above}"`,
    );
  }
}
