// The agent that gives every network namespace to a later sandbox, whatever a job could do in it. It
// shows that the difference is needed, and must never be used to build a machine image.

import { type Network, Networks } from "../../agent/pool/networks.ts";

const { giveBack } = Networks.prototype;
Networks.prototype.giveBack = function (network: Network) {
  Object.assign(this, { most: Infinity });
  giveBack.call(this, network, false);
};

await import("../../agent/main.ts");
