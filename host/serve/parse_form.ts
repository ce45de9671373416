// The parts of a multipart/form-data body (RFC 7578, RFC 2046 section 5.1), strictly: a part that is
// not understood is refused, and their number is bounded before anything is made of them.
//
// The parser of `Response.formData` makes objects of all parts first, and 16 MiB hold half a million.

import { Buffer } from "node:buffer";
import { refusal } from "./checked.ts";

/** A part. */
export interface Part {
  readonly name: string;
  /** A view of the body. */
  readonly bytes: Uint8Array;
}

/** Most parts of a form. */
const MANY_PARTS = 65;
/** Most bytes of a part's own headers. */
const HEAD_BYTES = 4096;

/** RFC 2046's characters of a boundary; a space needs quotes. */
const boundaryOf =
  /;\s*boundary=(?:"([\w'()+,./:=? -]{0,69}[\w'()+,./:=?-])"|([\w'()+,./:=?-]{1,70}))\s*(?:;|$)/i;

/** @throws Problem "bad_request" */
export function parseForm(contentType: string, body: Uint8Array): Part[] {
  const [, quoted, plain] = boundaryOf.exec(contentType) ?? [];
  const boundary = quoted ?? plain;
  if (boundary === undefined) throw refusal('must be sent with its "boundary"');
  // One character for each byte: strings are searched by the engine itself.
  const text = Buffer.from(body.buffer, body.byteOffset, body.length).toString("latin1");
  if (!text.startsWith(`--${boundary}`)) throw refusal("must begin with the form's boundary");
  const parts: Part[] = [];
  const names = new Set<string>();
  let at = boundary.length + 2;
  while (!text.startsWith("--", at)) {
    if (!text.startsWith("\r\n", at)) throw refusal("has a boundary without the end of its line");
    if (parts.length === MANY_PARTS) throw refusal(`must have at most ${MANY_PARTS} parts`);
    const start = at + 2;
    const head = text.slice(start, start + HEAD_BYTES);
    const length = head.indexOf("\r\n\r\n");
    if (length < 0) throw refusal(`has a part without headers that end within ${HEAD_BYTES} bytes`);
    const name = nameOf(body.subarray(start, start + length));
    if (names.has(name)) throw refusal("has two parts of one name");
    names.add(name);
    const from = start + length + 4;
    // The line break before a boundary belongs to it, and so may be that which ends the headers.
    const end = text.indexOf(`\r\n--${boundary}`, from - 2);
    if (end < 0) throw refusal("ends within a part");
    parts.push({ name, bytes: body.subarray(from, Math.max(from, end)) });
    at = end + boundary.length + 4;
  }
  return parts;
}

const disposition =
  /^form-data\s*;\s*name="([^"\r\n]*)"(?:\s*;\s*filename\*?=(?:"[^"\r\n]*"|[^\s;"]+))*\s*$/i;

/** The name in a part's headers. Its file's name and type mean nothing here. */
function nameOf(head: Uint8Array): string {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(head);
  } catch {
    throw refusal("has a part whose headers are not UTF-8");
  }
  let name: string | undefined;
  for (const line of text.split("\r\n")) {
    const [, field, value] = /^([\w-]+):[ \t]*([^\r\n]*)$/.exec(line) ?? [];
    if (field === undefined) throw refusal("has a part with a header that is none");
    switch (field.toLowerCase()) {
      case "content-disposition":
        if (name !== undefined) throw refusal("has a part with two names");
        name = disposition.exec(value)?.[1];
        if (name === undefined) throw refusal("has a part whose name is not understood");
        break;
      case "content-transfer-encoding":
        if (!/^(7bit|8bit|binary)\s*$/i.test(value)) throw refusal("has a part that is encoded");
    }
  }
  if (name === undefined) throw refusal("has a part without a name");
  return name;
}
