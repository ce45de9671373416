// How seccomp(2) spells what a rule answers.

import { ACTION } from "../libseccomp/constants.ts";
import type { Action } from "../read/rules.ts";

/** The value that seccomp(2) knows the action by. */
export function actionValue(action: Action): number {
  switch (action.kind) {
    case "allow":
      return ACTION.ALLOW;
    case "notify":
      return ACTION.NOTIFY;
    case "errno":
      return ACTION.ERRNO(action.errno);
    case "kill":
      return ACTION.KILL_PROCESS;
  }
}
