// The project's rules that a compiler cannot check, as a plugin of `deno lint`.
//
// They protect the architecture: imports only as scripts/rooms/rooms.ts allows, only one module
// opens libc, nothing is fetched from elsewhere, and there is no promise or timer between a request
// and its result. Some of the rules do not apply to tests.

import { brokenRule, isForTests } from "./rooms/rooms.ts";

const root = new URL("..", import.meta.url).pathname;

const packages = [
  ...["valibot", "@valibot/to-json-schema", "jsonc-parser", "fast-check"],
  ...["hono/router/reg-exp-router", "@opentelemetry/api"],
  // For many hosts only: nothing else may need a server.
  ...["transport-node", "jetstream", "kv", "obj"].map((name) => `@nats-io/${name}`),
];

/** Path below the root, such as "linux/libc.ts"; null for a file outside the project. */
function pathOf(context: Deno.lint.RuleContext): string | null {
  return context.filename.startsWith(root) ? context.filename.slice(root.length) : null;
}

/** Whether a module of controller/mcp, which has a deno.json of its own, may import a package. */
function mcpPackage(specifier: string, from: string): boolean {
  if (/^@modelcontextprotocol\/server(\/stdio)?$/.test(specifier)) return true;
  // The client is for tests, which have a lock file of their own.
  return isForTests(from) && /^npm:@modelcontextprotocol\/client@[\d.]+(\/stdio)?$/.test(specifier);
}

/** Why the module at `from` may not import `specifier`, or null. */
export function brokenImport(from: string, specifier: string): string | null {
  if (specifier.startsWith(".")) {
    return brokenRule(from, new URL(specifier, `file:///${from}`).pathname.slice(1));
  }
  if (specifier.startsWith("node:") || packages.includes(specifier)) return null;
  if (from.startsWith("controller/mcp/") && mcpPackage(specifier, from)) return null;
  return `"${specifier}" is not on the list of packages`;
}

/** Names of the runtime's own timers. */
const timers = new Set(["setTimeout", "setInterval", "queueMicrotask"]);

/**
 * Whether code in this file must not wait: it runs, or may later run, between a request and its
 * result.
 */
export function mustNotWait(path: string): boolean {
  return /^(linux|protocol|sandbox|agent)\//.test(path) && !isForTests(path);
}

function imports(context: Deno.lint.RuleContext): Deno.lint.LintVisitor {
  const from = pathOf(context);
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
  const path = pathOf(context);
  if (path === null || path === "linux/libc.ts" || isForTests(path)) return {};
  return {
    MemberExpression(node) {
      const { object, property } = node;
      if (object.type !== "Identifier" || object.name !== "Deno") return;
      if (property.type !== "Identifier" || property.name !== "dlopen") return;
      context.report({ node, message: "Only linux/libc.ts opens a library" });
    },
  };
}

function noWaiting(context: Deno.lint.RuleContext): Deno.lint.LintVisitor {
  const path = pathOf(context);
  if (path === null || !mustNotWait(path)) return {};
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
