// The few SVG elements a plot needs, as text: well-formed whatever the labels are.

/** One element; its attributes in the order given, its content text or other elements. */
export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string | number>>;
  readonly content: string | readonly Element[];
}

/** An element. */
export function element(
  name: string,
  attributes: Element["attributes"] = {},
  content: Element["content"] = [],
): Element {
  return { name, attributes, content };
}

/** The element as text, one line for each, indented by depth. */
export function render({ name, attributes, content }: Element, indent = ""): string {
  const open = [
    name,
    ...Object.entries(attributes).map(([key, value]) => `${key}="${escape(attribute(value))}"`),
  ].join(" ");
  if (typeof content === "string") return `${indent}<${open}>${escape(content)}</${name}>\n`;
  if (content.length === 0) return `${indent}<${open}/>\n`;
  const inner = content.map((child) => render(child, `${indent}  `)).join("");
  return `${indent}<${open}>\n${inner}${indent}</${name}>\n`;
}

/** A tenth of a pixel is as fine as it gets, so that equal figures give equal files. */
function attribute(value: string | number): string {
  return typeof value === "number" ? String(Math.round(value * 10) / 10) : value;
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
