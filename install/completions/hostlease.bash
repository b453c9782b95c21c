# shellcheck shell=bash
# bash completion of hostlease: `hostlease __complete` prints what may come next.

_hostlease() {
  local current=${COMP_WORDS[COMP_CWORD]} line word choices=()
  COMPREPLY=()
  while IFS= read -r line; do
    case $line in
      $'\tfiles') mapfile -t -O "${#choices[@]}" choices < <(compgen -f -- "$current") ;;
      $'\tfolders') mapfile -t -O "${#choices[@]}" choices < <(compgen -d -- "$current") ;;
      *) choices+=("${line%%$'\t'*}") ;;
    esac
  done < <(hostlease __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  for word in "${choices[@]}"; do
    [[ $word != "$current"* ]] || COMPREPLY+=("$(printf %q "$word")")
  done
}

complete -F _hostlease hostlease
