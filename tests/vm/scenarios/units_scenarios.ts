// The agent as a service of a guest: it has dropped its rights, is filtered, runs jobs, and
// restarts after it was killed.

import assert from "node:assert/strict";
import { connect } from "../../../controller/client.ts";
import type { Guest } from "../../../image/guest.ts";
import { reached } from "../guest/reached.ts";
import type { Scenario } from "../guest/scenario.ts";
import { managerProgram, type ServiceManager } from "../guest/units_image.ts";
import { killPort, marks, type Seen } from "../guest/units_probe.ts";

async function seen(guest: Guest, mark: string): Promise<Seen> {
  const [, words] = await guest.consoleLine(new RegExp(`^${mark} (.*?)\\r?$`, "m"), 38_000);
  return JSON.parse(words);
}

/** Checks that every thread runs as nobody, without a capability, and filtered. */
function assertDropped({ threads }: Seen): void {
  assert.ok(threads.length >= 2, `${threads.length} threads`);
  const [none, nobody] = [["0000000000000000"], Array(4).fill("65534")];
  for (const thread of threads) {
    assert.deepEqual(thread, {
      ...{ Uid: nobody, Gid: nobody, Groups: [], CapPrm: none, CapEff: none },
      ...{ NoNewPrivs: ["1"], Seccomp: ["2"] },
    });
  }
}

async function runsJobs(target: string): Promise<void> {
  await using client = await reached(target);
  const run = client.run({ language: "python", code: "print(6*7)", timeout_ms: 20_000 });
  const { status, output } = await run.result;
  assert.deepEqual([status, new TextDecoder().decode(output.stdout)], ["exited", "42\n"]);
}

/** The scenarios of one guest, in the order they are run. */
export function unitsScenarios(guest: Guest, manager: ServiceManager): Scenario[] {
  const list: Scenario[] = [
    {
      name: `${manager} is PID 1 and starts the agent: nobody, without capabilities, filtered`,
      run: async () => {
        const found = await seen(guest, marks[0]);
        assert.equal(found.init, managerProgram[manager]);
        assertDropped(found);
      },
    },
    {
      name: `${manager}: the host's jobs run`,
      run: ({ target }) => runsJobs(target),
    },
    {
      // A plain init gives its children no cgroup; systemd does, through Delegate=.
      name: `${manager}: every layer is on${manager === "systemd" ? "" : ", but for cgroup"}`,
      run: async ({ target }) => {
        await using client = await connect(target);
        const { hardening } = await client.info();
        const off = hardening.filter(({ on }) => !on).map(({ layer }) => layer);
        assert.deepEqual(off, manager === "systemd" ? [] : ["cgroup"]);
      },
    },
    {
      name: `${manager}: killed, the agent is there again, dropped and filtered, and runs jobs`,
      run: async ({ target }) => {
        const path = `${guest.options.directory}/host.sock`;
        using connection = await Deno.connect({ transport: "unix", path });
        await connection.write(new TextEncoder().encode(`CONNECT ${killPort}\n`));
        const again = await seen(guest, marks[1]);
        assert.notEqual(again.pid, (await seen(guest, marks[0])).pid);
        assertDropped(again);
        await runsJobs(target);
      },
    },
  ];
  if (manager === "systemd") {
    list.push({
      name: "systemd-analyze verifies the unit in the guest, and says how exposed it is",
      run: async () => {
        const { security, verify } = await seen(guest, marks[0]);
        console.log(security);
        assert.equal(verify, "");
        const level = security.match(/exposure level for sallyport\.service: (\d+\.\d)/);
        assert.ok(Number(level?.[1]) < 6.5, security);
      },
    });
  }
  return list;
}
