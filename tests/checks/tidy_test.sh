#!/bin/bash
# tidy_test.sh BUILD: what a second compiler and clang-tidy say of every source file, in BUILD/clang-check. Nothing is built:
# clang-tidy compiles as far as it must to find out, and counts the compiler's own warnings as errors.
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

# For the list of compile commands. What clang finds deprecated in the algorithms of libstdc++ 12 is no fault of the code
# that uses them.
configured() {
  mkdir -p "$build"
  [ -e "$build/build.ninja" ] ||
    CXX=$clang meson setup "$build" "$root" -Dwerror=true -Db_lto=false --buildtype=plain \
      -Dcpp_args=-Wno-deprecated-declarations >"$build/setup.log" 2>&1 || tap_fail "$(tail -n 20 "$build/setup.log")"
}

# look LOG FOLDERS [OPTION...]: FOLDERS is a regular expression.
look() {
  local log=$build/$1 folders=$2
  shift 2
  "run-$tidy" -clang-tidy-binary "$tidy" -p "$build" -j "$(nproc)" -quiet "$@" "$root/$folders/" >"$log" 2>&1 || tap_fail "$(findings "$log")"
}

# The analyzer gives a function up after a tenth of the paths that it would follow otherwise, which halves the time.
product() {
  configured && look product.log '(lib|hook)' \
    -extra-arg=-Xclang -extra-arg=-analyzer-config -extra-arg=-Xclang -extra-arg=max-nodes=20000
}

# Tests are only compiled: what tidy would say of their macros is of no use. It wants one check at least.
tests() {
  configured && look tests.log 'tests' -checks='-*,clang-diagnostic-*,readability-duplicate-include'
}

if clang=$(clang_tool clang++) && tidy=$(clang_tool clang-tidy) && [ -n "$(type -P "run-$tidy")" ]; then
  tap_case "clang $clang_release and clang-tidy find nothing in the product" product
  tap_case "clang $clang_release finds nothing in the tests" tests
else
  tap_case_skip "clang $clang_release and clang-tidy find nothing" "clang and run-clang-tidy of release $clang_release are not installed"
fi
tap_end
