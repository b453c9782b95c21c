# shellcheck shell=bash
# clang-format and clang differ between releases: only this release is used.
clang_release=19

# clang_tool NAME: prints the command of that release, or fails.
clang_tool() {
  local command
  for command in "$1-$clang_release" "$1"; do
    if "$command" --version 2>/dev/null | grep -q "version $clang_release\."; then
      echo "$command"
      return
    fi
  done
  return 1
}
