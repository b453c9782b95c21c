#!/bin/bash
# The style of all text: clang-format, shellcheck, pyflakes, codespell.
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=../support/tap.sh
. "$here/../support/tap.sh"
# shellcheck source=tools.sh
. "$here/tools.sh"
cd "$here/../.." || exit

# Every file of the project, without build folders and other hidden files.
text_files() {
  find . \( -path './build*' -o -path './.git' \) -prune -o -type f -print | sed 's|^\./||' | sort |
    xargs -r -d '\n' grep -lI .
}

scripts() {
  text_files | while IFS= read -r file; do
    if [[ $file == *.sh ]] || head -n 1 "$file" | grep -qE '^#!.*\<(ba|da)?sh\>'; then
      echo "$file"
    fi
  done
}

python_scripts() {
  text_files | while IFS= read -r file; do
    if [[ $file == *.py ]] || head -n 1 "$file" | grep -qE '^#!.*\<python3?\>'; then
      echo "$file"
    fi
  done
}

# quiet COMMAND...: the command succeeds, or its output becomes the diagnostic.
quiet() {
  local said
  said=$("$@" 2>&1) || tap_fail "$said"
}

# One line per file is enough, because clang-format -i fixes the rest.
formatted() {
  local files said
  mapfile -t files < <(text_files | grep '\.[ch]pp$')
  said=$("$clang_format" --dry-run --Werror "${files[@]}" 2>&1) ||
    tap_fail "$(sed -nE 's/^([^ ]*): error: .*/\1: not as clang-format has it/p' <<<"$said" |
        sort -u -t : -k 1,1)"
}

# Output, and tables and drawings in Markdown, may be wider.
wide_lines() {
  local file
  text_files | grep -E '^(lib|hook)/.*\.[ch]pp$|\.md$' | while IFS= read -r file; do
    LC_ALL=C sed 's/[\x80-\xbf]//g' "$file" | awk -v file="$file" '
      /^ *```/ { is_output = !is_output }
      length > 110 && !is_output && !(file ~ /md$/ && /^( *\||    )/) {
        print file ":" FNR ": " length " columns"
      }'
  done
}

narrow() {
  local said
  said=$(wide_lines)
  [ -z "$said" ] || tap_fail "$said"
}

shell_is_sound() {
  local files
  mapfile -t files < <(scripts)
  quiet shellcheck --format=gcc "${files[@]}"
}

python_is_sound() {
  local files
  mapfile -t files < <(python_scripts)
  quiet "$pyflakes" "${files[@]}"
}

spelled() {
  local files
  # a template that another project published
  mapfile -t files < <(text_files | grep -v -e '^LICENSE$' -e '/playbook-template.xml$')
  quiet codespell --quiet-level=3 "${files[@]}"
}

# case_with TOOL NAME FUNCTION
case_with() {
  if [ -n "$(type -P "$1")" ]; then
    tap_case "$2" "$3"
  else
    tap_case_skip "$2" "$1 is not installed"
  fi
}

clang_format=$(clang_tool clang-format) || clang_format="clang-format-$clang_release"
case_with "$clang_format" 'C++ is laid out by clang-format' formatted
tap_case 'code and prose stay within 110 columns' narrow
case_with shellcheck 'shellcheck finds nothing in the scripts' shell_is_sound
pyflakes=$(type -P pyflakes3) || pyflakes=pyflakes # the name in Debian, and in other distributions
case_with "$pyflakes" 'pyflakes finds nothing in the scripts' python_is_sound
case_with codespell 'codespell finds nothing' spelled
tap_end
