// General work, under the profile "workspace": tools started from a shell, and servers on the
// loopback with their clients in the same job.

import type { PeoplesPrograms } from "./program.ts";

const bash = (needs: string[], code: string, prints: string | RegExp): PeoplesPrograms[string] => ({
  needs: ["/usr/bin/bash", ...needs],
  language: "bash",
  profile: "workspace",
  limits: { memory_bytes: 1 << 30, processes: 128 },
  timeout_ms: 30_000,
  code: `set -e\n${code}`,
  prints,
});

/** Tools from a shell. */
export const tools: PeoplesPrograms = {
  "git: a repository, a commit, a branch": bash(
    ["/usr/bin/git"],
    "git init -q -b main r; cd r; echo a > f; git add f; git -c user.email=a@b -c user.name=n commit -qm one\n" +
      "git switch -qc two; git log --format=%s; git status --short; git branch --show-current",
    "one\ntwo\n",
  ),
  "node": bash(["/usr/bin/node"], "node -e 'console.log([1, 2].map((x) => x * 2))'", "[ 2, 4 ]\n"),
  "java, from source": bash(
    ["/usr/bin/javac"],
    "echo 'class M { public static void main(String[] a) { System.out.println(\"ok\"); } }' > M.java\njava M.java",
    "ok\n",
  ),
  "go run": bash(
    ["/usr/bin/go"],
    "printf 'package main\\nimport \"fmt\"\\nfunc main() { fmt.Println(42) }\\n' > m.go\n" +
      "GOCACHE=$PWD/.c GO111MODULE=off GOFLAGS=-p=1 go run m.go",
    "42\n",
  ),
  "make and a compiler, and what they built": bash(
    ["/usr/bin/make", "/usr/bin/gcc"],
    "printf 'int price(int n) { return n * 3; }\\n' > p.c\n" +
      "printf '#include <stdio.h>\\nint price(int);\\nint main() { printf(\"%%d\\\\n\", price(14)); }\\n' > m.c\n" +
      "printf 'm: m.o p.o\\n\\tcc -o $@ $^\\n' > Makefile\nmake -s; ./m",
    "42\n",
  ),
  "a pipeline of the usual tools": bash(
    [],
    "seq 1 100 | awk '{ s += $1 } END { print s }'; printf 'b\\na\\n' | sort | tr a-z A-Z | sed s/A/x/\n" +
      "tar -cf - -C / etc/hosts | tar -tf -; find . -name '*.sh' | xargs wc -l | awk '{ print $2 }'",
    "5050\nx\nB\netc/hosts\n./main.sh\n",
  ),
  "python3 -c, perl -e, and a heredoc": bash(
    ["/usr/bin/python3", "/usr/bin/perl"],
    "python3 - <<'X'\nimport subprocess\nprint(subprocess.check_output(['perl', '-e', 'print 6 * 7']).decode())\nX",
    "42\n",
  ),
  "a job in the background, awaited": bash([], "sleep 0.1 & p=$!; wait $p; echo $?", "0\n"),
};

const server = { profile: "workspace", timeout_ms: 20_000 } as const;

/** A server and its client in one job. */
export const loopback: PeoplesPrograms = {
  "asyncio": {
    ...server,
    needs: ["/usr/bin/python3"],
    language: "python",
    code: "import asyncio\nasync def main():\n" +
      "  async def hello(r, w): w.write((await r.readline()).upper()); await w.drain(); w.close()\n" +
      "  s = await asyncio.start_server(hello, '127.0.0.1', 0)\n" +
      "  r, w = await asyncio.open_connection(*s.sockets[0].getsockname())\n" +
      "  w.write(b'hello\\n'); print((await r.readline()).decode().strip())\nasyncio.run(main())",
    prints: "HELLO\n",
  },
  "http.server and urllib": {
    ...server,
    needs: ["/usr/bin/python3"],
    language: "python",
    code:
      "import http.server, threading, urllib.request\ns = http.server.ThreadingHTTPServer(('localhost', 0), http.server.SimpleHTTPRequestHandler)\n" +
      "threading.Thread(target=s.serve_forever, daemon=True).start()\n" +
      "print(b'main.py' in urllib.request.urlopen(f'http://localhost:{s.server_port}/').read())",
    prints: "True\n",
    says: /GET \/ HTTP\/1\.1" 200/,
  },
  "datagrams over IPv6": {
    ...server,
    needs: ["/usr/bin/python3"],
    language: "python",
    code: "import socket as s\na = s.socket(s.AF_INET6, s.SOCK_DGRAM); a.bind(('::1', 0))\n" +
      "b = s.socket(s.AF_INET6, s.SOCK_DGRAM); b.sendto(b'hi', a.getsockname()); print(a.recv(9))",
    prints: "b'hi'\n",
  },
  "http of Node": {
    ...server,
    needs: ["/usr/bin/node"],
    language: "node",
    code:
      "const http = require('http');\nconst s = http.createServer((q, r) => r.end('hello')).listen(0, '127.0.0.1', () =>\n" +
      "  http.get({ port: s.address().port, host: '127.0.0.1' }, (r) => r.on('data', (d) => { console.log(`${d}`); s.close(); })));",
    prints: "hello\n",
  },
  "net/http of Go": {
    ...server,
    needs: ["/usr/bin/go"],
    language: "go",
    code: 'package main\nimport ("fmt"; "io"; "net/http"; "net/http/httptest")\nfunc main() {\n' +
      's := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "hello") }))\n' +
      "r, e := http.Get(s.URL); if e != nil { panic(e) }; b, _ := io.ReadAll(r.Body); fmt.Println(string(b)) }",
    prints: "hello\n",
  },
  "HttpServer and HttpClient of Java": {
    ...server,
    needs: ["/usr/bin/javac"],
    language: "java",
    limits: { processes: 128, memory_bytes: 512 << 20 },
    code:
      "import com.sun.net.httpserver.*;\nimport java.net.*;\nimport java.net.http.*;\npublic class Main { public static void main(String[] a) throws Exception {\n" +
      'var s = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);\n' +
      's.createContext("/", x -> { x.sendResponseHeaders(200, 5); x.getResponseBody().write("hello".getBytes()); x.close(); });\n' +
      "s.start();\n" +
      'var q = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + s.getAddress().getPort() + "/")).build();\n' +
      "System.out.println(HttpClient.newHttpClient().send(q, HttpResponse.BodyHandlers.ofString()).body());\nSystem.exit(0); } }",
    prints: "hello\n",
  },
  "php -S and a client": {
    ...server,
    needs: ["/usr/bin/php"],
    language: "bash",
    limits: { processes: 64 },
    code: "echo '<?php echo 6 * 7;' > i.php\nphp -q -S 127.0.0.1:8080 i.php 2> log & p=$!\n" +
      "for i in $(seq 50); do sleep 0.1; (exec 3<>/dev/tcp/127.0.0.1/8080) 2> /dev/null && break; done\n" +
      'php -r \'echo file_get_contents("http://127.0.0.1:8080/"), "\\n";\'; kill $p',
    prints: "42\n",
  },
};
