// What an attacker may send as a request's body, as rows: forms and JSON.

import { type Attack, bytesOf, head } from "./http_attacks.ts";

const run = JSON.stringify({ language: "sh", code: ":" });

/** Attacks, for the holder of this token, who may run for at most 1000 ms. */
export function bodyAttacks(token: string): Attack[] {
  const post = (type: string, body: Uint8Array) => {
    const length = `Content-Length: ${body.length}`;
    const as = `Authorization: Bearer ${token}`;
    const first = bytesOf(head("POST /v1/runs", as, `Content-Type: ${type}`, length));
    const bytes = new Uint8Array(first.length + body.length);
    bytes.set(first);
    bytes.set(body, first.length);
    return bytes;
  };
  const row = (name: string, bytes: Uint8Array, status: number, says?: RegExp): Attack => (
    { name, bytes, status, ...says === undefined ? {} : { says } }
  );
  const json = (name: string, text: string | Uint8Array, status: number, says?: RegExp) =>
    row(
      name,
      post("application/json", typeof text === "string" ? bytesOf(text) : text),
      status,
      says,
    );
  const more = (field: string, status = 400, says?: RegExp) =>
    json(field.slice(0, 60), `${run.slice(0, -1)},${field}}`, status, says);
  const form = (name: string, text: string, status: number, says?: RegExp, type = "boundary=x") =>
    row(name, post(`multipart/form-data; ${type}`, bytesOf(text)), status, says);
  return [...formAttacks(form), ...jsonAttacks(json, more)];
}

type Row<Rest extends unknown[]> = (
  name: string,
  text: string,
  status: number,
  says?: RegExp,
  ...rest: Rest
) => Attack;

const part = (name: string, content: string, fields = "") =>
  `--x\r\nContent-Disposition: form-data; name="${name}"${fields}\r\n\r\n${content}\r\n`;
const runPart = part("run", run);
const end = "--x--\r\n";

function formAttacks(form: Row<[type?: string]>): Attack[] {
  const many = (count: number) =>
    Array.from({ length: count }, (_, at) => part(`${at}`, "")).join("");
  const named = (name: string, status: number) =>
    form(`a file named ${name}`, part(name, "1") + runPart + end, status);
  return [
    form("100,000 parts", many(100_000) + runPart + end, 400, /at most 65 parts/),
    form("66 parts", many(65) + runPart + end, 400, /at most 65 parts/),
    form("two runs", runPart + runPart + end, 400, /one name/),
    form("two files of one name", part("a", "1") + part("a", "2") + runPart + end, 400, /one name/),
    form("no run", part("a", "1") + end, 400, /part \\"run\\"/),
    form("no parts", end, 400, /part \\"run\\"/),
    form("nothing", "", 400, /begin/),
    form("text before the first part", `text\r\n${runPart}${end}`, 400, /begin/),
    form("no end", runPart, 400, /end/),
    form("an end within a part", runPart.slice(0, -2), 400, /ends within/),
    form(
      "a part without a name",
      `--x\r\nX: y\r\n\r\n1\r\n${runPart}${end}`,
      400,
      /without a name/,
    ),
    form("a part without headers", `--x\r\n\r\n1\r\n${runPart}${end}`, 400, /header/),
    form(
      "a part with two names",
      part("a", "").replace("\r\n\r\n", '\r\nContent-Disposition: form-data; name="run"\r\n\r\n') +
        end,
      400,
      /two names/,
    ),
    form("a name without quotes", runPart.replace('"run"', "run") + end, 400, /not understood/),
    form(
      "a name that ends its quotes",
      part('a\\"; name=\\"run', run) + end,
      400,
      /not understood/,
    ),
    form("headers without end", `--x\r\n${"X: y\r\n".repeat(10_000)}${runPart}${end}`, 400, /4096/),
    form("a header that is none", runPart.replace("\r\n\r\n", "\r\nno colon\r\n\r\n") + end, 400),
    form(
      "a part in base64",
      runPart.replace("\r\n\r\n", "\r\nContent-Transfer-Encoding: base64\r\n\r\n") + end,
      400,
      /encoded/,
    ),
    form("no boundary", runPart + end, 400, /boundary/, ""),
    form("an empty boundary", runPart + end, 400, /boundary/, "boundary="),
    form("another boundary", runPart + end, 400, /begin/, "boundary=y"),
    form("a long boundary", runPart + end, 400, /boundary/, `boundary=${"x".repeat(71)}`),
    form("a boundary with quotes left open", runPart + end, 400, /boundary/, 'boundary="x'),
    form("a boundary of a regular expression", "--.*\r\n", 400, /boundary/, "boundary=.*"),
    ...["../x", "/etc/passwd", "a/../b", "a//b", ".", "", "a/", "~/..", "\0"].map((name) =>
      named(name, 400)
    ),
    // On this system they are names like any other.
    ...["__proto__", "a%00b", "%2e%2e"].map((name) => named(name, 200)),
    form("a file's own name means nothing", part("run", run, '; filename="../../x"') + end, 200),
  ];
}

