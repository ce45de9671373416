// The few SVG elements that a plot needs, as text that is well-formed whatever the labels are.

/** One element: its attributes in the given order, its content as text or other elements. */
export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string | number>>;
  readonly content: string | readonly Element[];
}

/** Makes an element. */
export function element(
  name: string,
  attributes: Element["attributes"] = {},
  content: Element["content"] = [],
): Element {
  return { name, attributes, content };
}

/** Renders the element as text: one line per element, indented by depth. */
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

/** Numbers are rounded to a tenth of a pixel, so that equal figures give equal files. */
function attribute(value: string | number): string {
  return typeof value === "number" ? String(Math.round(value * 10) / 10) : value;
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
