// Durations and sizes, as a person writes and reads them.
//
// Inside the program they are milliseconds and bytes; only the command line speaks otherwise.

const durationUnits: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const sizeUnits = ["", "K", "M", "G"];

/**
 * "500ms", "5s", "2m" or "1h", as milliseconds.
 *
 * @throws {TypeError} if it is none of these. A number alone could be seconds or milliseconds.
 */
export function parseDuration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text);
  if (match === null) {
    const unit = /^\d+(\.\d+)?$/.test(text)
      ? `it has no unit; say "${text}s" or "${text}ms"`
      : 'it must be like "500ms", "5s" or "2m"';
    throw new TypeError(`Cannot read duration "${text}": ${unit}`);
  }
  return Math.round(Number(match[1]) * durationUnits[match[2]]);
}

/**
 * "512B", "64K", "64M" or "1GiB", in powers of 1024, as bytes.
 *
 * @throws {TypeError} if it is none of these. A number alone could be bytes or mebibytes.
 */
export function parseSize(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(?:([KMG])(?:i?B)?|B)$/i.exec(text);
  if (match === null) {
    const unit = /^\d+(\.\d+)?$/.test(text)
      ? `it has no unit; say "${text}B", "${text}K" or "${text}M"`
      : 'it must be like "512B", "64K" or "1G"';
    throw new TypeError(`Cannot read size "${text}": ${unit}`);
  }
  return Math.round(Number(match[1]) * 1024 ** sizeUnits.indexOf((match[2] ?? "").toUpperCase()));
}

/**
 * A whole number.
 *
 * @throws {TypeError} if it is none.
 */
export function parseCount(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new TypeError(`Cannot read number "${text}": it must be digits`);
}

/** Milliseconds for a person: "0.42 ms", "23.1 ms", "1.52 s". */
export function formatDuration(ms: number): string {
  if (ms >= 1000) return `${(ms / 1000).toFixed(2)} s`;
  return `${ms.toFixed(ms < 10 ? 2 : 1)} ms`;
}

/** Bytes for a person: "512 B", "9.3 MiB". */
export function formatSize(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB"];
  let unit = 0;
  let value = bytes;
  for (; value >= 1024 && unit < units.length - 1; unit++) value /= 1024;
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}
