// Schemas of the fields that several messages share. The message of each schema is a rule.
//
// Each rule is read after a field's name, so that an error says which field broke which rule.

import * as v from "valibot";
import { fitsUtf8 } from "./utf8.ts";

/**
 * The output type of a schema. It equals valibot's `InferOutput`, but is written out so that the
 * documentation generator can follow it.
 */
export type Output<
  Schema extends { readonly "~types"?: { readonly output: unknown } | undefined },
> = NonNullable<Schema["~types"]>["output"];

/**
 * An object without unknown fields. The entries lose their prototype: valibot looks fields up with
 * `in`, which would take "toString" or "__proto__" for a known field.
 */
export function closed<const Entries extends v.ObjectEntries>(
  entries: Entries,
): v.StrictObjectSchema<Entries, string> {
  return v.strictObject(
    Object.assign(Object.create(null), entries) as Entries,
    "must be an object",
  );
}

/** An integer between two bounds: no fractions, and nothing outside the safe integers. */
export function integer(
  min: number,
  max: number = Number.MAX_SAFE_INTEGER,
): v.GenericSchema<number> {
  const rule = max === Number.MAX_SAFE_INTEGER
    ? `must be an integer of at least ${min}`
    : `must be an integer from ${min} to ${max}`;
  return v.pipe(v.number(rule), v.safeInteger(rule), v.minValue(min, rule), v.maxValue(max, rule));
}

/** A string passed to a program: no NUL (it ends a C string), at most `limitBytes`. */
export function argument(limitBytes: number): v.GenericSchema<string> {
  return v.pipe(
    v.string("must be a string"),
    v.check((text) => !text.includes("\0"), "must not hold a NUL"),
    v.check((text) => text.isWellFormed(), "must be well-formed Unicode"),
    v.check((text) => fitsUtf8(text, limitBytes), `must be at most ${limitBytes} bytes`),
  );
}

/** Any text. A lone surrogate has no UTF-8 bytes, so it is refused, not replaced. */
export const text: v.GenericSchema<string> = v.pipe(
  v.string("must be a string"),
  v.check((value) => value.isWellFormed(), "must be well-formed Unicode"),
);

/** A boolean. */
export const flag: v.GenericSchema<boolean> = v.boolean("must be true or false");

const idRule = "must be a string of at most 64 characters or an integer";

/** A client's name for its request; every answer to it repeats the name. */
export type RequestId = string | number;

/** The schema of a `RequestId`. */
export const id: v.GenericSchema<RequestId> = v.union([
  v.pipe(v.string(), v.maxLength(64, idRule)),
  v.pipe(v.number(), v.safeInteger(idRule)),
], idRule);

/** The number of raw bytes that follow the line. */
export const bytes: v.GenericSchema<number> = integer(0);

/** Milliseconds, possibly with a fraction. */
export const milliseconds: v.GenericSchema<number> = v.pipe(
  v.number("must be a number"),
  v.finite("must be finite"),
  v.minValue(0, "must not be negative"),
);
