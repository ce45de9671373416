// Where an agent finds the cgroup that it divides: as a service, as an ordinary user's program, and
// where it cannot divide one.

import assert from "node:assert/strict";
import { RequestError } from "../../../controller/client.ts";
import { againProgram, cgroupTree, leavesSettle, withOtherAgent } from "../guest/cgroup_tree.ts";
import { probe } from "../guest/probe.ts";
import { job, type Scenario, withClient } from "../guest/scenario.ts";
import { burners, exited, files, outOfMemory, slice, small, spread } from "./cgroup_programs.ts";

/** In the order they are run. */
export const cgroupBaseScenarios: readonly Scenario[] = [
  {
    name: "cgroup: an agent that is not PID 1 divides the cgroup it is in, as systemd delegates it",
    run: async (stage) => {
      // Mount it as systemd does: then no process can be cloned to a place outside its cgroup
      // namespace.
      await probe(
        stage,
        `
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
if libc.mount(b"cgroup2", b"/sys/fs/cgroup", b"cgroup2", 32 | 14, b"nsdelegate"): raise OSError(ctypes.get_errno(), "remount")
os.makedirs("/sys/fs/cgroup/service/sandbox-000000777")  # left behind by an agent that was killed
`,
      );
      await withOtherAgent(stage, { cgroup: "/service", port: 5001 }, async (other) => {
        await withClient(other, async (client) => {
          const layer = (await client.info()).hardening.find(({ layer }) => layer === "cgroup");
          assert.deepEqual(layer, { layer: "cgroup", on: true, why: "/service" });
        });
        await job(other, "python", spread, outOfMemory, small);
        await job(other, "sh", "echo next", exited);
        await leavesSettle(stage, "/service", other);
        const tree = await cgroupTree(stage, "/service");
        assert.deepEqual(Object.keys(tree).filter((name) => !/sandbox/.test(name)), [
          "/",
          "/agent",
          "/launchers",
        ]);
        assert.equal(tree["/"], 0);
      });
    },
  },
  {
    name: "cgroup: an ordinary user's agent divides what is delegated to the user",
    run: (stage) =>
      withOtherAgent(
        stage,
        { cgroup: "/user", port: 5003, flags: "--without ids,agent-drop", user: 1000 },
        async (other) => {
          await withClient(other, async (client) => {
            const layer = (await client.info()).hardening.find(({ layer }) => layer === "cgroup");
            assert.deepEqual(layer, { layer: "cgroup", on: true, why: "/user" });
          });
          await job(other, "python", spread, outOfMemory, small);
          await job(other, "sh", "echo next", exited);
          await leavesSettle(stage, "/user", other);
        },
      ),
  },
  {
    name: "cgroup: the same attacks get through without the layer",
    run: (stage) =>
      withOtherAgent(
        stage,
        { cgroup: "/weak", port: 5002, flags: "--without cgroup" },
        async (other) => {
          await withClient(other, async (client) => {
            const layer = (await client.info()).hardening.find(({ layer }) => layer === "cgroup");
            assert.equal(layer?.on, false);
          });
          const share = { limits: { cpu_percent: 50 } };
          await assert.rejects(
            job(other, "sh", ":", exited, share),
            (error) => error instanceof RequestError && error.field === "limits.cpu_percent",
            "a limit that nothing enforces is refused",
          );
          const through = await job(other, "python", files, exited, small);
          assert.equal(through.stdout, "all written\n");
          const burnt = await job(other, "python", burners, exited, slice);
          assert.equal(burnt.stdout, "all burnt\n");
        },
      ),
  },
  {
    name: "cgroup: where it cannot be divided, the agent says why",
    run: async (stage) => {
      const said = await probe<string[]>(
        stage,
        againProgram + `
def check(group):
    out, _ = again(["--check"], group, stdout=subprocess.PIPE, text=True).communicate()
    return [line for line in out.splitlines() if "cgroup" in line][0]
top = "/sys/fs/cgroup/shared"
os.makedirs(top, exist_ok=True)
other = subprocess.Popen(["/bin/sh", "-c", "read x"], stdin=subprocess.PIPE,
    preexec_fn=lambda: open(top + "/cgroup.procs", "w").write("0"))
result = [check(None), check(top), sorted(d for d in os.listdir(top) if os.path.isdir(top + "/" + d))]
other.communicate(b"\\n")
os.rmdir(top)
`,
      );
      assert.match(said[0], /^off {2}cgroup: the agent is in the root cgroup/);
      assert.match(said[1], /^off {2}cgroup: other processes are in "\/shared"/);
      assert.deepEqual(said[2], [], "what was made is taken back");
    },
  },
];
