#!/bin/bash
# tidy_test.sh BUILD product: what a second compiler and clang-tidy say of every source file, in
# BUILD/clang-check. Nothing is built but precompiled headers: clang-tidy compiles as far as it must to find
# out, and counts the compiler's own warnings as errors.
# tidy_test.sh BUILD tests: what the second compiler says of the tests; what tidy would say of their macros is
# of no use.
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
# shellcheck source=../support/tap.sh
. "$here/../support/tap.sh"
# shellcheck source=tools.sh
. "$here/tools.sh"
build=${1:?the build folder}/clang-check what=${2:?product or tests}

# findings LOG: the lines with a place in them, from the root on; the end of the log when there is none.
findings() {
  grep -E ': (fatal )?(error|warning): ' "$1" | sed -E "s#^[^ ]*/((lib|hook|tests)/[^ ]*:)#\\1#" | sort -u | grep . || tail -n 20 "$1"
}

# For the list of compile commands, and the headers that they want precompiled. What clang finds deprecated in
# the algorithms of libstdc++ 12 is no fault of the code that uses them; its warning of a 0 for a pointer
# takes no time, where clang-tidy's own check does.
configured() {
  mkdir -p "$build"
  [ -e "$build/build.ninja" ] ||
    CXX=$clang meson setup "$build" "$root" -Dwerror=true -Db_lto=false --buildtype=plain \
      -Dcpp_args='-Wno-deprecated-declarations -Wzero-as-null-pointer-constant' >"$build/setup.log" 2>&1 ||
    tap_fail "$(tail -n 20 "$build/setup.log")" || return
  ninja -C "$build" -t targets all | sed -n 's/\.pch: .*/.pch/p' | xargs ninja -C "$build" >"$build/headers.log" 2>&1 ||
    tap_fail "$(tail -n 20 "$build/headers.log")"
}

# The analyzer gives a function up after a tenth of the paths that it would follow otherwise, which halves the
# time.
product() {
  configured || return
  "run-$tidy" -clang-tidy-binary "$tidy" -p "$build" -j "$(nproc)" -quiet -extra-arg=-Xclang -extra-arg=-analyzer-config \
    -extra-arg=-Xclang -extra-arg=max-nodes=20000 "$root/(lib|hook)/" >"$build/product.log" 2>&1 || tap_fail "$(findings "$build/product.log")"
}

# The commands that compile the tests, a line each, made to look at the source only.
test_commands() {
  python3 - "$build/compile_commands.json" "$root/tests" <<'PYTHON'
import json, os, shlex, sys
commands, folder = sys.argv[1:]
for one in json.load(open(commands)):
    file = os.path.realpath(os.path.join(one["directory"], one["file"]))
    if not file.startswith(folder + "/"):
        continue
    words = shlex.split(one["command"])
    for option in ("-o", "-MF", "-MQ"):
        at = words.index(option)
        del words[at:at + 2]
    print(shlex.join([word for word in words[:-2] if word != "-MD"] + ["-fsyntax-only", file]))
PYTHON
}

tests() {
  configured || return
  (cd "$build" && xargs -P "$(nproc)" -d '\n' -n 1 sh -c) < <(test_commands) >"$build/tests.log" 2>&1 || tap_fail "$(findings "$build/tests.log")"
}

if clang=$(clang_tool clang++) && tidy=$(clang_tool clang-tidy) && [ -n "$(type -P "run-$tidy")" ]; then
  tap_case "clang $clang_release finds nothing in the $what" "$what"
else
  tap_case_skip "clang $clang_release finds nothing in the $what" "clang and run-clang-tidy of release $clang_release are not installed"
fi
tap_end
