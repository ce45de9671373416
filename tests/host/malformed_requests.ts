// HTTP requests that are wrong in every way that a generator with a seed can think of, as bytes.

import { valid } from "./valid_run.ts";

const encoder = new TextEncoder();

/** Makes requests. */
export class MalformedRequests {
  constructor(readonly random: () => number) {}

  /** One request, and what is wrong with it. */
  next(): { readonly kind: string; readonly bytes: Uint8Array } {
    const kinds = {
      json: () => this.#post("application/json", this.#mangled(encoder.encode(valid()))),
      types: () => this.#post("application/json", encoder.encode(this.#wrongTypes())),
      numbers: () => this.#post("application/json", encoder.encode(this.#hugeNumbers())),
      headers: () => this.#badHeaders(),
      form: () => this.#badForm(),
      address: () => this.#badAddress(),
      noise: () => this.#noise(1 + this.#below(300)),
    };
    const kind = this.#one(Object.keys(kinds) as (keyof typeof kinds)[]);
    return { kind, bytes: kinds[kind]() };
  }

  #below(end: number): number {
    return Math.floor(this.random() * end);
  }

  #one<Value>(values: readonly Value[]): Value {
    return values[this.#below(values.length)];
  }

  #noise(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.#below(256));
  }

  /** Cut off, with bytes changed, put in, or taken out. */
  #mangled(bytes: Uint8Array): Uint8Array {
    let mangled = [...bytes];
    for (let count = 1 + this.#below(4); count > 0; count--) {
      const at = this.#below(mangled.length);
      const how = this.#below(4);
      if (how === 0) mangled = mangled.slice(0, at);
      else if (how === 1) mangled[at] = this.#below(256);
      else if (how === 2) mangled.splice(at, 1 + this.#below(5));
      else mangled.splice(at, 0, this.#below(256));
    }
    return Uint8Array.from(mangled);
  }

  #junk(depth = 0): unknown {
    const deeper = () => depth > 2 ? null : this.#junk(depth + 1);
    const name = () => this.#one(["base64", "__proto__", "path", "cpu_ms", "", "constructor"]);
    const simple = [
      null,
      true,
      0,
      -1,
      1.5,
      "",
      "x",
      "\0",
      "\ud800",
      "../..",
      "/",
      "a".repeat(5000),
    ];
    const many = [[], [deeper()], Array(70).fill("a"), { [name()]: deeper() }, {}];
    return this.#one([...simple, ...many]);
  }

  /** A request with some fields that are something else, or that are none. */
  #wrongTypes(): string {
    const request = JSON.parse(valid());
    const names = [...Object.keys(request), "colour", "__proto__", "entry", "cwd", "profile", "id"];
    for (let count = 1 + this.#below(3); count > 0; count--) {
      const value = this.#junk();
      Object.defineProperty(request, this.#one(names), {
        ...{ value, enumerable: true, configurable: true },
      });
    }
    return JSON.stringify(request);
  }

  #hugeNumbers(): string {
    const number = this.#one([
      "1e308",
      "1e999",
      "-1",
      "9007199254740993",
      "0.1",
      "-0",
      "1e-9",
      "00",
    ]);
    const fields = ["timeout_ms", "wait_ms", "cpu_ms", "memory_bytes", "processes", "mode"];
    const field = new RegExp(`"${this.#one(fields)}":\\d+`);
    if (this.#below(4) > 0) {
      return valid().replace(field, (text) => `${text.split(":")[0]}:${number}`);
    }
    const depth = 1 + this.#below(20_000);
    return `${this.#one(["[", '{"a":'])}`.repeat(depth);
  }

  #badHeaders(): Uint8Array {
    const body = valid();
    const header = this.#one([
      "Content-Length: abc",
      "Content-Length: -1",
      `Content-Length: ${body.length + 1}`,
      "Content-Length: 99999999999999999999",
      "Content-Length: 99999999",
      "Content-Length: 3\r\nContent-Length: 4",
      "Transfer-Encoding: chunked",
      "Transfer-Encoding: chunked\r\nContent-Length: 3",
      "Transfer-Encoding: gzip",
      `X-Long: ${"x".repeat(20_000)}`,
      "No colon",
      ": no name",
      "Bad name: x",
      "X: \0",
      "X: \u00ff\u0001",
      "Expect: magic",
      "Upgrade: websocket\r\nConnection: Upgrade",
      "Connection: keep-alive, Upgrade\r\nUpgrade: h2c\r\nHTTP2-Settings: x",
      "Content-Type: application/json; charset=nonsense",
      "Content-Type: \u00e9",
      "Content-Encoding: gzip\r\nContent-Type: application/json",
      "Accept: text/event-stream, text/event-stream;q=x",
      "Authorization: Bearer \u0001",
      "traceparent: 00-zz-yy-01",
      "Cookie: " + "a=b; ".repeat(500),
    ]);
    const host = this.#one([
      "Host: h",
      "Host: h",
      "Host:",
      "Host: [",
      "Host: a\r\nHost: b",
      "X: y",
    ]);
    const version = this.#one([
      "HTTP/1.1",
      "HTTP/1.1",
      "HTTP/1.0",
      "HTTP/2.0",
      "HTTP/9.9",
      "HTTQ/1.1",
    ]);
    const end = this.#one(["\r\n", "\r\n", "\n", "\r"]);
    const head = ["POST /v1/runs " + version, host, "Connection: close", header].join("\r\n");
    return encoder.encode(`${head}${end}${end}${body}`);
  }

  #badForm(): Uint8Array {
    const file = '--x\r\nContent-Disposition: form-data; name="a"; filename="b"\r\n\r\n1\r\n';
    const run = `--x\r\nContent-Disposition: form-data; name="run"\r\n\r\n${valid()}\r\n`;
    const whole = [
      run + file,
      file,
      run + run,
      run + file.replace('"a"', '"../a"'),
      run.repeat(70),
    ];
    const form = encoder.encode(`${this.#one(whole)}--x--\r\n`);
    const type = this.#one([
      "boundary=x",
      "boundary=x",
      "boundary=y",
      "boundary=",
      "",
      'boundary="x',
    ]);
    const body = this.#below(2) === 0 ? form : this.#mangled(form);
    return this.#post(`multipart/form-data; ${type}`, body);
  }

  #badAddress(): Uint8Array {
    const method = this.#one([
      "GET",
      "PUT",
      "PATCH",
      "OPTIONS",
      "TRACE",
      "CONNECT",
      "DELETE",
      "BREW",
    ]);
    const path = this.#one([
      ...["/v1/runs", "/v1/runs/", "/v1/runs/%2e%2e", "/v1/runs/%zz", "/v1/machines/1", "//", "*"],
      ...["/v1/../metrics", "http://[/", "/?%", "/v1/runs/a/b", "", "x", `/${"a".repeat(9000)}`],
      ...["/v1/runs/" + "%ff".repeat(30), "/\u00e9", "/v1/languages?x=<script>"],
    ]);
    return encoder.encode(`${method} ${path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n`);
  }

  #post(type: string, body: Uint8Array): Uint8Array {
    const length = `Content-Length: ${body.length}`;
    const lines = ["POST /v1/runs HTTP/1.1", "Host: h", "Connection: close", length];
    const head = encoder.encode(`${lines.join("\r\n")}\r\nContent-Type: ${type}\r\n\r\n`);
    return Uint8Array.from([...head, ...body]);
  }
}
