// Counters, gauges and histograms that are kept here as Prometheus reads them, and told to
// OpenTelemetry too. Without OTEL_DENO=true the second half does nothing.

import { metrics } from "@opentelemetry/api";

/** Labels of one series. */
export type Labels = Readonly<Record<string, string>>;

/** Something with a part in the text for Prometheus. */
interface Instrument {
  text(): string;
}

/** Seconds: from a tenth of a millisecond to a minute and a half. */
const BUCKETS = [
  ...[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5],
  ...[1, 2.5, 5, 10, 30, 60],
];

/** All instruments of a service. */
export class Instruments {
  readonly #all: Instrument[] = [];
  readonly #meter = metrics.getMeter("sallyport");

  /** A count that only grows. */
  counter(name: string, help: string): (labels?: Labels, by?: number) => void {
    const series = new Map<string, number>();
    const told = this.#meter.createCounter(name, { description: help });
    this.#all.push({ text: () => block(name, help, "counter", [...series]) });
    return (labels = {}, by = 1) => {
      const key = labelText(labels);
      series.set(key, (series.get(key) ?? 0) + by);
      told.add(by, labels);
    };
  }

  /** A number that is read when somebody asks. */
  gauge(name: string, help: string, read: () => Iterable<readonly [Labels, number]>): void {
    this.#all.push({
      text: () =>
        block(
          name,
          help,
          "gauge",
          [...read()].map(([labels, value]) => [labelText(labels), value]),
        ),
    });
    this.#meter.createObservableGauge(name, { description: help }).addCallback((result) => {
      for (const [labels, value] of read()) result.observe(value, labels);
    });
  }

  /** Times in seconds, told in milliseconds. */
  seconds(name: string, help: string): (ms: number) => void {
    const counts = BUCKETS.map(() => 0);
    let [sum, count] = [0, 0];
    const advice = { explicitBucketBoundaries: BUCKETS };
    const told = this.#meter.createHistogram(name, { description: help, unit: "s", advice });
    this.#all.push({
      text: () => {
        let below = 0;
        const buckets = BUCKETS.map((bound, at): [string, number] => {
          return [labelText({ le: String(bound) }, "_bucket"), below += counts[at]];
        });
        const rest: [string, number][] = [
          ...[[labelText({ le: "+Inf" }, "_bucket"), count] as [string, number]],
          ...[["_sum", sum], ["_count", count]] as [string, number][],
        ];
        return block(name, help, "histogram", [...buckets, ...rest]);
      },
    });
    return (ms) => {
      const seconds = ms / 1000;
      const at = BUCKETS.findIndex((bound) => seconds <= bound);
      if (at >= 0) counts[at]++;
      sum += seconds;
      count++;
      told.record(seconds);
    };
  }

  /** All of them, in Prometheus' text format, version 0.0.4. */
  text(): string {
    return this.#all.map((one) => one.text()).join("");
  }
}

function block(
  name: string,
  help: string,
  type: string,
  series: readonly (readonly [string, number])[],
): string {
  const lines = series.map(([labels, value]) => `${name}${labels} ${value}\n`);
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join("")}`;
}

/** `suffix{name="value",…}`, escaped as the format wants. */
function labelText(labels: Labels, suffix = ""): string {
  const pairs = Object.entries(labels).map(([name, value]) =>
    `${name}="${value.replace(/[\\"\n]/g, (c) => c === "\n" ? "\\n" : `\\${c}`)}"`
  );
  return suffix + (pairs.length === 0 ? "" : `{${pairs.join(",")}}`);
}
