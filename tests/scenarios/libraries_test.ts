// Libraries that people really import, under the strict profile and the default limits: they run,
// and what they ask of the machine is no denied call.

import assert from "node:assert/strict";
import { startAgent } from "../helpers/agent.ts";
import { connect, runJob, text } from "../helpers/job.ts";
import { file, type Need, testNeeding } from "../helpers/need.ts";

const library = (name: string): Need => file(`/usr/lib/python3/dist-packages/${name}/__init__.py`);

/** Program, what it prints, and the library that it needs. */
const programs: Record<string, { needs: string; code: string; prints: string; spawns?: true }> = {
  "a product of matrices": {
    needs: "numpy",
    code: "import numpy as np\na = np.ones((200, 200)); print((a @ a).shape, (a @ a).sum())",
    prints: "(200, 200) 8000000.0\n",
  },
  "linear algebra": {
    needs: "numpy",
    code: "import numpy as np\na = np.array([[2., 1], [1, 3]])\n" +
      "print(np.linalg.solve(a, [3, 5]).round(6), np.linalg.eigvalsh(a).round(3))",
    prints: "[0.8 1.4] [1.382 3.618]\n",
  },
  "a large array that is not touched": {
    needs: "numpy",
    code: "import numpy as np\na = np.zeros(30_000_000); a[0] = 1; print(a.nbytes, a.sum())",
    prints: "240000000 1.0\n",
  },
  "a data frame": {
    needs: "pandas",
    code: "import pandas as pd\nd = pd.DataFrame({'a': [1, 2, 3], 'b': list('xyx')})\n" +
      "print(d.groupby('b').a.sum().to_dict(), d.a.describe()['mean'])",
    prints: "{'x': 4, 'y': 2} 2.0\n",
    spawns: true, // asks programs of the guest for its version
  },
  "a plot": {
    needs: "matplotlib",
    code: "import matplotlib; matplotlib.use('Agg')\nimport matplotlib.pyplot as plt\n" +
      "plt.plot([1, 2]); plt.savefig('p.png'); print(open('p.png', 'rb').read(4))",
    prints: "b'\\x89PNG'\n",
    spawns: true, // asks fc-list for fonts
  },
};

for (const [name, { needs, code, prints, spawns }] of Object.entries(programs)) {
  testNeeding(
    [file("/usr/bin/python3"), library(needs)],
    `libraries: ${needs}, ${name}`,
    async () => {
      await using agent = await startAgent();
      await using client = await connect(agent.target);
      const job = await runJob(client, { language: "python", code, timeout_ms: 30_000 });
      assert.equal(text(job.stdout), prints, text(job.stderr) + JSON.stringify(job.result));
      const denied = job.result.denied.filter(({ syscall }) => !(spawns && syscall === "execve"));
      assert.deepEqual(denied, []);
    },
  );
}

/** What compiles at run time where it may: nothing is refused, and no warning is printed. */
const compiling = {
  php: {
    needs: "/usr/bin/php",
    code: "<?php echo preg_match('/a+b/', 'aaab'), preg_replace('/\\p{L}+/u', 'x', 'größe');",
    prints: "1x",
  },
  r: {
    needs: "/usr/lib/R/bin/exec/R",
    code: "cat(grepl('^a+b$', 'aaab', perl = TRUE), Sys.timezone()); plot(1:10)",
    prints: "TRUE Etc/UTC",
  },
};

for (const [language, { needs, code, prints }] of Object.entries(compiling)) {
  testNeeding([file(needs)], `libraries: regular expressions of ${language}`, async () => {
    await using agent = await startAgent();
    await using client = await connect(agent.target);
    const { result, stdout, stderr } = await runJob(client, { language, code });
    assert.deepEqual([text(stdout), text(stderr)], [prints, ""]);
    assert.deepEqual(result.denied, []);
  });
}
