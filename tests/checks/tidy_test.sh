#!/bin/bash
# tidy_test.sh BUILD: a second compiler and clang-tidy, in BUILD/clang-check.
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
# shellcheck source=../support/tap.sh
. "$here/../support/tap.sh"
# shellcheck source=tools.sh
. "$here/tools.sh"
build=${1:?the build folder}/clang-check

# findings LOG: the lines with a place in them, from the root on; the end of the log when there is none.
findings() {
  grep -E ': (fatal )?(error|warning): ' "$1" | sed -E "s#^[^ ]*/((lib|hook|tests)/[^ ]*:)#\\1#" | sort -u | grep . || tail -n 20 "$1"
}

# Without optimisation and debug information: nothing of it is ever run. What clang finds deprecated in the
# algorithms of libstdc++ 12 is no fault of the code that uses them.
configured() {
  [ -e "$build/build.ninja" ] ||
    CXX=$clang meson setup "$build" "$root" -Dwerror=true -Db_lto=false --buildtype=plain \
      -Dcpp_args=-Wno-deprecated-declarations
}

compiled() {
  configured && ninja -k 0 -C "$build"
}

builds() {
  mkdir -p "$build"
  compiled >"$build/compile.log" 2>&1 || tap_fail "$(findings "$build/compile.log")"
}

tidy_finds_nothing() {
  local log=$build/tidy.log
  "run-$tidy" -clang-tidy-binary "$tidy" -p "$build" -j "$(nproc)" -quiet "$root/(lib|hook)/" >"$log" 2>&1 ||
    tap_fail "$(findings "$log")"
}

if clang=$(clang_tool clang++); then
  tap_case "builds with clang $clang_release, warnings as errors" builds
else
  tap_case_skip "builds with clang $clang_release, warnings as errors" "clang $clang_release is not installed"
fi
if tidy=$(clang_tool clang-tidy) && [ -e "$build/compile_commands.json" ] && [ -n "$(type -P "run-$tidy")" ]; then
  tap_case 'clang-tidy finds nothing' tidy_finds_nothing
else
  tap_case_skip 'clang-tidy finds nothing' "run-clang-tidy of release $clang_release is not installed"
fi
tap_end
