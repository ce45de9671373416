// The files of a sandbox, as the protocol promises them: what each request for files answers, and
// what is there afterwards.

/** A file with its content, a directory, or a symbolic link with its text. */
export type TreeNode =
  | { readonly kind: "file"; readonly content: string }
  | { readonly kind: "directory" }
  | { readonly kind: "symlink"; readonly target: string };

/** All of them, by their paths below the sandbox directory. */
export type Tree = ReadonlyMap<string, TreeNode>;

/** An error's code, or the files afterwards. */
export type Changed = "not_found" | "forbidden_path" | Tree;

/** Why the directory of `path` cannot be used, or undefined. A missing one counts if it `must` be there. */
function problemAbove(tree: Tree, path: string, must: boolean) {
  const names = path.split("/");
  for (let length = 1; length < names.length; length++) {
    const node = tree.get(names.slice(0, length).join("/"));
    if (node === undefined) return must ? "not_found" : undefined;
    if (node.kind === "symlink") return "forbidden_path";
    if (node.kind === "file") return "not_found";
  }
  return undefined;
}

/** The tree with `node` at `path`, and the directories above it. */
function grown(tree: Tree, path: string, node: TreeNode): Tree {
  const names = path.split("/");
  const next = new Map(tree);
  for (let length = 1; length < names.length; length++) {
    next.set(names.slice(0, length).join("/"), { kind: "directory" });
  }
  return next.set(path, node);
}

/** `put`: a new file, or new content for one that is there. */
export function put(tree: Tree, path: string, content: string): Changed {
  const above = problemAbove(tree, path, false);
  if (above !== undefined) return above;
  const kind = tree.get(path)?.kind;
  if (kind === "directory") return "not_found";
  if (kind === "symlink") return "forbidden_path";
  return grown(tree, path, { kind: "file", content });
}

/** `mkdir`: a directory that is there stays as it is. */
export function mkdir(tree: Tree, path: string): Changed {
  const above = problemAbove(tree, path, false);
  if (above !== undefined) return above;
  const kind = tree.get(path)?.kind;
  if (kind === "file") return "not_found";
  if (kind === "symlink") return "forbidden_path";
  return grown(tree, path, { kind: "directory" });
}

/** `link`: in place of a file or a link, never of a directory. */
export function link(tree: Tree, path: string, target: string): Changed {
  const above = problemAbove(tree, path, false);
  if (above !== undefined) return above;
  if (tree.get(path)?.kind === "directory") return "forbidden_path";
  return grown(tree, path, { kind: "symlink", target });
}

/** `remove`: a directory that is not empty needs `recursive`. */
export function remove(tree: Tree, path: string, recursive: boolean): Changed {
  const above = problemAbove(tree, path, true);
  if (above !== undefined) return above;
  if (!tree.has(path)) return "not_found";
  const below = [...tree.keys()].filter((other) => other.startsWith(`${path}/`));
  if (below.length > 0 && !recursive) return "forbidden_path";
  const next = new Map(tree);
  for (const gone of [path, ...below]) next.delete(gone);
  return next;
}

/** `get`: a file's content, or an error's code. */
export function get(
  tree: Tree,
  path: string,
): { content: string } | "not_found" | "forbidden_path" {
  const above = problemAbove(tree, path, true);
  if (above !== undefined) return above;
  const node = tree.get(path);
  if (node?.kind === "file") return node;
  return node?.kind === "symlink" ? "forbidden_path" : "not_found";
}

/** `list`: each entry as "name kind size-or-target", sorted; or an error's code. */
export function list(
  tree: Tree,
  path: string | undefined,
  recursive: boolean,
): string[] | "not_found" | "forbidden_path" {
  if (path !== undefined) {
    const above = problemAbove(tree, path, true);
    if (above !== undefined) return above;
    const node = tree.get(path);
    if (node?.kind === "symlink") return "forbidden_path";
    if (node?.kind !== "directory") return "not_found";
  }
  const prefix = path === undefined ? "" : `${path}/`;
  const found: string[] = [];
  for (const [full, node] of tree) {
    const name = full.slice(prefix.length);
    if (!full.startsWith(prefix) || (!recursive && name.includes("/"))) continue;
    found.push(`${name} ${shownNode(node)}`);
  }
  return found.sort();
}

/** A node as a listing shows it. */
export function shownNode(node: TreeNode): string {
  if (node.kind === "file") return `file ${node.content.length}`;
  return node.kind === "symlink" ? `symlink ${node.target}` : "directory";
}
