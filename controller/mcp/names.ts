// Which names an HTTP server answers to: what keeps a web page from using it.
//
// A browser sends a page's Origin, and by DNS rebinding a page can give this machine's address its
// own name; then that name stands in Host. So both must be names that the server is known by.

/** The names of this machine to itself. */
export const loopbackNames: readonly string[] = ["localhost", "127.0.0.1", "[::1]"];

/** Whether an address can only be reached from this machine. */
export function isLoopback(hostname: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/.test(hostname);
}

/**
 * Why a request is refused, or null.
 *
 * @param names The names the server is known by, without ports.
 */
export function refusal(headers: Headers, names: readonly string[]): string | null {
  const host = headers.get("host");
  if (host === null || !names.includes(hostnameOf(`http://${host}`) ?? "")) {
    return `Host "${host ?? ""}" is not a name of this server`;
  }
  const origin = headers.get("origin");
  if (origin !== null && !names.includes(hostnameOf(origin) ?? "")) {
    return `Origin "${origin}" is not allowed`;
  }
  return null;
}

function hostnameOf(url: string): string | null {
  try {
    return new URL(url).hostname;
  } catch {
    return null;
  }
}
