// Reads PID 1's options from the kernel command line: those that begin with "sallyport.".
//
// Pure. An unknown option or an unreadable value is an error: if a limit on who may connect is
// mistyped, the machine must not start without it.

/** The options of the kernel command line. Missing ones are absent, empty or have a default. */
export interface KernelOptions {
  /** `sallyport.listen=vsock:PORT`, as the agent's `--listen`; vsock:5000 by default. */
  listen: string;
  /** `sallyport.ready=vsock:CID:PORT`, as `--ready`. */
  ready?: string;
  /** `sallyport.allow_cid=3,4`, as `--allow-cid`; may be repeated. */
  allowCid: number[];
  /**
   * `sallyport.end=poweroff` or `restart`: how the machine ends. Firecracker exits on a restart.
   */
  end: "poweroff" | "restart";
}

/**
 * Reads /proc/cmdline. Values may be quoted, as in the kernel's own options. Throws an Error that
 * names the option.
 */
export function parseKernelOptions(commandLine: string): KernelOptions {
  const options: KernelOptions = { listen: "vsock:5000", allowCid: [], end: "poweroff" };
  for (const word of commandLine.match(/(?:[^\s"]|"[^"]*")+/g) ?? []) {
    const text = word.replaceAll('"', "");
    if (text === "--") break; // the rest are init's arguments
    if (!text.startsWith("sallyport.")) continue;
    const equals = text.indexOf("=");
    const name = text.slice("sallyport.".length, equals < 0 ? undefined : equals);
    setOption(options, name, equals < 0 ? "" : text.slice(equals + 1));
  }
  return options;
}

function setOption(options: KernelOptions, name: string, value: string): void {
  const refuse = (rule: string): never => {
    throw new Error(`Cannot use the kernel option "sallyport.${name}=${value}": ${rule}`);
  };
  switch (name) {
    case "listen":
      if (!/^vsock:\d+$|^unix:\/.+$/.test(value)) refuse("vsock:PORT or unix:PATH");
      options.listen = value;
      break;
    case "ready":
      if (!/^vsock:\d+:\d+$/.test(value)) refuse("vsock:CID:PORT");
      options.ready = value;
      break;
    case "allow_cid":
      for (const part of value.split(",")) {
        const cid = Number(part);
        if (!/^\d+$/.test(part) || cid > 0xffffffff) refuse("numbers from 0 to 4294967295");
        options.allowCid.push(cid);
      }
      break;
    case "end":
      if (value !== "poweroff" && value !== "restart") refuse("poweroff or restart");
      options.end = value as KernelOptions["end"];
      break;
    default:
      refuse("there is no such option");
  }
}
