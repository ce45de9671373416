// The requests that are answered at once: signs of life, files, and a new sandbox.

import type { Plain } from "./actions.ts";
import { answer, refusal } from "./expect.ts";
import { type Possible, surely } from "./spec_run.ts";
import * as files from "./tree.ts";
import { type ClientName, newClient, owes, withClient, type World } from "./world.ts";

/** What `plain` is answered with. */
export function answerPlain(world: World, name: ClientName, plain: Plain, id: number): Possible {
  if (plain.do === "ping") return surely(world, answer(name, "pong", id));
  if (plain.do === "info") return surely(world, answer(name, "info", id));
  if (owes(world, name)) return surely(world, refusal(name, id, "busy", "type"));
  const state = world.clients.get(name) ?? newClient;
  if (plain.do === "reset") {
    const next = withClient(world, name, { ...state, files: undefined, spent: false });
    return surely(next, answer(name, "done", id));
  }
  // What is made is meant for the next run: it does not go into a sandbox that is spent.
  const makes = plain.do === "put" || plain.do === "mkdir" || plain.do === "link";
  const isNew = makes && state.spent;
  const tree: files.Tree = (isNew ? undefined : state.files) ?? new Map();
  const spent = isNew ? false : state.spent;
  const after = (next: files.Tree) => withClient(world, name, { ...state, files: next, spent });
  if (plain.do === "get") {
    const got = files.get(tree, plain.path);
    return typeof got === "string"
      ? surely(after(tree), refusal(name, id, got, "path"))
      : surely(after(tree), answer(name, "file", id, { body: got.content }));
  }
  if (plain.do === "list") {
    const got = files.list(tree, plain.path, plain.recursive);
    return typeof got === "string"
      ? surely(after(tree), refusal(name, id, got, "path"))
      : surely(after(tree), answer(name, "files", id, { entries: got }));
  }
  const changed = change(tree, plain);
  return typeof changed === "string"
    ? surely(after(tree), refusal(name, id, changed, "path"))
    : surely(after(changed), answer(name, "done", id));
}

function change(
  tree: files.Tree,
  plain: Extract<Plain, { do: "put" | "mkdir" | "link" | "remove" }>,
): files.Changed {
  switch (plain.do) {
    case "put":
      return files.put(tree, plain.path, plain.content);
    case "mkdir":
      return files.mkdir(tree, plain.path);
    case "link":
      return files.link(tree, plain.path, plain.target);
    case "remove":
      return files.remove(tree, plain.path, plain.recursive);
  }
}
