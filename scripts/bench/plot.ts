// The plot for the README: times on one logarithmic axis, Sallyport beside its peers, with ratios
// and targets.
//
// It uses dots, not bars, because a logarithmic axis has no zero where a bar could begin. It must
// be readable without colours and on light and dark backgrounds, and show missed targets as clearly
// as reached ones.

import type { RowKey } from "./catalogue.ts";
import { figure } from "./report.ts";
import type { PeerResult, RowResult, Verdict } from "./rows.ts";
import { type Element, element, render } from "./svg.ts";

/** The rows that are drawn: times for which a user waits. */
const drawn: readonly RowKey[] = [
  "ack",
  "firstInstruction",
  "true",
  "pythonWaiting",
  "python",
  "start",
];

const WIDTH = 900;
const LINE = 19;
const HEADING = 27;
const TOP = 90;
/** The left and right ends of the axis. The columns of text are right of it. */
const AXIS = { from: 276, to: 592 };
const COLUMN = { median: 676, ratio: 764, target: 780 };

const style = `
text { font: 12px system-ui, "Segoe UI", "DejaVu Sans", sans-serif; fill: #1f2328 }
.title { font-size: 17px; font-weight: 600 } .heading { font-weight: 600 }
.quiet { fill: #59636e } .end { text-anchor: end } .middle { text-anchor: middle }
.paper { fill: #ffffff; stroke: #d1d9e0 } .grid { stroke: #d1d9e0 } .fine { stroke: #eff2f5 }
.own { fill: #0969da; stroke: #0969da } .peer { fill: #59636e; stroke: #59636e }
.name { fill: #0969da; font-weight: 600 } .reached { fill: #1a7f37 } .missed { fill: #9a6700 }
line { stroke-width: 1 } .spread { stroke-width: 2 }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc } .quiet { fill: #9198a1 } .paper { fill: #0d1117; stroke: #3d444d }
  .grid { stroke: #3d444d } .fine { stroke: #1c2128 } .own { fill: #4493f8; stroke: #4493f8 }
  .peer { fill: #9198a1; stroke: #9198a1 } .name { fill: #4493f8 }
  .reached { fill: #3fb950 } .missed { fill: #d29922 }
}
`;

/** Converts milliseconds to a horizontal position. */
type Scale = (ms: number) => number;

/** The plot as an SVG file. `caption` has the lines below it: the machine, the run. */
export function plot(rows: readonly RowResult[], caption: readonly string[]): string {
  const groups = drawn.flatMap((key) => rows.filter((row) => row.key === key && row.count > 0));
  const figures = groups.flatMap((row) =>
    [row, ...row.peers].flatMap(({ p50, p99 }) => [p50, p99])
  );
  const [least, most] = [decadeBelow(Math.min(...figures)), decadeAbove(Math.max(...figures))];
  const scale: Scale = (ms) =>
    AXIS.from + (AXIS.to - AXIS.from) * Math.log(ms / least) / Math.log(most / least);
  const marks: Element[] = [];
  let y = TOP;
  for (const row of groups) {
    y += HEADING;
    marks.push(text(20, y, row.name[0].toUpperCase() + row.name.slice(1), "heading"));
    y += LINE;
    marks.push(...ownLine(row, y, scale));
    for (const peer of row.peers) {
      y += LINE;
      marks.push(...peerLine(row, peer, y, scale));
      y += LINE * Math.max(0, verdictsOf(row, peer.key).length - 1); // one line for each target
    }
  }
  const bottom = y + 14;
  const height = bottom + 40 + 17 * caption.length;
  const legend =
    "Dot: median. Line: up to the 99th percentile. Logarithmic axis: further left is faster.";
  const svg = element("svg", {
    xmlns: "http://www.w3.org/2000/svg",
    viewBox: `0 0 ${WIDTH} ${height}`,
    width: WIDTH,
    height,
    role: "img",
  }, [
    element("title", {}, "Sallyport beside its peers"),
    element("style", {}, style),
    element("rect", {
      class: "paper",
      x: 0.5,
      y: 0.5,
      width: WIDTH - 1,
      height: height - 1,
      rx: 6,
    }),
    text(20, 34, "Sallyport beside its peers, measured in turns in one run", "title"),
    text(20, 56, legend, "quiet"),
    text(COLUMN.median, TOP - 6, "median", "quiet end"),
    text(COLUMN.ratio, TOP - 6, "Sallyport is", "quiet end"),
    text(COLUMN.target, TOP - 6, "target", "quiet"),
    ...axis(least, most, bottom, scale),
    ...marks,
    ...[...caption].map((line, i) => text(20, bottom + 42 + 17 * i, line, "quiet")),
  ]);
  return render(svg);
}

