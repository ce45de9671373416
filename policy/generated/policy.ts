// Written by `deno task policy` from policy/policy.jsonc. Do not edit.

import type { CompiledPolicy } from "../compiled.ts";

/** The limits, languages and requirements the agent is compiled with. */
export const policy: CompiledPolicy = {
  hash: "4233f9b5200ae122ff4a8e3eb13bbb4fa94ec5482dc20af1810fb81cdc4db66d",
  libseccomp: "2.5.4-1+deb12u1",
  syscall_table: "Linux 6.7",
  limits: {
    timeout_ms: {
      default: 5000,
      max: 30000,
    },
    grace_ms: 1000,
    sample_ms: 100,
    cpu_ms: {
      default: 10000,
      max: 30000,
    },
    cpu_percent: {
      default: 200,
      max: 800,
    },
    memory_bytes: {
      default: 268435456,
      max: 1073741824,
    },
    processes: {
      default: 32,
      max: 128,
    },
    open_files: {
      default: 256,
      max: 1024,
    },
    file_bytes: {
      default: 67108864,
      max: 67108864,
    },
    stack_bytes: {
      default: 8388608,
      max: 67108864,
    },
    sandbox_bytes: 67108864,
    tmp_bytes: 67108864,
    code_bytes: 65536,
    output_bytes: 1048576,
    output_total_bytes: {
      default: 1073741824,
      max: 4294967296,
    },
    put_bytes: 67108864,
    denied: 1000,
  },
  require: [
    "namespaces",
    "ids",
    "root",
    "landlock",
    "no-new-privs",
    "job-seccomp",
    "agent-seccomp",
    "agent-drop",
  ],
  read_only_paths: ["/usr", "/bin", "/sbin", "/lib", "/lib64", "/etc"],
  languages: {
    python: {
      name: "python",
      file: "main.py",
      argv: ["/usr/bin/python3", "-s", "-B", "main.py"],
      env: {
        PATH: "/usr/bin:/bin",
        LANG: "C.UTF-8",
        HOME: "/tmp",
      },
      profile: "python",
      profiles: {
        strict: "python",
        programs: "programs",
        workspace: "workspace",
      },
      mode: 384,
      level: "armed",
    },
    node: {
      name: "node",
      file: "main.js",
      argv: ["/usr/bin/node", "main.js"],
      env: {
        PATH: "/usr/bin:/bin",
        LANG: "C.UTF-8",
        HOME: "/tmp",
      },
      profile: "node",
      profiles: {
        strict: "node",
        programs: "programs-jit",
        workspace: "workspace",
      },
      mode: 384,
      level: "armed",
    },
    sh: {
      name: "sh",
      file: "main.sh",
      argv: ["/bin/sh", "main.sh"],
      env: {
        PATH: "/usr/bin:/bin",
        LANG: "C.UTF-8",
        HOME: "/tmp",
      },
      profile: "sh",
      profiles: {
        strict: "sh",
        programs: "programs",
        workspace: "workspace",
      },
      mode: 384,
      level: "armed",
    },
    bash: {
      name: "bash",
      file: "main.sh",
      argv: ["/bin/bash", "main.sh"],
      env: {
        PATH: "/usr/bin:/bin",
        LANG: "C.UTF-8",
        HOME: "/tmp",
      },
      profile: "sh",
      profiles: {
        strict: "sh",
        programs: "programs",
        workspace: "workspace",
      },
      mode: 384,
      level: "armed",
    },
    perl: {
      name: "perl",
      file: "main.pl",
      argv: ["/usr/bin/perl", "main.pl"],
      env: {
        PATH: "/usr/bin:/bin",
        LANG: "C.UTF-8",
        HOME: "/tmp",
      },
      profile: "perl",
      profiles: {
        strict: "perl",
        programs: "programs",
        workspace: "workspace",
      },
      mode: 384,
      level: "armed",
    },
    ruby: {
      name: "ruby",
      file: "main.rb",
      argv: ["/usr/bin/ruby", "main.rb"],
      env: {
        PATH: "/usr/bin:/bin",
        LANG: "C.UTF-8",
        HOME: "/tmp",
      },
      profile: "ruby",
      profiles: {
        strict: "ruby",
        programs: "programs",
        workspace: "workspace",
      },
      mode: 384,
      level: "armed",
    },
    exec: {
      name: "exec",
      file: "main",
      argv: ["./main"],
      env: {
        PATH: "/usr/bin:/bin",
        LANG: "C.UTF-8",
        HOME: "/tmp",
      },
      profile: "exec",
      profiles: {
        strict: "exec",
        workspace: "workspace",
      },
      mode: 448,
      level: "armed",
    },
  },
};
