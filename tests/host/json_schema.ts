// JSON Schema as far as the service's document uses it: checks values, and makes some by chance.

/** A schema. */
// deno-lint-ignore no-explicit-any
export type Schema = Record<string, any>;

/** Keywords that are understood here; another one is a fault of this file or of the schema. */
const known = new Set([
  ...["type", "properties", "required", "additionalProperties", "propertyNames", "items"],
  ...["anyOf", "oneOf", "enum", "const", "pattern", "minimum", "maximum", "minLength", "maxItems"],
  ...["maxLength", "description", "examples", "$ref"],
]);

/** Schemas that refer to one another by `#/components/schemas/NAME`. */
export class Schemas {
  constructor(readonly all: Readonly<Record<string, Schema>>) {}

  resolve(schema: Schema): Schema {
    if (schema.$ref === undefined) return schema;
    const found = this.all[schema.$ref.replace("#/components/schemas/", "")];
    if (found === undefined) throw new Error(`There is no ${schema.$ref}`);
    return found;
  }

  /** What is wrong with a schema itself. */
  faultsOf(schema: Schema, at = ""): string[] {
    const unknown = Object.keys(schema).filter((key) => !known.has(key));
    const faults = unknown.map((key) => `${at}: unknown keyword ${key}`);
    if (schema.$ref !== undefined) this.resolve(schema);
    if (schema.pattern !== undefined) new RegExp(schema.pattern, "u");
    for (const name of schema.required ?? []) {
      if (schema.properties !== undefined && !(name in schema.properties)) {
        faults.push(`${at}: ${name} is required and no property`);
      }
    }
    const inner: [string, Schema][] = [
      ...Object.entries<Schema>(schema.properties ?? {}),
      ...[...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].map((one: Schema, index) =>
        [`${index}`, one] as [string, Schema]
      ),
      ...["items", "propertyNames", "additionalProperties"]
        .filter((key) => typeof schema[key] === "object")
        .map((key) => [key, schema[key]] as [string, Schema]),
    ];
    return [...faults, ...inner.flatMap(([key, one]) => this.faultsOf(one, `${at}/${key}`))];
  }

  /** Why a value does not fit; empty if it does. */
  misfits(given: Schema, value: unknown, at = "$"): string[] {
    const schema = this.resolve(given);
    const faults: string[] = [];
    const rule = (holds: boolean, what: string) => {
      if (!holds) faults.push(`${at}: ${what}`);
    };
    if (schema.type !== undefined) rule(hasType(value, schema.type), `is no ${schema.type}`);
    if (schema.enum !== undefined) rule(schema.enum.includes(value), "is not in the list");
    if (schema.const !== undefined) rule(schema.const === value, "is not the constant");
    for (
      const [key, count] of [["anyOf", (n: number) => n > 0], [
        "oneOf",
        (n: number) => n === 1,
      ]] as const
    ) {
      const fitting = schema[key]?.filter((one: Schema) => this.misfits(one, value).length === 0);
      if (fitting !== undefined) rule(count(fitting.length), `fits ${fitting.length} of ${key}`);
    }
    if (typeof value === "string") {
      if (schema.pattern !== undefined) {
        rule(new RegExp(schema.pattern, "u").test(value), "pattern");
      }
      rule(value.length >= (schema.minLength ?? 0), "is too short");
    }
    if (typeof value === "number") {
      rule(value >= (schema.minimum ?? -Infinity), "is too small");
      rule(value <= (schema.maximum ?? Infinity), "is too large");
    }
    if (Array.isArray(value)) {
      rule(value.length <= (schema.maxItems ?? Infinity), "is too long");
      value.forEach((one, index) => {
        if (schema.items !== undefined) {
          faults.push(...this.misfits(schema.items, one, `${at}[${index}]`));
        }
      });
    } else if (typeof value === "object" && value !== null) {
      faults.push(...this.#misfitsOf(schema, value as Record<string, unknown>, at));
    }
    return faults;
  }

  #misfitsOf(schema: Schema, value: Record<string, unknown>, at: string): string[] {
    const missing = (schema.required ?? []).filter((name: string) => !Object.hasOwn(value, name));
    const faults: string[] = missing.map((name: string) => `${at}.${name} is missing`);
    for (const [name, one] of Object.entries(value)) {
      const own = schema.properties?.[name] ?? schema.additionalProperties;
      if (own === false) faults.push(`${at}.${name} is unknown`);
      else if (typeof own === "object") faults.push(...this.misfits(own, one, `${at}.${name}`));
    }
    return faults;
  }

  /** A value that fits all but rules that stand in words. */
  make(given: Schema, random: () => number): unknown {
    const schema = this.resolve(given);
    const below = (end: number) => Math.floor(random() * end);
    const one = <Value>(values: readonly Value[]) => values[below(values.length)];
    if (schema.const !== undefined) return schema.const;
    if (schema.enum !== undefined) return one(schema.enum);
    if (schema.anyOf !== undefined) return this.make(one(schema.anyOf), random);
    switch (schema.type) {
      case "boolean":
        return random() < 0.5;
      case "integer":
      case "number": {
        const { minimum = 0, maximum = 1e9 } = schema;
        return one([minimum, minimum + below(1000), minimum + below(maximum - minimum), maximum]);
      }
      case "string":
        return one([
          "a",
          "a.b",
          "x".repeat(1 + below(64)),
          ...schema.pattern ? [] : ["\u00e9 \n", "/", ".."],
        ]);
      case "array":
        return Array.from({ length: below(4) }, () => this.make(schema.items, random));
      case "object":
        return this.#object(schema, random);
    }
    throw new Error(`Cannot make ${JSON.stringify(schema)}`);
  }

  #object(schema: Schema, random: () => number): unknown {
    const alternatives = (schema.oneOf ?? []).flatMap(({ required }: Schema) => required);
    const chosen = alternatives[Math.floor(random() * alternatives.length)];
    const made: Record<string, unknown> = {};
    for (const [name, one] of Object.entries<Schema>(schema.properties ?? {})) {
      const needed = schema.required?.includes(name) || name === chosen;
      const allowed = needed || !alternatives.includes(name) && random() < 0.3;
      if (allowed) made[name] = this.make(one, random);
    }
    const { additionalProperties, propertyNames } = schema;
    if (typeof additionalProperties === "object" && propertyNames !== undefined) {
      made[this.make(propertyNames, random) as string] = this.make(additionalProperties, random);
    }
    return made;
  }
}

/** Whether a value has a type of JSON Schema, or one of several. */
function hasType(value: unknown, type: string | string[]): boolean {
  const own = value === null ? "null" : Array.isArray(value) ? "array" : typeof value;
  return [type].flat().some((one) => one === "integer" ? Number.isInteger(value) : one === own);
}
