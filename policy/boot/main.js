// Keeps Node.js waiting before it loads its program, and then leaves as if it had never been there.
//
// This is what Node takes for its program at first. Not `--require`: each worker would load that
// again. What it was told comes as one message on descriptor 3: the number of arguments, the
// arguments, then NAME=value, each ended by a NUL.
"use strict";
const fs = require("fs");
const Module = require("module");
fs.unlinkSync(__filename);
const missing = process.env.SALLYPORT_PRELOAD.split(" ").filter((name) => {
  if (name === "") return false;
  try {
    require(name);
    return false;
  } catch {
    return true;
  }
});
delete process.env.SALLYPORT_PRELOAD;
// What the first console.log would load and compile. Not process.stdout itself, which changes the
// pipe that a program's children may inherit.
{
  const { Console } = require("console");
  const { Socket } = require("net");
  const { Writable } = require("stream");
  const nowhere = new Writable({
    decodeStrings: false,
    write: (_chunk, _encoding, done) => done(),
  });
  new Console(nowhere).log("%s", "", [{}]);
  const unconnected = new Socket();
  unconnected.on("error", () => {});
  unconnected.write("");
  unconnected.destroy();
}
const { user, system } = process.cpuUsage();
fs.writeSync(3, [(user + system) / 1000, ...missing].join(" "));
const buffer = Buffer.alloc(1 << 17);
const length = fs.readSync(3, buffer);
if (length === 0) process.reallyExit(0);
fs.writeSync(3, "go");
fs.closeSync(3);
const [count, ...words] = buffer.toString("utf8", 0, length).split("\0").slice(0, -1);
process.argv[1] = "/sandbox/main.js";
process.argv.push(...words.slice(0, Number(count)));
for (const variable of words.slice(Number(count))) {
  const at = variable.indexOf("=");
  process.env[variable.slice(0, at)] = variable.slice(at + 1);
}
process.chdir("/sandbox");
delete require.cache[__filename];
for (const key of Object.keys(Module._pathCache)) {
  if (key.startsWith("/tmp/main.js")) delete Module._pathCache[key];
}
// Not called here: this file would be in the program's stack.
process.nextTick(Module.runMain.bind(Module));
