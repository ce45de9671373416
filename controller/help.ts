// The text of `--help`.

/** What the command line can do. */
export const help = `Runs programs in a Sallyport agent

Usage: sallyport [--target TARGET] COMMAND [OPTIONS]

Commands:
  run [OPTIONS] FILE [ARGS]  run a program; FILE "-": read it from standard input
  info [--json]              what the agent is, offers and enforces
  ping                       ask for a sign of life
  reset [--restored]         throw the prepared sandbox away; --restored: a snapshot was
                             restored, so give the guest the time and fresh randomness too

A sandbox lives as long as its connection, which is one command: \`run --put\` and
\`run --get\` bring files and directories to a program and back.

TARGET (or the environment variable SALLYPORT_TARGET):
  unix:PATH                  a Unix socket
  vsock:CID:PORT             a virtual machine
  firecracker:SOCKET:PORT    a virtual machine behind Firecracker's socket

Options of run, before FILE:
  -l, --language NAME        one that \`info\` names; else from FILE's extension
      --profile NAME         a wider profile: programs, workspace; see \`info\`
  -e, --env NAME=VALUE       add to the environment (again for more)
      --put FILE[:PATH]      bring a file or a directory into the sandbox first (again for
                             more); DIR:. is what DIR holds, without DIR itself
      --get PATH[:FILE]      fetch a file or a directory from it afterwards (again for more)
      --entry                FILE is a path in the sandbox, brought there with --put
      --cwd DIR              start the program in this directory of the sandbox
      --wait DURATION        where the agent runs something else, wait so long for its end
      --no-stdin             standard input is empty, even where it is not a terminal
  -s, --summary              print to standard error what the run used
      --json                 print one JSON object, the result with its output, and nothing
                             else; output that is no text is "stdout_base64"

Limits of run, never above the agent's (durations "500ms", "5s"; sizes "64K", "1G"):
      --timeout DURATION     until SIGTERM, then SIGKILL
      --cpu DURATION         CPU time
      --cpu-percent NUMBER   share of the processors: 100 is one of them
      --memory SIZE          memory of the whole job
      --processes N          processes and threads at one time
      --open-files N         open files
      --file-size SIZE       largest file written
      --stack SIZE           stack
      --output SIZE          standard output and error together

Ctrl-C cancels the run; a second one leaves at once.

Exit code: the program's; 128 + n: ended by signal n; 124: timeout; 123: another limit;
122: the build failed; 125: Sallyport's own failure; 126: the agent refused the request.
`;
