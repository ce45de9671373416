import assert from "node:assert/strict";
import { type GuestMachine, kernelCommandLine, qemuArguments } from "./qemu.ts";

const guest: GuestMachine = {
  arch: "x86_64",
  kernel: "vmlinuz",
  initrd: "guest.cpio",
  memoryMib: 512,
  processors: 2,
  options: ["sallyport.listen=vsock:5000"],
  machine: "q35",
  kvm: false,
  vsock: { cid: 3 },
};

Deno.test("the host's own vsock device needs no shared memory", () => {
  const args = qemuArguments(guest);
  assert.ok(args.includes("vhost-vsock-pci,guest-cid=3"));
  assert.ok(!args.join(" ").includes("memfd"));
});

Deno.test("a vhost-user back end shares the guest's memory", () => {
  const text = qemuArguments({ ...guest, vsock: { backend: "/run/v.sock" } }).join(" ");
  assert.match(text, /-machine q35,memory-backend=mem /);
  assert.match(text, /memory-backend-memfd,id=mem,size=512M,share=on/);
  assert.match(
    text,
    /-chardev socket,id=vsock,path=\/run\/v.sock -device vhost-user-vsock-pci,chardev=vsock/,
  );
});

Deno.test("a removable socket device has a port of its own, and is not there in a restored guest", () => {
  const removable = { ...guest, vsock: { backend: "/run/v.sock" }, removable: true };
  const text = qemuArguments(removable).join(" ");
  assert.match(text, /pcie-root-port,id=socket-port/);
  assert.match(text, /vhost-user-vsock-pci,chardev=vsock,id=vsock,bus=socket-port/);
  const restored = qemuArguments({ ...removable, incoming: "/tmp/state" }).join(" ");
  assert.match(restored, /pcie-root-port,id=socket-port/);
  assert.doesNotMatch(restored, /vhost-user-vsock|chardev/);
});

Deno.test("a machine without PCI has other devices", () => {
  assert.ok(
    qemuArguments({ ...guest, machine: "microvm" }).includes("vhost-vsock-device,guest-cid=3"),
  );
});

Deno.test("the image's options come last on the kernel's command line", () => {
  assert.equal(
    kernelCommandLine(guest),
    "console=ttyS0 panic=-1 quiet mitigations=off no_timer_check sallyport.listen=vsock:5000",
  );
  assert.equal(
    kernelCommandLine({ ...guest, kvm: true, options: [] }),
    "console=ttyS0 panic=-1 quiet",
  );
});

Deno.test("aarch64 has its own console, and a cheap hash for pointer authentication", () => {
  const arm: GuestMachine = { ...guest, arch: "aarch64", machine: "virt" };
  const text = qemuArguments(arm).join(" ");
  assert.match(text, /-machine virt .*-cpu max,pauth-impdef=on /);
  assert.match(kernelCommandLine(arm), /^console=ttyAMA0 /);
});
