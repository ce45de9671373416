// Answers what the libseccomp module asks of its host: a place to write, and nothing else.
//
// The library exports a filter by writing to a descriptor, and its pseudo-code by fprintf. Both end
// in one buffer here. A call that only makes sense on a running kernel is a bug of the caller and
// throws, rather than quietly answering something plausible.

/** The imports of the module and the buffer behind them. */
export class Host {
  #memory: WebAssembly.Memory | undefined;
  #chunks: Uint8Array[] = [];

  /** To be called once, when the module is instantiated. */
  attach(memory: WebAssembly.Memory): void {
    this.#memory = memory;
  }

  /** What was written since the last call. */
  take(): Uint8Array<ArrayBuffer> {
    const length = this.#chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    const all = new Uint8Array(length);
    let at = 0;
    for (const chunk of this.#chunks) {
      all.set(chunk, at);
      at += chunk.length;
    }
    this.#chunks = [];
    return all;
  }

  /** The NUL-terminated string at `address`. */
  text(address: number): string {
    const bytes = this.#bytes();
    return new TextDecoder().decode(bytes.slice(address, bytes.indexOf(0, address)));
  }

  /** What `WebAssembly.instantiate` takes. */
  readonly imports: WebAssembly.Imports = {
    env: {
      host_write: (_fd: number, address: number, length: number) => {
        this.#chunks.push(this.#bytes().slice(address, address + length));
        return length;
      },
      host_fprintf: (_file: number, format: number, values: number) => {
        const text = this.#format(this.text(format), values);
        this.#chunks.push(new TextEncoder().encode(text));
        return text.length;
      },
      host_dup: (fd: number) => fd,
      host_fdopen: (fd: number) => fd,
      host_fflush: () => 0,
      host_fclose: () => 0,
      host_close: () => 0,
      host_assert_fail: (expression: number, file: number, line: number) => {
        const where = `${this.text(file)}:${line}`;
        throw new Error(`Assertion of libseccomp failed at ${where}: "${this.text(expression)}"`);
      },
      syscall: (number: number) => noKernel(`syscall ${number}`),
      prctl: (option: number) => noKernel(`prctl ${option}`),
      ioctl: (_fd: number, request: number) => noKernel(`ioctl ${request}`),
    },
  };

  /** A view must never be kept: it goes stale whenever the module's memory grows. */
  #bytes(): Uint8Array<ArrayBuffer> {
    if (!this.#memory) throw new Error("Cannot reach libseccomp's memory before it is attached");
    return new Uint8Array(this.#memory.buffer as ArrayBuffer);
  }

  /**
   * printf for the conversions that gen_pfc.c uses; a variadic call passes the address of its
   * values.
   */
  #format(format: string, values: number): string {
    const view = new DataView(this.#bytes().buffer);
    let at = values;
    return format.replace(/%(\.8)?([a-z])/g, (all, precision, conversion) => {
      const raw = view.getUint32(at, true);
      at += 4;
      if (conversion === "s") return this.text(raw);
      if (conversion === "d") return String(raw | 0);
      if (conversion === "u") return String(raw);
      if (conversion === "x") return raw.toString(16).padStart(precision ? 8 : 1, "0");
      throw new Error(`Cannot format "${all}": not a conversion that libseccomp uses`);
    });
  }
}

function noKernel(what: string): never {
  throw new Error(`Cannot answer libseccomp's ${what}: there is no kernel under WebAssembly`);
}
