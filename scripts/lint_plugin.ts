// The house rules that a compiler cannot know, as a plugin of `deno lint`.
//
// They keep the picture of the architecture true: one door to libc, imports that only point down, nothing fetched
// from elsewhere, and no promise or timer where a request is on its way. Tests may do what they must.

type Where = {
  /** Path inside the project: "linux/libc.ts". */
  path: string;
  folder: string;
  test: boolean;
};

const root = new URL("..", import.meta.url).pathname;
const generated = /^policy\/(generated\/|compiled\.ts$)/;

/** What each folder may import besides itself. */
const below: Record<string, (path: string) => boolean> = {
  linux: () => false,
  sandbox: (path) => path.startsWith("linux/"),
  policy: (path) => /^(linux|sandbox)\//.test(path),
  protocol: () => false,
  agent: (path) => /^(linux|sandbox|protocol)\//.test(path) || generated.test(path),
  controller: (path) => /^(linux|protocol)\//.test(path) || generated.test(path),
};

const packages = ["valibot", "@valibot/to-json-schema", "jsonc-parser", "fast-check"];

function where(filename: string): Where | null {
  if (!filename.startsWith(root)) return null;
  const path = filename.slice(root.length);
  const test = path.endsWith("_test.ts") || path.startsWith("tests/") || /\/testing\//.test(path);
  return { path, folder: path.split("/")[0], test };
}

function resolve(from: string, specifier: string): string {
  return new URL(specifier, `file:///${from}`).pathname.slice(1);
}

/** Why the module at `from` may not import `specifier`, or null. */
export function brokenImport(from: Where, specifier: string): string | null {
  if (specifier.startsWith(".")) {
    const rule = below[from.folder];
    const path = resolve(from.path, specifier);
    if (rule === undefined || from.test || path.startsWith(`${from.folder}/`) || rule(path)) {
      return null;
    }
    return `"${from.folder}" must not import "${path}": imports only point down`;
  }
  if (specifier.startsWith("node:") || packages.includes(specifier)) return null;
  return `"${specifier}" is not on the list of packages`;
}

/** Names of the runtime's own timers. */
const timers = new Set(["setTimeout", "setInterval", "queueMicrotask"]);

/** Whether nothing in this file may wait: it is, or may come to be, between a request and its result. */
export function mustNotWait({ path, folder, test }: Where): boolean {
  return !test && ["linux", "sandbox", "protocol", "agent"].includes(folder) &&
    path !== "agent/main.ts";
}

function imports(context: Deno.lint.RuleContext): Deno.lint.LintVisitor {
  const from = where(context.filename);
  const check = (node: Deno.lint.Node, source: { value?: unknown } | null) => {
    if (from === null || typeof source?.value !== "string") return;
    const broken = brokenImport(from, source.value);
    if (broken !== null) context.report({ node, message: broken });
  };
  return {
    ImportDeclaration: (node) => check(node, node.source),
    ExportNamedDeclaration: (node) => check(node, node.source),
    ExportAllDeclaration: (node) => check(node, node.source),
  };
}

function oneDlopen(context: Deno.lint.RuleContext): Deno.lint.LintVisitor {
  const from = where(context.filename);
  return {
    MemberExpression(node) {
      if (from === null || from.test || from.path === "linux/libc.ts") return;
      const { object, property } = node;
      if (object.type !== "Identifier" || object.name !== "Deno") return;
      if (property.type !== "Identifier" || property.name !== "dlopen") return;
      context.report({ node, message: "Only linux/libc.ts opens a library" });
    },
  };
}

function noWaiting(context: Deno.lint.RuleContext): Deno.lint.LintVisitor {
  const from = where(context.filename);
  if (from === null || !mustNotWait(from)) return {};
  const message = "A promise or a timer of the runtime has no place between request and result";
  return {
    AwaitExpression: (node) => context.report({ node, message }),
    CallExpression(node) {
      if (node.callee.type === "Identifier" && timers.has(node.callee.name)) {
        context.report({ node, message });
      }
    },
  };
}

const plugin: Deno.lint.Plugin = {
  name: "sallyport",
  rules: {
    "imports": { create: imports },
    "one-dlopen": { create: oneDlopen },
    "no-waiting": { create: noWaiting },
  },
};

export default plugin;
