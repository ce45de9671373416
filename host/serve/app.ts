// The routes in a router, behind the check of the token; what has no route is refused like all else.

import { RegExpRouter } from "hono/router/reg-exp-router";
import type { Answer } from "./answer.ts";
import type { HttpRequest } from "./http_request.ts";
import type { Exchange, Handler } from "./http_server.ts";
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
  const router = new RegExpRouter<Route>();
  for (const route of routes) router.add(route.method, route.path, route);
  const methods = [...new Set(routes.map(({ method }) => method))];
  const found = (method: string, path: string) => router.match(method, path)[0][0]?.[0];

  async function answer(request: HttpRequest, exchange: Exchange): Promise<Answer> {
    const { method, path } = request;
    // An answer to HEAD is that to GET; node leaves the body out.
    const route = found(method === "HEAD" ? "GET" : method, path);
    if (route === undefined) throw missing(path);
    exchange.notes.route = `${route.method} ${route.path}`;
    const holder = route.open === true ? anybody : service.holderOf(request.headers);
    exchange.notes.token = holder.name;
    if (route.operator === true && holder.operator !== true) {
      throw new Problem("not_operator", `Only a token with "operator" sees ${route.path}`);
    }
    return await route.answer({ request, exchange, holder });
  }

  function missing(path: string): Problem {
    const known = methods.filter((method) => found(method, path) !== undefined);
    if (known.length === 0) return new Problem("no_route", "There is no such address");
    return new Problem("wrong_method", `Use ${known.join(" or ")}`, { allow: known.join(", ") });
  }

  return async (request, exchange) => {
    try {
      return await answer(request, exchange);
    } catch (error) {
      const problem = problemOf(error);
      if (problem.code === "broken") onBroken(error);
      return problem.answer();
    }
  };
}
