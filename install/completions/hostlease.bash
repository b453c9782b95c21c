# shellcheck shell=bash
# bash completion of hostlease. Verbs and options are read from its --help.

_hostlease_policies() {
  hostlease policy list 2>/dev/null | sed -n '2,$s/^ *\([^ ]*\) .*/\1/p'
}

_hostlease_keys() {
  hostlease policy keys 2>/dev/null | sed -n '2,$s/^ *\([^ ]*\) .*/\1/p'
}

# _hostlease_words VERB WORD...: what may stand for the next word of the verb.
_hostlease_words() {
  case $1 in
    plan | apply | release | audit | suggest | report | measure) virsh -q list --all --name 2>/dev/null ;;
    explain)
      virsh -q list --all --name 2>/dev/null
      _hostlease_keys
      ;;
    policy)
      case ${2-} in
        '') printf '%s\n' list keys show ;;
        show) _hostlease_policies ;;
      esac
      ;;
  esac
}

_hostlease() {
  local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} word given=() choices=() IFS=$'\n'
  COMPREPLY=()
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    [[ $word == -* ]] || given+=("$word")
  done
  case $before in
    --root) mapfile -t COMPREPLY < <(compgen -d -- "$current") && return ;;
    --xml | --baseline | --svg | --write) mapfile -t COMPREPLY < <(compgen -f -- "$current") && return ;;
    --policy) mapfile -t choices < <(_hostlease_policies && compgen -f -- "$current") ;;
    --connect | --cpus | --seconds) return ;;
    --guest | --for) choices=(windows linux macos other) ;;
    --prefer) choices=(cache frequency) ;;
    --cpu) choices=(intel amd) ;;
    --set) mapfile -t choices < <(hostlease suggest --help 2>/dev/null | sed -n 's/^  --set .* of //p' | sed 's/, /\n/g') ;;
    --symptom) mapfile -t choices < <(hostlease audit --help 2>/dev/null | sed -n 's/^  --symptom .*: //p' | sed 's/, /\n/g') ;;
    *)
      if [[ $current == -* ]]; then
        mapfile -t choices < <(hostlease "${given[@]:0:1}" --help 2>/dev/null | sed -n 's/^  \(-h,\)\{0,1\}\(--[a-z-]*\).*/\2/p')
      elif [ ${#given[@]} = 0 ]; then
        mapfile -t choices < <(hostlease --help 2>/dev/null | sed -n '/^Verbs:/,/^$/s/^  \([a-z-]*\) .*/\1/p')
      elif [ "${given[0]}" = check ]; then
        mapfile -t choices < <(compgen -f -- "$current")
      else
        mapfile -t choices < <(_hostlease_words "${given[@]}")
        [[ ${given[0]} != audit && ${given[0]} != suggest ]] || mapfile -t -O "${#choices[@]}" choices < <(compgen -f -- "$current")
      fi
      ;;
  esac
  for word in "${choices[@]}"; do
    [[ $word != "$current"* || -z $word ]] || COMPREPLY+=("$(printf %q "$word")")
  done
}

complete -F _hostlease hostlease
