// `write_file`, `read_file`, `list_files`, `remove_file` and `reset`: the session's sandbox between
// runs.

import type { CallToolResult } from "@modelcontextprotocol/server";
import * as v from "valibot";
import { decodeBase64, encodeBase64 } from "./base64.ts";
import { imageBounds, imageType } from "./images.ts";
import { closedWorld, texts, type Tool, tool } from "./tool.ts";

/** Most bytes of a file that is read; most entries of a list, and characters of all its paths. */
const bounds = {
  ...{ textBytes: 128 * 1024, bytes: imageBounds.bytes },
  ...{ entries: 1000, pathCharacters: 64 * 1024 },
} as const;

const path = v.pipe(
  v.string(),
  v.description("Path below the sandbox's directory, such as data/a.csv"),
);

/** A result that has a structure: the same as text, for hosts that read only that. */
function structured(value: Record<string, unknown>, note: string | null): CallToolResult {
  return { content: texts(note, JSON.stringify(value)), structuredContent: value };
}

const writeFile = tool({
  name: "write_file",
  title: "Write a file",
  description: "Writes a file of the sandbox, over one that is there, and makes its directories.",
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, ...closedWorld },
  input: v.strictObject({
    path,
    content: v.string(),
    encoding: v.optional(
      v.pipe(v.picklist(["utf8", "base64"]), v.description('Of "content"; utf8 if left out')),
    ),
  }),
  call: async ({ path, content, encoding }, { session, signal }) => {
    const bytes = encoding === "base64" ? decodeBase64(content) : new TextEncoder().encode(content);
    const { note } = await session.use(signal, async (client) => {
      const above = path.split("/").slice(0, -1).join("/");
      if (above !== "") await client.mkdir(above);
      await client.put(path, bytes);
      await session.images.wrote(path, bytes);
    });
    return { content: texts(note, `Wrote ${bytes.length} bytes to ${path}`) };
  },
});

const readFile = tool({
  name: "read_file",
  title: "Read a file",
  description:
    "Reads a file of the sandbox: text as text, an image as an image, anything else as " +
    "base64 in a resource.",
  annotations: { readOnlyHint: true, ...closedWorld },
  input: v.strictObject({ path }),
  call: async ({ path }, { session, signal }) => {
    const { value: bytes, note } = await session.use(signal, (client) => client.get(path));
    const mimeType = imageType(path, bytes);
    const text = textOf(bytes);
    const most = text === null ? bounds.bytes : bounds.textBytes;
    if (bytes.length > most) {
      throw new TypeError(
        `Cannot return "${path}": it has ${bytes.length} bytes, and at most ${most} can be returned; ` +
          "read a part of it with a program",
      );
    }
    if (text !== null) return { content: [...texts(note), { type: "text", text }] };
    const data = encodeBase64(bytes);
    if (mimeType !== null) return { content: [...texts(note), { type: "image", mimeType, data }] };
    const uri = `sandbox:///${path.split("/").map(encodeURIComponent).join("/")}`;
    const resource = { uri, mimeType: "application/octet-stream", blob: data };
    return { content: [...texts(note), { type: "resource", resource }] };
  },
});

function textOf(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

const listFiles = tool({
  name: "list_files",
  title: "List files",
  description: `Lists the files of the sandbox, at most ${bounds.entries}.`,
  annotations: { readOnlyHint: true, ...closedWorld },
  input: v.strictObject({
    path: v.optional(v.pipe(v.string(), v.description("A directory; the sandbox's if left out"))),
    recursive: v.optional(v.pipe(v.boolean(), v.description("Also all that is in directories"))),
  }),
  output: v.object({
    files: v.array(v.object({ path: v.string(), kind: v.string(), size: v.number() })),
    more: v.pipe(v.number(), v.description("Files that are not listed")),
  }),
  call: async ({ path, recursive }, { session, signal }) => {
    const { value, note } = await session.use(
      signal,
      (client) => client.list(path === "." || path === "" ? undefined : path, { recursive }),
    );
    let characters = 0;
    const files = value.slice(0, bounds.entries)
      .filter(({ name }) => (characters += name.length) <= bounds.pathCharacters)
      .map(({ name, kind, size }) => ({ path: name, kind, size }));
    return structured({ files, more: value.length - files.length }, note);
  },
});

const removeFile = tool({
  name: "remove_file",
  title: "Remove a file",
  description: "Removes a file or an empty directory of the sandbox.",
  annotations: {
    readOnlyHint: false,
    destructiveHint: true,
    idempotentHint: true,
    ...closedWorld,
  },
  input: v.strictObject({
    path,
    recursive: v.optional(v.pipe(v.boolean(), v.description("Any directory, with all in it"))),
  }),
  call: async ({ path, recursive }, { session, signal }) => {
    const { note } = await session.use(signal, (client) => client.remove(path, { recursive }));
    return { content: texts(note, `Removed ${path}`) };
  },
});

const reset = tool({
  name: "reset",
  title: "Begin with a new sandbox",
  description: "Throws this session's sandbox away, with all its files, and begins a new one.",
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, ...closedWorld },
  input: v.strictObject({}),
  call: async (_, { session, signal }) => {
    await session.reset(signal);
    return { content: texts("The sandbox is a new one, without files") };
  },
});

/** The tools that need to know nothing of the agent. */
export const fileTools: readonly Tool[] = [writeFile, readFile, listFiles, removeFile, reset];
