// A directory that could not be read is an error, and never a shorter listing.

import assert from "node:assert/strict";
import { E } from "../../linux/errno.ts";
import { ProtocolError } from "../../protocol/protocol_error.ts";
import { ENTRIES_SIZE } from "../../sandbox/keeper_program.ts";
import { REPORT } from "../../sandbox/layout.ts";
import type { Answer, Sandbox } from "../../sandbox/sandbox.ts";
import { Listing, type Page } from "./listing.ts";

/** What a listing of "." tells where the keeper's answers are `reports`, in 64-bit words. */
function listed(...reports: bigint[][]): Page | ProtocolError | undefined {
  const answers = [...reports];
  const ask = (_program: unknown, answer: Answer) => {
    const words = answers.shift();
    if (words === undefined) return;
    const bytes = new Uint8Array(24 + ENTRIES_SIZE);
    bytes.set(new Uint8Array(BigInt64Array.from(words).buffer));
    answer(new DataView(bytes.buffer), []);
  };
  let told: Page | ProtocolError | undefined;
  new Listing("x86_64").list({ ask } as unknown as Sandbox, ".", false, undefined, (page) => {
    told = page;
  });
  return told;
}

/** struct linux_dirent64 of one file named "a": number, next position, length, type, name. */
const entry = [1n, 1n, 24n | 8n << 16n | 0x61n << 24n];
const opened = BigInt(REPORT.entries);

Deno.test("list: an empty directory is an empty page", () => {
  assert.deepEqual(listed([opened, 3n, 0n]), { entries: [] });
});

Deno.test("list: a directory that cannot be read on is an error", () => {
  for (const errno of [E.EIO, E.ENOMEM, E.EINTR]) {
    const told = listed([opened, 3n, 24n, ...entry], [BigInt(REPORT.attributes), BigInt(-errno)]);
    assert.ok(told instanceof ProtocolError, `attributes: ${errno}`);
    assert.ok(listed([opened, 3n, BigInt(-errno)]) instanceof ProtocolError, `entries: ${errno}`);
    assert.ok(listed([opened, BigInt(-errno), BigInt(-E.EBADF)]) instanceof ProtocolError);
  }
});