function jsonAttacks(
  json: (name: string, text: string | Uint8Array, status: number, says?: RegExp) => Attack,
  more: (field: string, status?: number, says?: RegExp) => Attack,
): Attack[] {
  const broken = (name: string, ...bytes: number[]) =>
    json(
      name,
      Uint8Array.from([
        ...bytesOf('{"language":"sh","code":"'),
        ...bytes,
        ...bytesOf('"}'),
      ]),
      400,
      /UTF-8/,
    );
  return [
    json("deep arrays", "[".repeat(2_000_000), 400, /deep/),
    json("deep objects", '{"a":'.repeat(1_000_000), 400, /deep/),
    json("deep where text is due", `{"language":${"[".repeat(17)}${"]".repeat(17)}}`, 400, /deep/),
    json("many values", `{"args":[${'"a",'.repeat(500_000)}"a"]}`, 400, /commas/),
    json(
      "many names",
      `{${Array.from({ length: 100_000 }, (_, at) => `"k${at}":1`)}}`,
      400,
      /commas/,
    ),
    json(
      "a string of brackets and commas is one",
      JSON.stringify({ language: "sh", code: `#${"[,".repeat(20_000)}` }),
      200,
    ),
    json("a name twice: the last counts", '{"language":"cobol","code":":","language":"sh"}', 200),
    json(
      "a name twice, and the last is none",
      '{"language":"sh","code":":","language":"cobol"}',
      400,
    ),
    more('"__proto__":{"language":"sh"}', 400, /not a field/),
    more('"constructor":{"prototype":{}}', 400, /not a field/),
    more('"toString":"x"', 400, /not a field/),
    more('"limits":{"__proto__":{"cpu_ms":1}}', 400, /not a field/),
    more('"stdin":{"base64":"","__proto__":{}}', 400),
    more('"env":{"__proto__":"x","constructor":"y"}', 200),
    json("only a prototype", '{"__proto__":{"language":"sh","code":":"}}', 400),
    // Numbers that are none of a limit.
    ...["-1", "0", "1.5", "1e309", "-1e309", '"5"', "true", "null", "[5]", "{}", "9007199254740993"]
      .flatMap((number) => [
        more(`"timeout_ms":${number}`, 400, /timeout_ms/),
        more(`"wait_ms":${number}`, 400, /wait_ms/),
        more(`"limits":{"memory_bytes":${number}}`, 400, /memory_bytes/),
      ]),
    ...["NaN", "Infinity", "0x10", "01", "1_000", "+1"].map((number) =>
      more(`"timeout_ms":${number}`, 400, /JSON/)
    ),
    more('"timeout_ms":1001', 403, /over_limit/),
    more('"timeout_ms":9007199254740991', 403, /over_limit/),
    more('"timeout_ms":1e3', 200),
    broken("bytes that are no UTF-8", 0xff, 0xfe),
    broken("a slash in two bytes", 0xc0, 0xaf),
    broken("a surrogate in UTF-8", 0xed, 0xa0, 0x80),
    broken("half a character", 0xe2, 0x82),
    json("half a pair, escaped", '{"language":"sh","code":"\\ud800"}', 400, /Unicode/),
    json("a byte order mark", `\ufeff${run}`, 400, /JSON/),
    json("a NUL after the end", `${run}\0`, 400, /JSON/),
    json("two values", run + run, 400, /JSON/),
    // What is quoted is short, escaped, and nobody's terminal.
    json(
      "a language of escapes",
      '{"language":"\\u001b[31m\\n\\u009b2J","code":""}',
      400,
      /^[\r\n -~…]*$/,
    ),
    json("a long field", JSON.stringify({ ["x".repeat(100_000)]: 1 }), 400, /^[^]{0,600}$/),
    more('"id":"a\\nb"', 400, /"field":"id"/),
    more('"id":"../x"', 400, /"field":"id"/),
    more('"get":["../../etc/passwd"]', 400, /forbidden_path/),
    more('"cwd":"/etc"', 400),
  ];
}
