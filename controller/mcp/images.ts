// Which images a run wrote: PNG, JPEG and SVG files that are new or changed, within bounds.
//
// Files are a stranger's. A name alone makes no image, since hosts refuse a whole answer for one
// that is none; and what is too large or too much is named, not fetched.

import type { FileEntry } from "../../protocol/protocol.ts";
import { type Client, RequestError } from "../client.ts";

/** An image of the sandbox directory. */
export interface Image {
  /** Its path in the sandbox directory. */
  readonly path: string;
  /** "image/png", "image/jpeg" or "image/svg+xml". */
  readonly mimeType: string;
  /** The file. */
  readonly bytes: Uint8Array;
}

/** The images of a run. */
export interface Images {
  readonly images: readonly Image[];
  /** Why some are not among them, for a person; empty if all are. */
  readonly notes: readonly string[];
}

/**
 * Most images of one answer, most bytes of one and of all that are fetched after one run, and most
 * files that are fetched then: a run can write many that are none.
 */
export const imageBounds = {
  ...{ count: 8, files: 64 },
  ...{ bytes: 1024 * 1024, allBytes: 8 * 1024 * 1024 },
} as const;

/** What an image file begins with, by the end of its name. */
const kinds: readonly { ends: RegExp; mimeType: string; begins: (bytes: Uint8Array) => boolean }[] =
  [
    {
      ends: /\.png$/i,
      mimeType: "image/png",
      begins: startsWith([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    },
    { ends: /\.jpe?g$/i, mimeType: "image/jpeg", begins: startsWith([0xff, 0xd8, 0xff]) },
    { ends: /\.svg$/i, mimeType: "image/svg+xml", begins: isSvg },
  ];

/** The type of an image by its name and its first bytes; null if it is none. */
export function imageType(path: string, bytes: Uint8Array): string | null {
  const kind = kinds.find(({ ends }) => ends.test(path));
  return kind?.begins(bytes) ? kind.mimeType : null;
}

/** Remembers the images of a sandbox, so that each is shown when it is new or has changed. */
export class ImageWatch {
  /** Digest or, where it was too large to fetch, size of each, by path. */
  readonly #seen = new Map<string, string>();

  /** The sandbox is a new one. */
  forget(): void {
    this.#seen.clear();
  }

  /** A file was written by a call, so it is no run's. */
  async wrote(path: string, bytes: Uint8Array): Promise<void> {
    if (imageType(path, bytes) !== null) this.#seen.set(path, await digest(bytes));
  }

  /** The images that are new or have changed since the last call. */
  async collect(client: Pick<Client, "list" | "get">): Promise<Images> {
    const images: Image[] = [];
    const notes: string[] = [];
    let [fetched, looked] = [0, 0];
    // What the agent refuses is no reason to lose the run's result.
    const refused = (what: string) => (error: unknown) => {
      if (!(error instanceof RequestError)) throw error;
      notes.push(`${what}: ${error.message}`);
      return null;
    };
    const files = await client.list(undefined, { recursive: true })
      .catch(refused("Images are not shown"));
    for (const { name: path, size } of files?.filter(isCandidate) ?? []) {
      if (size > imageBounds.bytes || fetched + size > imageBounds.allBytes) {
        if (this.#isNew(path, `size ${size}`)) notes.push(`${path} is not shown: ${size} bytes`);
        continue;
      }
      if (++looked > imageBounds.files) {
        notes.push(`${path} is not shown: ${imageBounds.files} files were looked at`);
        continue;
      }
      const bytes = await client.get(path).catch(refused(`${path} is not shown`));
      if (bytes === null) continue;
      fetched += bytes.length; // a broken agent may say another size before
      if (bytes.length > imageBounds.bytes) {
        notes.push(`${path} is not shown: ${bytes.length} bytes`);
        continue;
      }
      const mimeType = imageType(path, bytes);
      if (mimeType === null || !this.#isNew(path, await digest(bytes))) continue;
      if (images.length < imageBounds.count) images.push({ path, mimeType, bytes });
      else notes.push(`${path} is not shown: an answer has at most ${imageBounds.count} images`);
    }
    return { images, notes: shortened(notes) };
  }

  #isNew(path: string, state: string): boolean {
    if (this.#seen.get(path) === state) return false;
    this.#seen.set(path, state);
    return true;
  }
}

function isCandidate({ name, kind, escaped, size }: FileEntry): boolean {
  return kind === "file" && !escaped && size > 0 && kinds.some(({ ends }) => ends.test(name));
}

function shortened(notes: readonly string[]): string[] {
  const more = notes.length - imageBounds.count;
  return more <= 0
    ? [...notes]
    : [...notes.slice(0, imageBounds.count), `${more} more are not shown`];
}

function startsWith(magic: readonly number[]): (bytes: Uint8Array) => boolean {
  return (bytes) => magic.every((byte, i) => bytes[i] === byte);
}

/** Whether the first element is `svg`. It reads each character once: a stranger wrote them. */
function isSvg(bytes: Uint8Array): boolean {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return false;
  }
  for (let at = 0;;) {
    while (/\s/.test(text.charAt(at))) at++;
    const begin = ["<?", "<!--", "<!"].find((one) => text.startsWith(one, at));
    if (begin === undefined) return /^<svg[\s/>]/i.test(text.slice(at, at + 5));
    const close = begin === "<!--" ? "-->" : ">";
    const closed = text.indexOf(close, at + begin.length);
    if (closed < 0) return false;
    at = closed + close.length;
  }
}

async function digest(bytes: Uint8Array): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>);
  return btoa(String.fromCharCode(...new Uint8Array(hash)));
}
