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
# that uses them; its warning of a 0 for a pointer takes no time, where clang-tidy's own check does.
configured() {
  mkdir -p "$build"
  [ -e "$build/build.ninja" ] ||
    CXX=$clang meson setup "$build" "$root" -Dwerror=true -Db_lto=false --buildtype=plain \
      -Dcpp_args='-Wno-deprecated-declarations -Wzero-as-null-pointer-constant' >"$build/setup.log" 2>&1 || tap_fail "$(tail -n 20 "$build/setup.log")"
}

# The analyzer gives a function up after a tenth of the paths that it would follow otherwise, which halves the time.
product() {
  configured || return
  "run-$tidy" -clang-tidy-binary "$tidy" -p "$build" -j "$(nproc)" -quiet -extra-arg=-Xclang -extra-arg=-analyzer-config \
    -extra-arg=-Xclang -extra-arg=max-nodes=20000 "$root/(lib|hook)/" >"$build/product.log" 2>&1 || tap_fail "$(findings "$build/product.log")"
}

# What nearly every test includes, and takes longer to read than the test.
common_headers() {
  printf '#include <%s>\n' doctest/doctest.h algorithm filesystem fstream functional map set string vector
  printf '#include "%s"\n' engine/operations.hpp
}

# test_commands SUFFIX...: the commands that compile the tests, a line each, made to look at the source only.
test_commands() {
  python3 - "$build/compile_commands.json" "$root/tests" "$@" <<'PYTHON'
import json, os, shlex, sys
commands, folder, suffixes = sys.argv[1], sys.argv[2], tuple(sys.argv[3:])
for one in json.load(open(commands)):
    file = os.path.realpath(os.path.join(one["directory"], one["file"]))
    if not file.startswith(folder + "/") or not file.endswith(suffixes):
        continue
    words = shlex.split(one["command"])
    for option in ("-o", "-MF", "-MQ"):
        at = words.index(option)
        del words[at:at + 2]
    print(shlex.join([word for word in words[:-2] if word not in ("-MD", "-fPIC")] + ["-fsyntax-only", file]))
PYTHON
}

# look COMMANDS: what any of them says is a finding.
look() {
  (cd "$build" && xargs -P "$(nproc)" -d '\n' -n 1 sh -c) <<<"$1" >"$build/tests.log" 2>&1 || tap_fail "$(findings "$build/tests.log")"
}

# Tests are only compiled: what tidy would say of their macros is of no use.
tests() {
  local commands first
  configured || return
  common_headers >"$build/tests.hpp"
  commands=$(test_commands .cpp)
  first=${commands%%$'\n'*}
  look "${first%-fsyntax-only*} -x c++-header -o tests.pch tests.hpp" || return
  look "${commands// -fsyntax-only / -include-pch tests.pch -fsyntax-only }
$(test_commands .c)"
}

if clang=$(clang_tool clang++) && tidy=$(clang_tool clang-tidy) && [ -n "$(type -P "run-$tidy")" ]; then
  tap_case "clang $clang_release and clang-tidy find nothing in the product" product
  tap_case "clang $clang_release finds nothing in the tests" tests
else
  tap_case_skip "clang $clang_release and clang-tidy find nothing" "clang and run-clang-tidy of release $clang_release are not installed"
fi
tap_end
