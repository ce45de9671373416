// Which processor a program is for, according to its ELF header (elf(5), e_machine).

/** The number for each processor that Sallyport runs on. */
export const elfMachine = { x86_64: 62, aarch64: 183 } as const;

/** Refuses a program that is not for `arch`. */
export async function checkProgram(path: string, arch: keyof typeof elfMachine): Promise<void> {
  using file = await Deno.open(path);
  const header = new Uint8Array(20);
  await file.read(header);
  const machine = header[18] | header[19] << 8;
  if (header[0] === 0x7f && machine === elfMachine[arch]) return;
  throw new Error(`Cannot use "${path}": it is not a program for "${arch}" (machine ${machine})`);
}
