// Programs whose answer is in /etc: each says in a job what it says outside of one. What they ask for
// is on the policy's list.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { startAgent } from "../helpers/agent.ts";
import { connect, runJob, text } from "../helpers/job.ts";
import { skip } from "../helpers/need.ts";

/** What each is, the program it needs, and lines of a shell that print its answer. */
const programs: Readonly<Record<string, readonly [need: string, code: string]>> = {
  "the time zone": ["/etc/localtime", "date -d @0 +%Z%z; TZ=Europe/Berlin date -d @0 +%Z%z"],
  "locales": ["/usr/bin/locale", "locale; LANG=C.UTF-8 locale charmap"],
  "ports and protocols": ["/usr/bin/getent", "getent services http; getent protocols tcp"],
  "the libraries of programs": ["/usr/bin/ldd", "ldd /bin/sh | sed 's/ (0x.*//'; cc --version"],
  "the distribution": ["/etc/os-release", ". /etc/os-release; echo $ID $VERSION_ID"],
  "alternatives": ["/etc/alternatives", "readlink -f /usr/bin/cc /usr/bin/awk /usr/bin/java"],
  "mounts": ["/etc/mtab", "df -P /usr | wc -l; head -c 0 /etc/mtab && echo read"],
  "kinds of files": ["/usr/bin/file", "file --mime-type /bin/sh /usr/bin/ldd"],
  "a login shell": ["/bin/bash", "bash -lc 'shopt -q login_shell && grep -c . /etc/profile'"],
  "Python": [
    "/usr/bin/python3",
    '/usr/bin/python3 -c "import ssl, mimetypes, time, socket, sys\n' +
    "c = ssl.create_default_context(); c.load_default_certs()\n" +
    "print(len(c.get_ca_certs()), ssl.get_default_verify_paths().openssl_cafile)\n" +
    "print(mimetypes.guess_type('a.7z'), len(mimetypes.types_map), time.tzname)\n" +
    "print(socket.getservbyname('domain', 'udp'), 'sitecustomize' in sys.modules)\"",
  ],
  "matplotlib": [
    "/usr/lib/python3/dist-packages/matplotlib/__init__.py",
    "MPLCONFIGDIR=/tmp /usr/bin/python3 -c 'import matplotlib as m; print(m.matplotlib_fname(), m.rcParams[\"backend\"])'",
  ],
  "fonts": ["/usr/bin/fc-match", "XDG_CACHE_HOME=/tmp fc-match serif"],
  "Node": [
    "/usr/bin/node",
    'node -e \'const tls = require("tls"); console.log(tls.rootCertificates.length, ' +
    "Intl.DateTimeFormat().resolvedOptions().timeZone)'",
  ],
  "OpenSSL": [
    "/usr/bin/openssl",
    "openssl version -d; openssl verify /etc/ssl/certs/ISRG_Root_X1.pem; openssl list -providers",
  ],
  "git": [
    "/usr/bin/git",
    "git init -q r && git -C r -c user.email=a@b -c user.name=n commit -q --allow-empty -m x && git -C r log --format=%an:%s",
  ],
  "curl": [
    "/usr/bin/curl",
    "curl -sv https://127.0.0.1:1/ 2>&1 | grep -c CA; curl --version | head -1",
  ],
  "gcc": ["/usr/bin/cc", "echo 'int main(){return 7;}' | cc -x c - -lm -o p; ./p; echo $?"],
  "Perl": [
    "/usr/bin/perl",
    'perl -MPOSIX -MNet::Config -e \'print strftime("%Z", localtime 0), scalar getservbyname("http", "tcp"), ' +
    '$NetConfig{test_hosts}, " $INC[0]\\n"\'',
  ],
  "PHP": [
    "/usr/bin/php",
    'php -r \'echo php_ini_loaded_file(), " ", ini_get("memory_limit"), " ", implode(",", get_loaded_extensions()), "\\n";\'',
  ],
  "R": [
    "/usr/bin/Rscript",
    'Rscript -e \'cat(R.home("doc"), Sys.getenv("R_LIBS_SITE"), getOption("papersize"), Sys.timezone(), "\\n")\'',
  ],
  "Ruby": [
    "/usr/bin/ruby",
    "ruby -ropenssl -retc -e 'puts OpenSSL::X509::DEFAULT_CERT_DIR, Time.at(0).zone, " +
    "OpenSSL::X509::Store.new.set_default_paths.inspect'",
  ],
  "Java": [
    "/usr/bin/keytool",
    "keytool -list -cacerts -storepass changeit | grep -c trustedCertEntry; " +
    "java -XshowSettings:locale -version 2>&1 | grep 'default locale'",
  ],
};

const count = Object.keys(programs).length;

Deno.test(`etc: ${count} programs say in a job what they say outside of one`, async (t) => {
  await using agent = await startAgent();
  await using client = await connect(agent.target);
  const limits = { processes: 128, memory_bytes: 1 << 30 };
  for (const [name, [need, code]] of Object.entries(programs)) {
    if (!existsSync(need)) {
      skip(t, `etc: ${name}`, `no "${need}"`);
      continue;
    }
    await t.step(name, async () => {
      const directory = await Deno.makeTempDir();
      try {
        const env = { PATH: "/usr/bin:/bin", LANG: "C.UTF-8", HOME: directory, TMPDIR: directory };
        const bare = await new Deno.Command("/bin/bash", {
          args: ["-c", code],
          cwd: directory,
          env,
          clearEnv: true,
        }).output();
        const options = { language: "bash", profile: "workspace", limits, timeout_ms: 30_000 };
        const job = await runJob(client, { ...options, code });
        assert.equal(text(job.stdout), text(bare.stdout), text(job.stderr));
        assert.equal(job.result.exit_code, bare.code, text(job.stderr));
        assert.notEqual(text(bare.stdout).trim(), "", text(bare.stderr));
      } finally {
        await Deno.remove(directory, { recursive: true });
      }
    });
  }
});
