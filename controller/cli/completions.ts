// The completions of bash, zsh and fish, made from the table of commands.

import { type Command, commands, type Option } from "./commands.ts";

const table: Readonly<Record<string, Command>> = commands;

/** Options that take a file of this side. */
const takesFile = new Set(["put"]);

/** The shells that have completions, and how theirs are made. */
export const shells: Readonly<Record<string, () => string>> = { bash, zsh, fish };

function words({ options }: Command): string[] {
  return Object.entries(options).flatMap(([name, { short }]) =>
    short === undefined ? [`--${name}`] : [`--${name}`, `-${short}`]
  );
}

function bash(): string {
  const cases = Object.entries(table).map(([name, command]) =>
    `    ${name}) words="${words(command).join(" ")}" ;;`
  );
  return `# Completions of sallyport for bash: put this where bash-completion finds it, or source it.
_sallyport() {
  local current=\${COMP_WORDS[COMP_CWORD]} command= words= i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case \${COMP_WORDS[i]} in
      ${Object.keys(table).join("|")}) command=\${COMP_WORDS[i]}; break ;;
    esac
  done
  case $command in
    "") words="${Object.keys(table).join(" ")} --target --help --version" ;;
${cases.join("\n")}
  esac
  [[ $command == completions ]] && words="${Object.keys(shells).join(" ")}"
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  if [[ $command == run && $current != -* ]]; then COMPREPLY+=($(compgen -f -- "$current")); fi
}
complete -o filenames -F _sallyport sallyport
`;
}

/** zsh ends a description at a bracket, and an option at a colon. */
const zshText = (text: string) => text.replace(/[[\]:'"\\]/g, "");

function zshOption(name: string, { short, multiple, value, help }: Option): string {
  const rest = `[${zshText(help)}]${
    value === undefined ? "" : `:${zshText(value)}:${takesFile.has(name) ? "_files" : ""}`
  }`;
  const many = multiple ? "*" : "";
  const forms = short === undefined ? [`--${name}`] : [`--${name}`, `-${short}`];
  return forms.map((form) => `'${many}${form}${rest}'`).join(" ");
}

function zsh(): string {
  const list = Object.entries(table).map(([name, { help }]) => `    '${name}:${zshText(help)}'`);
  const cases = Object.entries(table).map(([name, { options }]) => {
    const own = Object.entries(options).map(([option, of]) => zshOption(option, of));
    const more = name === "run"
      ? ["'*:file:_files'"]
      : name === "completions"
      ? [`'1:shell:(${Object.keys(shells).join(" ")})'`]
      : [];
    return `    ${name}) _arguments ${[...own, ...more].join(" ")} ;;`;
  });
  return `#compdef sallyport
# Completions of sallyport for zsh: put this as _sallyport into a directory of $fpath.
_sallyport() {
  local -a commands
  commands=(
${list.join("\n")}
  )
  if (( CURRENT == 2 )); then _describe command commands; return; fi
  local command=$words[2]
  shift words; (( CURRENT-- ))
  case $command in
${cases.join("\n")}
  esac
}
if [[ $funcstack[1] == _sallyport ]]; then _sallyport "$@"; else compdef _sallyport sallyport; fi
`;
}

const fishText = (text: string) => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;

function fish(): string {
  const names = Object.keys(table).join(" ");
  const lines = Object.entries(table).flatMap(([name, { help, options }]) => [
    `complete -c sallyport -f -n "not __fish_seen_subcommand_from ${names}" -a ${name} -d ${
      fishText(help)
    }`,
    ...Object.entries(options).map(([option, { short, value, help }]) => {
      const parts = [`-l ${option}`];
      if (short !== undefined) parts.push(`-s ${short}`);
      if (value !== undefined) parts.push(takesFile.has(option) ? "-rF" : "-x");
      return `complete -c sallyport -n "__fish_seen_subcommand_from ${name}" ${
        parts.join(" ")
      } -d ${fishText(help)}`;
    }),
  ]);
  return `# Completions of sallyport for fish: put this into ~/.config/fish/completions/sallyport.fish.
${lines.join("\n")}
complete -c sallyport -n "__fish_seen_subcommand_from run" -F
complete -c sallyport -f -n "__fish_seen_subcommand_from completions" -a "${
    Object.keys(shells).join(" ")
  }"
`;
}
