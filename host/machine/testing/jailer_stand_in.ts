// Stands in for Firecracker's jailer: the same arguments, the same directories, and then the same
// process is Firecracker. It does not change its root, since the stand-in for Firecracker could not
// run there, nor its user.
//
// Written after docs/jailer.md.

import { parseArgs } from "node:util";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    id: { type: "string" },
    "exec-file": { type: "string" },
    uid: { type: "string" },
    gid: { type: "string" },
    "chroot-base-dir": { type: "string", default: "/srv/jailer" },
    "resource-limit": { type: "string", multiple: true, default: [] },
  },
});
const { id = "", uid, gid, "exec-file": exec = "", "chroot-base-dir": base } = values;
const name = exec.split("/").at(-1)!;
if (!/^[a-zA-Z0-9-]{1,64}$/.test(id)) throw new Error(`Invalid id "${id}"`);
if (!name.includes("firecracker")) throw new Error(`"${exec}" does not contain "firecracker"`);
if (!/^\d+$/.test(uid ?? "") || !/^\d+$/.test(gid ?? "")) throw new Error("No uid or gid");
for (const limit of values["resource-limit"]) {
  if (!/^(fsize|no-file)=\d+$/.test(limit)) throw new Error(`Invalid resource limit "${limit}"`);
}
const root = `${base}/${name}/${id}/root`;
Deno.mkdirSync(root, { recursive: true });
Deno.copyFileSync(exec, `${root}/${name}`);
Deno.chownSync(root, Number(uid), Number(gid));
const child = new Deno.Command(`${root}/${name}`, {
  args: [`--id=${id}`, "--start-time-us=1", ...positionals],
  cwd: root,
  stdin: "null",
}).spawn();
const { code } = await child.status;
Deno.exit(code);
