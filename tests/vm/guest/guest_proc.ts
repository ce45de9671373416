// The guest's /proc, of the agent and all processes below it, brought here in one piece.

import type { Proc } from "../../census/processes.ts";
import { probe } from "./probe.ts";
import type { Stage } from "./scenario.ts";

/** What was brought: names of directories, targets of links, texts of files. */
interface Brought {
  /** The agent, then every process below it. */
  pids: number[];
  names: Record<string, string[]>;
  links: Record<string, string>;
  texts: Record<string, string>;
}

const program = `
import os, stat
names, links, texts = {}, {}, {}
def bring(path):
    mode = os.lstat(path).st_mode
    if stat.S_ISLNK(mode): links[path] = os.readlink(path)
    elif stat.S_ISDIR(mode):
        names[path] = sorted(os.listdir(path))
        for name in names[path]: bring(path + "/" + name)
    else: texts[path] = open(path).read()
def parent(pid):
    try: return int(open("/proc/%s/stat" % pid).read().rpartition(")")[2].split()[1])
    except OSError: return 0
parents = {int(pid): parent(pid) for pid in os.listdir("/proc") if pid.isdigit()}
# The orphans of PID 1 are not the agent's: only its launchers are.
def launcher(pid):
    try: return open("/proc/%d/cmdline" % pid).read().startswith("sallyport-launcher")
    except OSError: return False
pids = [1] + [pid for pid, above in parents.items() if above == 1 and launcher(pid)]
for pid in pids:
    if pid != 1: pids += [below for below, above in parents.items() if above == pid]
for pid in pids:
    base = "/proc/%d" % pid
    for name in ("fd", "fdinfo", "ns"): bring(base + "/" + name)
    for name in ("maps", "cgroup", "oom_score_adj", "status", "cwd", "root"): bring(base + "/" + name)
    names[base + "/task"] = os.listdir(base + "/task")
    for task in names[base + "/task"]: bring(base + "/task/" + task + "/status")
for name in ("ns", "cgroup", "oom_score_adj"):
    bring("/proc/self/" + name)
result = {"pids": pids, "names": names, "links": links, "texts": texts}
`;

/** The agent in the guest and the processes below it, and what their /proc says. */
export async function guestProc(stage: Stage): Promise<{ pids: number[]; proc: Proc }> {
  const { pids, names, links, texts } = await probe<Brought>(stage, program);
  const of = <Value>(kept: Record<string, Value>) => (path: string): Value => {
    if (!(path in kept)) throw new Error(`Cannot find "${path}" in what was brought of /proc`);
    return kept[path];
  };
  return { pids, proc: { names: of(names), link: of(links), text: of(texts) } };
}
