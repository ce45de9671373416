// A check of an error's kind, for `assert.rejects`.

import assert from "node:assert/strict";
import { MachineError, type MachineErrorKind } from "../../host/machine/machine_error.ts";

/** The error must be a MachineError of this kind that says something. */
export function fails(kind: MachineErrorKind, said?: RegExp): (error: unknown) => true {
  return (error) => {
    assert.ok(error instanceof MachineError, String(error));
    assert.equal(error.kind, kind, error.message);
    if (said !== undefined) assert.match(error.message, said);
    return true;
  };
}
