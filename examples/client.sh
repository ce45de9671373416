#!/bin/bash
# The smallest client: runs a program in a sandbox and prints its output, with bash and socat.
#
# Usage: client.sh SOCKET LANGUAGE FILE [ARGUMENT...]
#
# It shows how little the protocol asks for: lines of JSON, and bytes behind them. The code goes as
# bytes, so that nothing of it is escaped. It exits with the program's code, or with 125.
set -euo pipefail

fail() {
  echo "client.sh: $1" >&2
  exit 125
}

[ $# -ge 3 ] || fail "usage: client.sh SOCKET LANGUAGE FILE [ARGUMENT...]"
command -v socat > /dev/null || fail "it needs socat (apt-get install socat)"
socket=$1 language=$2 file=$3
shift 3
size=$(stat -c %s -- "$file") || fail "no file \"$file\""

# A JSON string: quotes, backslashes and newlines are all that it escapes here.
quoted() {
  local text=${1//\\/\\\\}
  text=${text//\"/\\\"}
  printf '"%s"' "${text//$'\n'/\\n}"
}

# The number or word behind a field's name, in the line that came last.
field() {
  [[ $line =~ \"$1\":\"?([^\",}]*) ]] && echo "${BASH_REMATCH[1]}"
}

coproc AGENT { exec socat - "UNIX-CONNECT:$socket"; }
exec 3<&"${AGENT[0]}" 4>&"${AGENT[1]}"

# `read` takes a pipe byte by byte and `head -c` not one too many, so bodies stay where they are.
IFS= read -r line <&3 || fail "nobody answers at \"$socket\""
[ "$(field type)" = ready ] && [ "$(field protocol)" = 1 ] || fail "no agent: $line"

args=
for argument; do args+="${args:+,}$(quoted "$argument")"; done
language=$(quoted "$language")
printf '{"type":"run","language":%s,"args":[%s],"stream":true,"bytes":%d}\n' "$language" "$args" "$size" >&4
cat -- "$file" >&4

while IFS= read -r line <&3; do
  case $(field type) in
    ack) ;;
    stdout) head -c "$(field bytes)" <&3 ;;
    stderr) head -c "$(field bytes)" <&3 >&2 ;;
    error) fail "refused: $line" ;;
    result)
      # The output of a build comes behind the result; `bytes` of all of it stands last.
      [[ $line =~ \"bytes\":([0-9]+)\}$ ]] && head -c "${BASH_REMATCH[1]}" <&3 >&2
      [ "$(field status)" = exited ] && exit "$(field exit_code)"
      fail "it ended otherwise: $line"
      ;;
    *) fail "not the protocol: $line" ;;
  esac
done
fail "the connection was lost"
