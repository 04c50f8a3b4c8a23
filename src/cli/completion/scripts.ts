/**
 * The scripts that shells load. All of them do the same: they start `samsa __complete WORDS`, the last word being the one that is
 * typed, and offer the lines that come, each a word and, behind a tab, what it means. A line `:file` or `:directory`
 * leaves the rest to the shell.
 */

import { COMPLETE } from './word.ts'

const BASH = `# samsa: completion for bash
_samsa() {
  local line word kind='' IFS=$'\\n'
  local words=("\${COMP_WORDS[@]:1:COMP_CWORD}")
  # Bash cuts words at : and =; they belong together here.
  if declare -F _get_comp_words_by_ref >/dev/null; then
    local cword
    _get_comp_words_by_ref -n := -w words -i cword
    words=("\${words[@]:1:cword}")
  elif [[ "\${COMP_WORDS[*]}" == *[:=]* ]]; then
    IFS=' ' read -ra words <<<"\${COMP_LINE:0:COMP_POINT}"
    case "\${COMP_LINE:0:COMP_POINT}" in *' ') words+=('') ;; esac
    words=("\${words[@]:1}")
  fi
  COMPREPLY=()
  while IFS= read -r line; do
    word="\${line%%$'\\t'*}"
    case "$word" in
      :file | :directory) kind="$word" ;;
      *) COMPREPLY+=("$word") ;;
    esac
  done < <("\${COMP_WORDS[0]}" ${COMPLETE} "\${words[@]}" 2>/dev/null)
  local current="\${words[\${#words[@]}-1]}"
  case "$kind" in
    :file) COMPREPLY+=($(compgen -f -- "$current")); compopt -o filenames 2>/dev/null ;;
    :directory) COMPREPLY+=($(compgen -d -- "$current")); compopt -o filenames 2>/dev/null ;;
  esac
  case "\${COMPREPLY[0]}" in *=) compopt -o nospace 2>/dev/null ;; esac
  # The shell keeps the part of the word before the last of them.
  case "$current" in *[:=]*) COMPREPLY=("\${COMPREPLY[@]#"\${current%"\${current##*[:=]}"}"}") ;; esac
}
complete -F _samsa samsa
`

const ZSH = `#compdef samsa
# samsa: completion for zsh
_samsa() {
  local line word kind=''
  local -a described
  while IFS= read -r line; do
    word="\${line%%$'\\t'*}"
    case "$word" in
      :file | :directory) kind="$word" ;;
      *) if [[ "$line" == *$'\\t'* ]]; then described+=("\${word//:/\\\\:}:\${line#*$'\\t'}"); else described+=("\${word//:/\\\\:}"); fi ;;
    esac
  done < <("\${words[1]}" ${COMPLETE} "\${(@)words[2,CURRENT]}" 2>/dev/null)
  (( \${#described} )) && _describe -V samsa described
  case "$kind" in
    :file) _files ;;
    :directory) _files -/ ;;
  esac
}
if [ "$funcstack[1]" = _samsa ]; then _samsa "$@"; else compdef _samsa samsa; fi
`

const FISH = `# samsa: completion for fish
function __samsa_complete
  set -l words (commandline -opc) (commandline -ct)
  set -l program $words[1]
  for line in ($program ${COMPLETE} $words[2..-1] 2>/dev/null)
    switch $line
      case :file
        __fish_complete_path (commandline -ct)
      case :directory
        __fish_complete_directories (commandline -ct)
      case '*'
        echo $line
    end
  end
end
complete -c samsa -f -a '(__samsa_complete)'
`

const SCRIPTS: Readonly<Record<string, string>> = { bash: BASH, zsh: ZSH, fish: FISH }

/** The script of `bash`, `zsh` or `fish`. */
export function completionScript(shell: string): string {
  const script = SCRIPTS[shell]
  if (script === undefined) throw new RangeError(`There is no completion for ${shell}`)
  return script
}
