// SHA-256 as hexadecimal text: for manifests, build ids and cache keys.

/** SHA-256 of bytes or of text (as UTF-8), 64 hexadecimal digits. */
export async function sha256(content: Uint8Array<ArrayBuffer> | string): Promise<string> {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

/** SHA-256 over several named parts, independent of the order they come in. */
export async function sha256OfParts(parts: ReadonlyMap<string, string>): Promise<string> {
  const lines = [...parts].sort(([a], [b]) => a < b ? -1 : 1).map(([name, hash]) =>
    `${hash}  ${name}\n`
  );
  return await sha256(lines.join(""));
}
