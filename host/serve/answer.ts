// What is answered to a request: plain values, since each web `Request` and `Response` costs a run
// more time than all its checks do.

/** An answer. */
export interface Answer {
  readonly status: number;
  /** With names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The whole body, or its pieces as they come. */
  readonly body: string | AsyncIterable<string>;
}

/** 200 with JSON. */
export function jsonAnswer(value: unknown): Answer {
  const headers = { "content-type": "application/json" };
  return { status: 200, headers, body: JSON.stringify(value) };
}

/** 200 with text. */
export function textAnswer(body: string): Answer {
  const headers = { "content-type": "text/plain; version=0.0.4; charset=utf-8" };
  return { status: 200, headers, body };
}
