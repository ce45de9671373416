// `deno task image`: a minimal guest file system with the agent as its PID 1, ready to boot.
//
// It is made from Debian's packages. The same input always gives the same bytes, and the manifest
// lists every file. It never changes what is installed on the building machine.

import { parseArgs } from "node:util";
import { policy } from "../policy/generated/policy.ts";
import { ensureAgent, ensureBundle } from "../scripts/build/ensure_agent.ts";
import { distDirectory } from "../scripts/tools/paths.ts";
import { buildImage, type DiskKind, type Image } from "./build_image.ts";
import { denoRuntime } from "./deno_runtime.ts";
import { startGuest } from "./guest.ts";
import { kvmWorks } from "./kvm.ts";
import { debianKernel, type Kernel } from "./kernel.ts";
import { languageSizes, sizesTable } from "./language_sizes.ts";
import { languageContents, languageNamed } from "./packages/languages.ts";

const usage = `Usage: deno task image [options]

  --languages LIST   separated by commas, or "all" (default: python,sh,perl), of
                     ${Object.keys(languageContents).join(", ")}
  --sizes            print what each language adds to an image, and build none
  --agent FILE       the compiled agent (default: dist/, compiled if need be)
  --with-deno        carry Deno and the bundled agent instead of the compiled one
  --out DIR          where to put the image (default: dist)
  --disk KIND        also a read-only disk: erofs or squashfs
  --no-modules       for a kernel with virtio, vsock and the disk's file system built in
  --arch ARCH        x86_64 or aarch64 (default: this machine's)
  --run              boot the image in QEMU and print the target to connect to
  --machine NAME     for --run: q35 or microvm (x86_64), virt (aarch64)
  --accel NAME       for --run: kvm or tcg (default: kvm where it works)
  --memory MIB       for --run (default: 768)
  --cid NUMBER       for --run: the guest's context id (default: 3)`;

function parse() {
  return parseArgs({
    args: Deno.args,
    options: {
      languages: { type: "string", default: "python,sh,perl" },
      sizes: { type: "boolean", default: false },
      agent: { type: "string" },
      "with-deno": { type: "boolean", default: false },
      out: { type: "string", default: distDirectory },
      disk: { type: "string" },
      "no-modules": { type: "boolean", default: false },
      arch: { type: "string", default: Deno.build.arch },
      run: { type: "boolean", default: false },
      machine: { type: "string" },
      accel: { type: "string" },
      memory: { type: "string", default: "768" },
      cid: { type: "string", default: "3" },
      help: { type: "boolean", short: "h", default: false },
    },
  }).values;
}

type Options = ReturnType<typeof parse>;

async function main(options: Options): Promise<void> {
  if (options.help) return console.log(usage);
  const arch = oneOf("--arch", options.arch, ["x86_64", "aarch64"] as const);
  if (options.sizes) return console.log(sizesTable(await languageSizes(arch)));
  const disk = options.disk && oneOf("--disk", options.disk, ["erofs", "squashfs"] as const);
  const languages = languagesOf(options.languages);
  const agent = await agentFor(options, arch);
  const kernel = options["no-modules"] && !options.run ? undefined : await debianKernel(arch);
  const content = { arch, agent, languages, kernel: options["no-modules"] ? undefined : kernel };
  const name = `sallyport-guest-${arch}`;
  const image = await buildImage(content, options.out, name, disk as DiskKind | undefined);
  await report(image, arch, kernel);
  if (options.run) await run(options, arch, image, kernel!);
}

/** The languages of a list; `all` are all that an image can have. */
function languagesOf(list: string): string[] {
  if (list === "all") return Object.keys(languageContents);
  const names = list.split(",").filter((name) => name !== "");
  for (const name of names) {
    languageNamed(name);
    if (Object.hasOwn(policy.languages, name)) continue;
    throw new Error(`Cannot add the language "${name}": the policy has none of that name`);
  }
  return names;
}

async function agentFor(options: Options, arch: "x86_64" | "aarch64") {
  if (!options["with-deno"]) return options.agent ?? (await ensureAgent(arch)).path;
  if (options.agent !== undefined) throw new Error("Cannot use --agent together with --with-deno");
  return { bundle: (await ensureBundle()).path, deno: await denoRuntime(arch) };
}

async function report(image: Image, arch: string, kernel: Kernel | undefined): Promise<void> {
  const mib = (bytes: number) => `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
  const size = async (path: string) => mib((await Deno.stat(path)).size);
  console.log(`initramfs  ${image.initrd}  ${await size(image.initrd)}`);
  if (image.disk !== undefined) console.log(`disk       ${image.disk}  ${await size(image.disk)}`);
  if (image.diskInitrd !== undefined) {
    console.log(`its start  ${image.diskInitrd}  ${await size(image.diskInitrd)}`);
  }
  console.log(
    `manifest   ${image.manifest}  ${image.files} files (${image.programs} programs and libraries, all ${arch}), sha256 ${image.hash}`,
  );
  if (kernel !== undefined) console.log(`kernel     ${kernel.image}  ${kernel.origin}`);
  for (const [origin, bytes] of image.sizes.slice(0, 8)) {
    console.log(`           ${mib(bytes).padStart(9)}  ${origin}`);
  }
}

async function run(
  options: Options,
  arch: "x86_64" | "aarch64",
  image: Image,
  kernel: Kernel,
): Promise<void> {
  const machines = arch === "x86_64" ? ["q35", "microvm"] as const : ["virt"] as const;
  const machine = oneOf("--machine", options.machine ?? machines[0], machines);
  const kvm = arch === Deno.build.arch && options.accel !== "tcg" && await kvmWorks(arch);
  if (options.accel === "kvm" && !kvm) throw new Error("Cannot use KVM on this machine");
  const directory = await Deno.makeTempDir({ prefix: "sallyport-run-" });
  const encoder = new TextEncoder();
  await using guest = await startGuest({
    ...{ arch, machine, kvm, directory },
    kernel: kernel.image,
    initrd: image.diskInitrd ?? image.initrd,
    disk: image.disk,
    memoryMib: Number(options.memory),
    processors: 2,
    cid: Number(options.cid),
    options: ["sallyport.listen=vsock:5000"],
    onConsole: (text) => Deno.stdout.writeSync(encoder.encode(text)),
  });
  console.log(`target     ${guest.target(5000)}`);
  console.log(`           end it with Ctrl-C`);
  Deno.addSignalListener("SIGINT", () => guest.qemu.kill("SIGTERM"));
  await guest.ended;
  await Deno.remove(directory, { recursive: true });
}

function oneOf<T extends string>(option: string, value: string, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === value);
  if (found !== undefined) return found;
  throw new Error(`Cannot use "${option} ${value}": it is one of ${choices.join(", ")}`);
}

if (import.meta.main) {
  try {
    await main(parse());
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    Deno.exit(1);
  }
}
