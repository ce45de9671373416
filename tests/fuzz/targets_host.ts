// What the host's side does with all that a hostile agent may say: whole conversations, and listings
// of directories that are fetched.

import assert from "node:assert/strict";
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Transport } from "../../controller/byte_transport.ts";
import { Client, ConnectionError, getDirectory, RequestError } from "../../controller/client.ts";
import { Connection } from "../../controller/connection.ts";
import type { FileEntry } from "../../protocol/protocol.ts";
import type { Target } from "./fuzz.ts";

const ready = new TextEncoder().encode('{"type":"ready","protocol":1,"agent":"x"}\n');

/** A transport whose other side says `bytes` and then leaves. */
function saying(bytes: Uint8Array): Transport {
  let at = 0;
  return {
    read: (into: Uint8Array) => {
      const piece = bytes.subarray(at, at + into.length);
      into.set(piece);
      at += piece.length;
      return Promise.resolve(piece.length === 0 ? null : piece.length);
    },
    write: (from: Uint8Array) => Promise.resolve(from.length),
    close: () => {},
  };
}

/** Only these two may come of a conversation. */
function mustBeDocumented(settled: PromiseSettledResult<unknown>[]) {
  for (const one of settled) {
    if (one.status === "fulfilled") continue;
    if (!(one.reason instanceof ConnectionError || one.reason instanceof RequestError)) {
      throw one.reason;
    }
  }
}

const kinds = ["file", "directory", "symlink", "other"] as const;

/** A listing in which each line is an entry: a letter for its kind, its name, and a link's text. */
function listingOf(bytes: Uint8Array): FileEntry[] {
  const lines = new TextDecoder().decode(bytes).split("\n").slice(0, 12);
  return lines.filter((line) => line !== "").map((line) => {
    const [name, target] = line.slice(1).split("\t");
    const kind = kinds[line.charCodeAt(0) % kinds.length];
    const link = kind === "symlink" && target !== undefined ? { target } : {};
    return { name, kind, size: 1, mode: 0o644, ...link };
  }).sort((a, b) => a.name < b.name ? -1 : 1);
}

/** Each of them. */
export const hostTargets: readonly Target[] = [
  {
    name: "conversation",
    seeds: [
      '{"type":"pong","id":1}\n{"type":"file","id":2,"path":"a","bytes":2}\nab',
      '{"type":"ack","id":3,"stdin_window":9}\n{"type":"stdout","offset":0,"bytes":1}\nx{"type":"stdin","taken":0}\n',
      '{"type":"error","id":3,"code":"busy","message":"m"}\n{"type":"done","id":2}\n',
    ],
    words: [
      '{"type":"',
      '"id":1',
      '"id":3',
      "\n",
      '"bytes":1',
      '"offset":',
      '"stdout"',
      '"taken":',
    ],
    async run(bytes) {
      const all = new Uint8Array(ready.length + bytes.length);
      all.set(ready);
      all.set(bytes, ready.length);
      const limits = { lineBytes: 1 << 12, bodyBytes: 1 << 12 };
      const client = new Client(new Connection(saying(all), limits), "x");
      const asked = [client.ping(), client.get("a")];
      const run = client.run({ language: "sh", code: "", stdin: { stream: true } });
      const input = run.write("some input");
      mustBeDocumented(await Promise.allSettled([...asked, run.acked, run.result, input]));
      await client.close();
    },
  },
  {
    name: "tree",
    seeds: ["da\nda/b\nda/b/c", "fa\t..\nea/b", "fl\t/\ndl/x", "fl\ta\nel\nhl/../x"],
    words: ["..", "/", "\t", "\n", "a", "d", "e", "f", "\0", "\\"],
    async run(bytes) {
      const base = mkdtempSync(join(tmpdir(), "sallyport-fuzz-"));
      try {
        writeFileSync(join(base, "beside"), "untouched");
        const never = () => Promise.reject(new Error("nothing is put"));
        const client = {
          put: never,
          mkdir: never,
          link: never,
          get: () => Promise.resolve(new Uint8Array([1])),
          list: () => Promise.resolve(listingOf(bytes)),
        };
        // What is in the way on this machine is the caller's to hear of, by the system's own error.
        await getDirectory(client, ".", join(base, "in")).catch((error: Error) => {
          const { code } = error as { code?: string };
          assert.ok(code !== undefined || /os error|Cannot fetch/.test(error.message), error.stack);
        });
        assert.deepEqual(readdirSync(base).sort(), ["beside", "in"]);
        assert.equal(readFileSync(join(base, "beside"), "utf8"), "untouched");
        const inside = join(base, "in");
        for (const entry of readdirSync(inside, { recursive: true, withFileTypes: true })) {
          if (!entry.isSymbolicLink()) continue;
          const text = readlinkSync(join(entry.parentPath, entry.name));
          const leads = resolve(entry.parentPath, text);
          assert.ok(leads === inside || leads.startsWith(`${inside}/`), `a link leads to ${text}`);
        }
      } finally {
        rmSync(base, { recursive: true, force: true });
      }
    },
  },
];
