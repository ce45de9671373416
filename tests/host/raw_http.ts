// HTTP by hand: sends bytes to a Unix socket, and reads what comes back until the end.

/** What came back: the status of the first answer, 0 for none, and everything. */
export interface RawAnswer {
  readonly status: number;
  readonly text: string;
}

/** Sends and reads. A server that wants more must give up by itself. */
export async function sendRaw(path: string, bytes: Uint8Array): Promise<RawAnswer> {
  using connection = await Deno.connect({ transport: "unix", path });
  const sent = (async () => {
    for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
  })().catch(() => {}); // it may be cut off, which the answer tells
  const text = await readAll(connection);
  await sent;
  return { status: statusOf(text), text };
}

/** Everything until the end, or until it is cut off. */
export async function readAll(connection: Deno.Conn): Promise<string> {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(16_384);
  let text = "";
  for (;;) {
    const count = await connection.read(buffer).catch(() => null);
    if (count === null) return text;
    text += decoder.decode(buffer.subarray(0, count), { stream: true });
  }
}

/** The status of an answer. */
export function statusOf(text: string): number {
  return Number(/^HTTP\/1\.1 (\d{3}) /.exec(text)?.[1] ?? 0);
}
