// What an attacker may send in place of a request, as rows: bytes, and the one answer that they may
// have. This file has what lies below the body: framing, headers, methods, addresses and tokens.

const encoder = new TextEncoder();

/** One attack. */
export interface Attack {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Of the only answer; 0 where the connection must end without one. */
  readonly status: number;
  /** What the answer must say. */
  readonly says?: RegExp;
}

/** Text as bytes. */
export const bytesOf = (text: string): Uint8Array => encoder.encode(text);

/** A request's first lines. The connection ends with its answer. */
export const head = (first: string, ...fields: string[]) =>
  [`${first} HTTP/1.1`, "Host: h", "Connection: close", ...fields].join("\r\n") + "\r\n\r\n";

const second = "GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n";
const chunked = "Transfer-Encoding: chunked";

/** Attacks, for the holder of this token. */
export function httpAttacks(token: string, sha256: string): Attack[] {
  const as = `Authorization: Bearer ${token}`;
  const json = "Content-Type: application/json";
  const post = (...fields: string[]) => head("POST /v1/runs", as, json, ...fields);
  const row = (name: string, text: string, status: number, says?: RegExp): Attack => (
    { name, bytes: bytesOf(text), status, ...says === undefined ? {} : { says } }
  );
  const get = (address: string, status: number) =>
    row(`the address ${address.slice(0, 40)}`, head(`GET ${address}`, as), status);
  const unknown = (field: string) =>
    row(field.slice(0, 60), head("GET /v1/machines", field), 401, /unauthorized/);
  return [
    // Two lengths, of which a proxy before the service may believe the other.
    row("a length and chunks", post("Content-Length: 4", chunked) + `0\r\n\r\n${second}`, 400),
    row("chunks and a length", post(chunked, "Content-Length: 4") + `0\r\n\r\n${second}`, 400),
    row("two encodings", post(chunked, "Transfer-Encoding: identity") + `0\r\n\r\n${second}`, 400),
    row("an encoding that is none", post("Transfer-Encoding: xchunked") + second, 400),
    row("a space before the colon", post("Transfer-Encoding : chunked") + second, 400),
    row("a field on two lines", post("X: a\r\n b", "Content-Length: 2") + "{}", 400),
    row("two lengths", post("Content-Length: 2", "Content-Length: 30") + "{}" + second, 400),
    ...["+2", "-2", "0x2", "2, 2", "2 2", "", "1e1", "99999999999999999999", "NaN"].map((length) =>
      row(`a length of "${length}"`, post(`Content-Length: ${length}`) + "{}", 400)
    ),
    row("lines without CR", head("POST /v1/runs").replaceAll("\r", ""), 400),
    row("CR without LF", head("POST /v1/runs", "X: a\rGET / HTTP/1.1"), 400),
    row("a NUL in a field", head("GET /healthz", "X: a\0b"), 400),
    ...["-1", "ffffffffffffffffff", "g", "2 ", ""].map((size) =>
      row(`a chunk of "${size}"`, `${post(chunked)}${size}\r\n{}\r\n0\r\n\r\n`, 400)
    ),
    row("chunks without CR", `${post(chunked)}2\n{}\n0\n\n`, 400),
    row(
      "trailers without end",
      `${post(chunked)}2\r\n{}\r\n0\r\n${"X: y\r\n".repeat(50_000)}`,
      431,
    ),
    row("a chunk's long extension", `${post(chunked)}2;${"a".repeat(1e6)}\r\n{}\r\n0\r\n\r\n`, 400),
    row("a body shorter than said", post("Content-Length: 5000") + "{", 408, /did not come/),
    row("a body longer than said", post("Content-Length: 2") + "{}" + second.repeat(50), 400),
    row("a body of a GET", head("GET /healthz", `Content-Length: ${second.length}`) + second, 200),
    row("a huge length", post("Content-Length: 99999999"), 413, /too_large/),
    row("a packed body", post("Content-Encoding: gzip", "Content-Length: 4") + "\x1f\x08..", 400),
    // Promises and versions.
    row("an expectation that is none", post("Expect: magic", "Content-Length: 2") + "{}", 417),
    row("HTTP/0.9", "GET /v1/machines\r\n\r\n", 400),
    row("HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
    row("TLS", "\x16\x03\x01\x02\0\x01\0", 400),
    row("an upgrade", head("GET /healthz", "Upgrade: h2c", "Connection: Upgrade"), 200),
    row("nothing", "", 408),
    row("line breaks only", "\r\n".repeat(5000), 408),
    row("half a header", "GET /healthz HTTP/1.1\r\nHost: h\r\nX: a", 408),
    // Fields that come twice, too long or too often.
    row(
      "two tokens",
      head("GET /v1/machines", as, "Authorization: Bearer x"),
      400,
      /authorization/,
    ),
    row("two types", post("Content-Type: text/plain", "Content-Length: 2") + "{}", 400, /type/),
    row("two hosts", head("GET /healthz", "Host: other"), 400, /host/),
    row("no host", "GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n", 400),
    row("a long field", head("GET /healthz", `X: ${"x".repeat(20_000)}`), 431),
    row("many fields", head("GET /healthz", ...Array(129).fill("a: b")), 400, /128/),
    row("more fields than node keeps", head("GET /healthz", ...Array(6000).fill("a: b")), 400),
    row("a long address", head(`GET /${"a".repeat(20_000)}`), 431),
    row(
      "a broken trace",
      head("GET /healthz", "traceparent: 00-zz-01", "tracestate: =,="),
      200,
    ),
    // Methods.
    row("OPTIONS", head("OPTIONS /v1/runs"), 405, /\r\nallow: POST\r\n/i),
    row("OPTIONS of all", head("OPTIONS *"), 404),
    row(
      "TRACE, which would tell cookies",
      head("TRACE /v1/runs", "Cookie: secret"),
      405,
      /^(?!.*secret)/s,
    ),
    row("CONNECT", head("CONNECT h:80"), 405),
    row("HEAD has no body", head("HEAD /healthz"), 200, /content-length: 3\r\n[^]*\r\n\r\n$/i),
    row("a method that is none", head("GETS /healthz"), 400),
    // Addresses: none is decoded, and no dots are resolved.
    ...["/v1/../healthz", "/./healthz", "//healthz", "/healthz/", "/%68ealthz", "/healthz%00"]
      .map((address) => get(address, 404)),
    ...["/healthz;a=b", "/HEALTHZ", "/v1\\machines", "file:///etc/passwd", "/__proto__"]
      .map((address) => get(address, 404)),
    ...["/v1/runs/%2e%2e", "/v1/runs/__proto__", "/v1/runs/constructor"]
      .map((address) => get(address, 405)),
    ...["/healthz?%zz", "/healthz?a=%00", "http://other/healthz"].map((address) =>
      get(address, 200)
    ),
    row("no slash", head("GET healthz"), 400),
    ...["__proto__", "constructor", "%00", "a%2f..%2fb", "a".repeat(9000)].map((id) =>
      row(`a cancel of ${id.slice(0, 20)}`, head(`DELETE /v1/runs/${id}`, as), 404, /^[^]{0,500}$/)
    ),
    // Tokens.
    unknown("X: no token"),
    unknown(`Authorization: Bearer ${token}x`),
    unknown(`Authorization: Bearer ${token.slice(0, -1)}`),
    unknown(`Authorization: Bearer ${token.toUpperCase()}`),
    unknown(`Authorization: Bearer ${sha256}`),
    unknown(`Authorization: Bearer ${token} ${token}`),
    unknown(`Authorization: Bearer ${token}, Bearer ${token}`),
    unknown(`Authorization: Basic ${btoa(`ann:${token}`)}`),
    unknown(`Authorization: Bearer${" ".repeat(12_000)}`),
    unknown(`Cookie: authorization=Bearer ${token}`),
    row("a token in the address", head(`GET /v1/machines?access_token=${token}`), 401),
    row("a token at an open route says nothing", head("GET /healthz", "Authorization: x"), 200),
  ];
}
