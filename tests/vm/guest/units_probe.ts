// Looks at the agent, as root, from inside a guest in which the agent is a service: once, and again
// after the agent was killed.

/** What it prints on the console after a mark. */
export interface Seen {
  pid: number;
  /** Fields of /proc/PID/task/TID/status of each thread. */
  threads: Record<string, string[]>[];
  /** Path of PID 1's program. */
  init: string;
  /**
   * The output of systemd-analyze(1) for the unit: the last line of security, all of verify. Empty
   * without systemd.
   */
  security: string;
  verify: string;
}

/** The marks of the two lines. */
export const marks = ["UNIT", "AGAIN"] as const;

/** Port on which it waits for a connection that tells it to kill the agent. */
export const killPort = 5998;

/**
 * The program. It prints a newline before each line, because other processes write to the console
 * too.
 */
export const unitsProbe = `
import json, os, signal, socket, subprocess, time
def told(*words):
    if not os.path.exists(words[0]): return ""
    done = subprocess.run(words, capture_output=True, text=True, env={"SYSTEMD_COLORS": "0", "SYSTEMD_PAGER": ""})
    return (done.stdout + done.stderr).strip()
def status(path):
    fields = ("Uid", "Gid", "Groups", "CapPrm", "CapEff", "NoNewPrivs", "Seccomp", "Seccomp_filters")
    lines = (line.rstrip("\\n").partition(":") for line in open(path))
    return {key: value.split() for key, _, value in lines if key in fields}
def inherited():
    # The launchers have no filter but those of the service manager.
    for pid in os.listdir("/proc"):
        try:
            if open("/proc/%s/cmdline" % pid).read().startswith("sallyport-launcher\\0"):
                return int(status("/proc/%s/status" % pid)["Seccomp_filters"][0])
        except (OSError, KeyError): pass
    return 99
def is_ready(pid):
    try:
        if not open("/proc/%s/cmdline" % pid).read().startswith("/usr/lib/sallyport/sallyport-agent\\0"): return []
        threads = [status("/proc/%s/task/%s/status" % (pid, task)) for task in os.listdir("/proc/%s/task" % pid)]
        if not all(thread["Uid"] == ["65534"] * 4 for thread in threads): return []
        filters = {int(thread.pop("Seccomp_filters")[0]) for thread in threads}
        return threads if min(filters) > inherited() else []
    except OSError: return []
def agent(other):
    end = time.monotonic() + 60
    while time.monotonic() < end:
        for pid in os.listdir("/proc"):
            if pid.isdigit() and int(pid) != other:
                threads = is_ready(pid)
                if threads: return int(pid), threads
        time.sleep(0.2)
    return 0, []
def tell(mark, pid, threads):
    analyze = "/usr/bin/systemd-analyze"
    security = told(analyze, "--no-pager", "security", "sallyport.service").split("\\n")[-1]
    verify = told(analyze, "verify", "--man=no", "/etc/systemd/system/sallyport.service")
    seen = {"pid": pid, "threads": threads, "init": os.readlink("/proc/1/exe"), "security": security, "verify": verify}
    with open("/dev/console", "w") as console: console.write("\\n" + mark + " " + json.dumps(seen) + "\\n")
pid, threads = agent(0)
tell("${marks[0]}", pid, threads)
waiting = socket.socket(socket.AF_VSOCK)
waiting.bind((socket.VMADDR_CID_ANY, ${killPort}))
waiting.listen()
waiting.accept()
os.kill(pid, signal.SIGKILL)
tell("${marks[1]}", *agent(pid))
`;
