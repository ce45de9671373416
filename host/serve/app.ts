// The routes in a router, behind the check of the token; what has no route is refused like all else.

import { Hono } from "hono";
import type { Handler } from "./http_server.ts";
import type { Exchange } from "./http_server.ts";
import { Problem } from "./problem.ts";
import { problemOf } from "./problem_of.ts";
import type { Route } from "./routes.ts";
import type { Service } from "./service.ts";
import { anybody } from "./tokens.ts";

/** The handler of all requests. `onBroken` is told of faults that are this program's own. */
export function handlerOf(
  service: Service,
  routes: readonly Route[],
  onBroken: (error: unknown) => void,
): Handler {
  const app = new Hono<{ Bindings: Exchange }>();
  for (const { method, path, open = false, answer } of routes) {
    app.on(method, path, async (context) => {
      const { env: exchange, req: request } = context;
      exchange.notes.route = `${method} ${path}`;
      const holder = open ? anybody : service.holderOf(request.raw.headers);
      exchange.notes.token = holder.name;
      return await answer({ request, exchange, holder });
    });
  }
  for (const path of new Set(routes.map((route) => route.path))) {
    const methods = routes.filter((route) => route.path === path).map(({ method }) => method);
    app.all(path, () => {
      const response = new Problem("wrong_method", `Use ${methods.join(" or ")}`).response();
      response.headers.set("allow", methods.join(", "));
      return response;
    });
  }
  app.notFound(() => new Problem("no_route", "There is no such address").response());
  app.onError((error) => {
    const problem = problemOf(error);
    if (problem.code === "broken") onBroken(error);
    return problem.response();
  });
  return (request, exchange) => app.fetch(request, exchange);
}
