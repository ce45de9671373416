// For tests: a small policy that is right, to be made wrong in one place.

/** The text of a policy; `parts` replace or add members of its objects by their JSON text. */
export function policyText(parts: { groups?: string; profiles?: string; languages?: string } = {}) {
  return `{
  "architectures": ["x86_64", "aarch64"],
  "limits": {
    "timeout_ms": { "default": 1, "max": 2 }, "grace_ms": 1, "sample_ms": 1,
    "cpu_ms": { "default": 1, "max": 2 }, "cpu_percent": { "default": 1, "max": 2 }, "memory_bytes": { "default": 1, "max": 2 },
    "processes": { "default": 1, "max": 2 }, "open_files": { "default": 1, "max": 2 },
    "file_bytes": { "default": 1, "max": 2 }, "stack_bytes": { "default": 1, "max": 2 },
    "sandbox_bytes": 1, "tmp_bytes": 1, "code_bytes": 1, "output_bytes": 1,
    "output_total_bytes": { "default": 1, "max": 2 }, "put_bytes": 1, "denied": 1
  },
  "hardening": { "require": ["ids"], "read_only_paths": ["/usr"] },
  "environment": {},
  "groups": {
${
    parts.groups ??
      `    "@io": { "why": "for every test", "syscalls": ["read", "write", "lseek", "close", "openat", "unlinkat", "fallocate", "prlimit64"] }`
  }
  },
  "profiles": {
${parts.profiles ?? profiles(`"groups": ["@io"]`)}
  },
  "languages": {
${
    parts.languages ??
      `    "sh": { "file": "main.sh", "argv": ["/usr/bin/sh", "main.sh"], "profile": "sh" }`
  }
  }
}
`;
}

/** The profile "sh" with `members` in it, and the agent's. */
export function profiles(members: string): string {
  return `    "sh": {
      "why": "for every test",
      ${members},
      "default": { "notify": "EPERM" }, "newer_than_table": { "errno": "ENOSYS" }, "exec": "once"
    },
    "agent": { "why": "for every test", "default": "kill", "newer_than_table": "default" }`;
}
