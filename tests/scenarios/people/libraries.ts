// Libraries and runtimes that ask the machine about its processors, its memory nodes and its
// priorities, or that reserve far more than they use. All under the strict profile and the default
// limits.

import type { PeoplesPrograms } from "./program.ts";

const python = ["/usr/bin/python3"];
const scipy = [...python, "/usr/lib/python3/dist-packages/scipy/__init__.py"];

/** Harmless questions, answered. */
export const questions: PeoplesPrograms = {
  "scipy's transforms and optimizer": {
    needs: scipy,
    language: "python",
    code: "import numpy as np\nfrom scipy import fft, optimize\n" +
      "print(abs(fft.fft([1, 0, 0, 0])).sum(), round(optimize.brentq(lambda x: x * x - 2, 0, 2), 6))",
    prints: "4.0 1.414214\n",
  },
  "OpenMP in C": {
    needs: ["/usr/bin/gcc"],
    language: "c",
    code:
      "#include <stdio.h>\nint main() { long s = 0;\n#pragma omp parallel for reduction(+:s)\n" +
      'for (int i = 0; i < 1000; i++) s += i;\nprintf("%ld\\n", s); }',
    prints: "499500\n",
  },
  "the JVM looking for memory nodes": {
    needs: ["/usr/bin/javac"],
    language: "java",
    code:
      "public class Main { public static void main(String[] a) { System.out.println(java.util.stream." +
      "IntStream.range(0, 1000).parallel().sum() + Runtime.getRuntime().availableProcessors() * 0); } }",
    env: { JAVA_TOOL_OPTIONS: "-XX:+UseNUMA" },
    prints: "499500\n",
    says: /^Picked up JAVA_TOOL_OPTIONS/,
  },
  "priorities and affinity from Python": {
    needs: python,
    language: "python",
    code: "import os\nprint(os.nice(0) >= 0, len(os.sched_getaffinity(0)) > 0, os.cpu_count() > 0)",
    prints: "True True True\n",
  },
  "a linear model in R": {
    needs: ["/usr/bin/Rscript"],
    language: "r",
    code:
      "d <- data.frame(x = 1:10); d$y <- 2 * d$x + 1\ncat(round(coef(lm(y ~ x, d)), 6), '\\n')\n" +
      "m <- matrix(1, 200, 200); cat(sum(m %*% m), '\\n')",
    prints: "1 2 \n8e+06 \n",
  },
  "workers in Node": {
    needs: ["/usr/bin/node"],
    language: "node",
    code:
      "const { Worker } = require('worker_threads');\nlet n = 0;\nfor (let i = 0; i < 4; i++) new Worker(" +
      "'require(\"worker_threads\").parentPort.postMessage(1)', { eval: true })" +
      ".on('message', (x) => { n += x; if (n === 4) console.log(n); });",
    prints: "4\n",
  },
};

/** Memory that is reserved and not used. */
export const reserved: PeoplesPrograms = {
  "ten thousand goroutines": {
    needs: ["/usr/bin/go"],
    language: "go",
    code:
      'package main\nimport ("fmt"; "sync")\nfunc main() { var g sync.WaitGroup; c := make(chan int, 10000)\n' +
      "for i := 0; i < 10000; i++ { g.Add(1); go func() { defer g.Done(); c <- 1 }() }\n" +
      "g.Wait(); fmt.Println(len(c)) }",
    prints: "10000\n",
  },
  "a map of Go under its collector": {
    needs: ["/usr/bin/go"],
    language: "go",
    code:
      'package main\nimport ("encoding/json"; "fmt"; "runtime")\nfunc main() { for i := 0; i < 50; i++ {\n' +
      'm := map[string][]byte{}; for k := 0; k < 100; k++ { m[fmt.Sprint("k", k)] = make([]byte, 10000) }\n' +
      'if i == 49 { b, _ := json.Marshal(m); fmt.Println(len(b) > 0) } }; runtime.GC(); fmt.Println("ok") }',
    prints: "true\nok\n",
  },
  "ten gibibytes reserved in C, and one page used": {
    needs: ["/usr/bin/gcc"],
    language: "c",
    code: "#define _GNU_SOURCE\n#include <stdio.h>\n#include <sys/mman.h>\nint main() {\n" +
      "char *p = mmap(0, 10L << 30, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);\n" +
      'mprotect(p, 4096, PROT_READ | PROT_WRITE); p[0] = 1; printf("%d\\n", p[0]); }',
    prints: "1\n",
  },
  "thirty threads in Python, each with its stack": {
    needs: python,
    language: "python",
    code: "import threading\nb = threading.Barrier(31)\n" +
      "for i in range(30): threading.Thread(target=b.wait).start()\nb.wait(); print('met')",
    limits: { processes: 64 },
    prints: "met\n",
  },
  "streams and strings in Java": {
    needs: ["/usr/bin/javac"],
    language: "java",
    code:
      "import java.util.*;\nimport java.util.stream.*;\npublic class Main { public static void main(String[] a) {\n" +
      "var m = IntStream.range(0, 100000).boxed().collect(Collectors.groupingBy(i -> i % 7, Collectors.counting()));\n" +
      "System.out.println(m); } }",
    prints: "{0=14286, 1=14286, 2=14286, 3=14286, 4=14286, 5=14285, 6=14285}\n",
  },
  "a vector of a hundred mebibytes in Rust": {
    needs: ["/usr/bin/rustc"],
    language: "rust",
    code:
      'fn main() { let v = vec![1u8; 100 << 20]; println!("{}", v.iter().map(|&x| x as u64).sum::<u64>()); }',
    prints: "104857600\n",
  },
};
