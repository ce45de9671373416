// A guest under QEMU: starts it, reads its console, commands it through QMP, and ends it.
//
// Where the host has no vhost-vsock device, a vhost-user back end in a separate process replaces
// it. Whoever starts a guest must close it: closing ends both processes, whatever state they are
// in.

import { root } from "../scripts/tools/paths.ts";
import { type GuestMachine, qemuArguments, qemuProgram } from "./qemu.ts";
import { Qmp } from "./qmp.ts";

/** What `startGuest` starts. The vsock device depends on what the host has. */
export interface GuestOptions extends Omit<GuestMachine, "vsock" | "qmp"> {
  /** Directory for the sockets. It must exist, and socket paths in it must stay below 108 bytes. */
  directory: string;
  /** The guest's context id. */
  cid: number;
  /** Uses the back end even where the host has a vhost-vsock device. */
  backend?: boolean;
  /** Called with each piece of text that the guest's console prints. */
  onConsole?: (text: string) => void;
}

/** A running guest. */
export class Guest {
  /** Everything on the console so far. */
  console = "";
  /** How QEMU ended. */
  readonly ended: Promise<Deno.CommandStatus>;
  readonly #console: Promise<void>;

  constructor(
    readonly options: GuestOptions,
    readonly qemu: Deno.ChildProcess,
    readonly backend: Deno.ChildProcess | null,
  ) {
    this.ended = qemu.status;
    this.#console = this.#listen();
  }

  /** The target with which a controller connects to a port of the guest. */
  target(port: number): string {
    const { directory, cid } = this.options;
    return this.backend === null
      ? `vsock:${cid}:${port}`
      : `firecracker:${directory}/host.sock:${port}`;
  }

  /**
   * The Unix socket that receives the guest's connections to a port of the host. Only with the back
   * end.
   */
  socketOf(port: number): string {
    return `${this.options.directory}/host.sock_${port}`;
  }

  /** Connects to the monitor's command socket, which appears a moment after QEMU's start. */
  async qmp(): Promise<Qmp> {
    for (let tries = 0;; tries++) {
      try {
        return await Qmp.connect(`${this.options.directory}/qmp.sock`);
      } catch (error) {
        if (tries === 100) throw error;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }

  /** Waits until the console's text matches `pattern`. Throws after `limitMs`. */
  async consoleLine(pattern: RegExp, limitMs: number): Promise<RegExpMatchArray> {
    for (let waitedMs = 0; waitedMs < limitMs; waitedMs += 100) {
      const found = this.console.match(pattern);
      if (found !== null) return found;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`Cannot find ${pattern} on the guest's console after ${limitMs} ms`);
  }

  async #listen(): Promise<void> {
    for await (const text of this.qemu.stdout.pipeThrough(new TextDecoderStream())) {
      this.console += text;
      this.options.onConsole?.(text);
    }
  }

  /** Ends both processes. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of [this.qemu, this.backend]) {
      try {
        child?.kill("SIGKILL");
      } catch {
        continue; // it has already ended
      }
    }
    await this.qemu.status;
    await this.backend?.status;
    await this.#console;
  }
}

/**
 * Starts QEMU, and the back end if needed. Resolves when QEMU runs, long before the guest is up.
 */
export async function startGuest(options: GuestOptions): Promise<Guest> {
  const hasDevice = await Deno.stat("/dev/vhost-vsock").then(() => true, () => false);
  const useBackend = options.backend === true || !hasDevice;
  const control = `${options.directory}/control.sock`;
  const backend = useBackend ? await startBackend(control, options) : null;
  const args = qemuArguments({
    ...options,
    vsock: useBackend ? { backend: control } : { cid: options.cid },
    qmp: `${options.directory}/qmp.sock`,
  });
  const qemu = new Deno.Command(qemuProgram(options.arch), {
    args,
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  return new Guest(options, qemu, backend);
}

/** Starts the vhost-user back end: QEMU connects to `control`, controllers connect to `host`. */
export function backendCommand(control: string, host: string, cid: number): string[] {
  const program = `${root}/image/device/backend.ts`;
  return [Deno.execPath(), "run", "--allow-ffi", "--no-prompt", program, control, host, `${cid}`];
}

async function startBackend(control: string, options: GuestOptions): Promise<Deno.ChildProcess> {
  for (const name of ["control.sock", "host.sock"]) {
    await Deno.remove(`${options.directory}/${name}`).catch(() => {});
  }
  const [program, ...args] = backendCommand(control, `${options.directory}/host.sock`, options.cid);
  const child = new Deno.Command(program, {
    args,
    stdin: "null",
    stdout: "inherit",
    stderr: "inherit",
  }).spawn();
  for (let waitedMs = 0; waitedMs < 15_000; waitedMs += 20) {
    if (await Deno.stat(`${options.directory}/host.sock`).then(() => true, () => false)) {
      return child;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  child.kill("SIGKILL");
  throw new Error("Cannot start the vhost-user back end: no socket after 15 s");
}
