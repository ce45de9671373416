import assert from "node:assert/strict";
import { plot } from "./plot.ts";
import { Rows } from "./rows.ts";
import { element, render } from "./svg.ts";

function measured(scale = 1) {
  const rows = new Rows();
  for (rows.round = 0; rows.round < 4; rows.round++) {
    rows.add("ack", [0.2 * scale, 0.9 * scale]);
    rows.add("ack", [0.05, 0.06], "echo");
    rows.add("true", [2, 3]);
    rows.add("true", [1, 1.5], "spawn");
    rows.add("true", [40, 41], "firejail");
    rows.add("stream", [800]); // not a time: not drawn
  }
  return rows.results();
}

/**
 * Fails unless tags nest correctly and every XML special character is part of a tag or an entity.
 */
function assertWellFormed(xml: string): void {
  const open: string[] = [];
  const rest = xml.replaceAll(
    /<(\/?)([a-z]+)((?: [a-zA-Z0-9]+="[^"<>]*")*)(\/?)>/g,
    (_, closing, name, _attributes, alone) => {
      if (closing) assert.equal(open.pop(), name);
      else if (!alone) open.push(name);
      return "";
    },
  );
  assert.deepEqual(open, []);
  assert.ok(!/[<]|&(?!(amp|lt|gt|quot);)/.test(rest), rest);
}

/** All numbers of an attribute. */
function numbers(svg: string, ...names: string[]): number[] {
  const pattern = new RegExp(` (?:${names.join("|")})="([^"]+)"`, "g");
  return [...svg.matchAll(pattern)].map(([, value]) => Number(value));
}

Deno.test("plot: well-formed, whatever the labels say", () => {
  assertWellFormed(plot(measured(), [`a <b> & "c"`]));
  assertWellFormed(render(element("text", { class: `a"<&` }, "<script>&")));
  assert.throws(() => assertWellFormed("<a><b></a></b>"));
  assert.throws(() => assertWellFormed("<a>1 < 2</a>"));
});

Deno.test("plot: the same samples give the same file, other samples only other figures", () => {
  assert.equal(plot(measured(), ["machine"]), plot(measured(), ["machine"]));
  const shape = (svg: string) => svg.replaceAll(/[\d.]+/g, "0").replaceAll("µs", "ms");
  const [one, other] = [measured(), measured(1.1)];
  assert.notEqual(plot(one, []), plot(other, []));
  assert.equal(shape(plot(one, [])), shape(plot(other, [])));
});

Deno.test("plot: all that is drawn lies on the page, and slower lies further right", () => {
  const svg = plot(measured(), ["machine", "run"]);
  const [width] = numbers(svg, "width");
  const [height] = numbers(svg, "height");
  assert.ok(numbers(svg, "x", "x1", "x2", "cx").every((x) => x >= 0 && x <= width));
  assert.ok(numbers(svg, "y", "y1", "y2", "cy").every((y) => y >= 0 && y <= height));
  const dots = numbers(svg, "cx"); // ack, its echo; true, posix_spawn, firejail
  assert.equal(dots.length, 5);
  assert.ok(dots[1] < dots[0] && dots[0] < dots[3] && dots[3] < dots[2] && dots[2] < dots[4]);
});

Deno.test("plot: ratios and targets are said in words; rates are not drawn", () => {
  const svg = plot(measured(), []);
  assert.match(svg, />10 x</); // ACK: 0.55 beside 0.055
  assert.match(svg, /class="missed">≤ 2 x: missed</);
  assert.match(svg, /class="missed">≤ 1\.5 x: missed</);
  assert.match(plot(measured(0.1), []), /class="reached">≤ 2 x: reached</);
  assert.ok(!svg.includes("streamed"));
});

Deno.test("plot: two targets for one peer stand below each other", () => {
  const rows = new Rows();
  rows.add("start", [30]);
  rows.add("start", [15], "empty");
  rows.add("start", [15], "greet"); // not its peer, but the next line
  const svg = plot(rows.results(), []);
  const heights = (content: string) =>
    [...svg.matchAll(/<text x="[^"]+" y="([^"]+)"[^>]*>([^<]*)/g)].flatMap(([, y, text]) =>
      text.includes(content) ? [y] : []
    );
  const lines = [...heights(": missed"), ...heights(": reached"), ...heights("accept")];
  assert.equal(new Set(lines).size, 3, lines.join());
});