function ownLine(row: RowResult, y: number, scale: Scale): Element[] {
  return [
    text(34, y, "Sallyport", "name"),
    ...spread(row, y, scale, "own"),
    text(COLUMN.median, y, time(row.p50), "end"),
    ...targets(row, undefined, y),
  ];
}

function peerLine(row: RowResult, peer: PeerResult, y: number, scale: Scale): Element[] {
  return [
    text(34, y, peer.name, "quiet"),
    ...spread(peer, y, scale, "peer"),
    text(COLUMN.median, y, time(peer.p50), "quiet end"),
    text(COLUMN.ratio, y, `${figure(peer.ratio.value)} x`, "end"),
    ...targets(row, peer.key, y),
  ];
}

function verdictsOf(row: RowResult, peer: string | undefined): Verdict[] {
  return row.verdicts.filter(({ target }) => target.peer === peer);
}

function targets(row: RowResult, peer: string | undefined, y: number): Element[] {
  return verdictsOf(row, peer).map(({ text: wanted, reached }, i) =>
    text(
      COLUMN.target,
      y + LINE * i,
      `${wanted.replace("<=", "≤").replace(">=", "≥")}: ${reached ? "reached" : "missed"}`,
      reached ? "reached" : "missed",
    )
  );
}

function spread(
  { p50, p99 }: { p50: number; p99: number },
  y: number,
  scale: Scale,
  kind: "own" | "peer",
): Element[] {
  const middle = y - 4;
  const end = scale(p99);
  return [
    element("line", { class: `${kind} spread`, x1: scale(p50), y1: middle, x2: end, y2: middle }),
    element("line", { class: `${kind} spread`, x1: end, y1: middle - 4, x2: end, y2: middle + 4 }),
    element("circle", { class: kind, cx: scale(p50), cy: middle, r: kind === "own" ? 5 : 4 }),
  ];
}

function axis(least: number, most: number, bottom: number, scale: Scale): Element[] {
  const lines: Element[] = [];
  for (let decade = least; decade <= most * 1.001; decade *= 10) {
    for (const step of decade < most * 0.999 ? [2, 3, 4, 5, 6, 7, 8, 9] : []) {
      lines.push(vertical(scale(decade * step), bottom, "fine"));
    }
    const x = scale(decade);
    lines.push(vertical(x, bottom, "grid"));
    lines.push(text(x, TOP - 6, time(decade), "quiet middle"));
    lines.push(text(x, bottom + 15, time(decade), "quiet middle"));
  }
  return lines;
}

function vertical(x: number, bottom: number, kind: string): Element {
  return element("line", { class: kind, x1: x, y1: TOP, x2: x, y2: bottom });
}

function text(x: number, y: number, content: string, kind: string): Element {
  return element("text", { x, y, class: kind }, content);
}

function time(ms: number): string {
  if (ms < 1) return `${figure(Math.round(ms * 1e6) / 1e3)} µs`;
  return `${figure(Math.round(ms * 1e6) / 1e6)} ms`;
}

function decadeBelow(ms: number): number {
  return 10 ** Math.floor(Math.log10(ms));
}

function decadeAbove(ms: number): number {
  return 10 ** Math.ceil(Math.log10(ms));
}
