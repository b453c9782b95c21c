#!/bin/bash
# tidy_test.sh BUILD product: runs a second compiler and clang-tidy on every source file, in
# BUILD/clang-check. Builds nothing except precompiled headers: clang-tidy compiles as far as necessary, and
# counts the compiler's own warnings as errors.
# tidy_test.sh BUILD tests: runs the second compiler on the tests; clang-tidy's results for their macros are
# useless.
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
# shellcheck source=../support/tap.sh
. "$here/../support/tap.sh"
# shellcheck source=tools.sh
. "$here/tools.sh"
build=${1:?the build folder}/clang-check what=${2:?product or tests}

# findings LOG: the lines with a position, with paths relative to the root; the end of the log if there is
# none.
findings() {
  grep -E ': (fatal )?(error|warning): ' "$1" | sed -E "s#^[^ ]*/((lib|hook|tests)/[^ ]*:)#\\1#" | sort -u |
    grep . || tail -n 20 "$1"
}

# Configures a build for the list of compile commands and their precompiled headers. clang's deprecation
# warnings for the algorithms of libstdc++ 12 are not errors of the code that uses them; its warning of a 0
# for a pointer takes no time, unlike clang-tidy's own check.
configured() {
  mkdir -p "$build"
  [ -e "$build/build.ninja" ] ||
    CXX=$clang meson setup "$build" "$root" -Dwerror=true -Db_lto=false --buildtype=plain \
      -Dcpp_args='-Wno-deprecated-declarations -Wzero-as-null-pointer-constant' >"$build/setup.log" 2>&1 ||
    tap_fail "$(tail -n 20 "$build/setup.log")" || return
  ninja -C "$build" -t targets all | sed -n 's/\.pch: .*/.pch/p' |
    xargs ninja -C "$build" >"$build/headers.log" 2>&1 ||
    tap_fail "$(tail -n 20 "$build/headers.log")"
}

# The analyzer stops at a tenth of its usual number of paths per function, which halves the
# time.
product() {
  configured || return
  "run-$tidy" -clang-tidy-binary "$tidy" -p "$build" -j "$(nproc)" -quiet -extra-arg=-Xclang \
    -extra-arg=-analyzer-config \
    -extra-arg=-Xclang -extra-arg=max-nodes=20000 "$root/(lib|hook)/" >"$build/product.log" 2>&1 ||
    tap_fail "$(findings "$build/product.log")"
}

# The commands that compile the tests, one per line, changed to check the syntax only.
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
  (cd "$build" && xargs -P "$(nproc)" -d '\n' -n 1 sh -c) < <(test_commands) >"$build/tests.log" 2>&1 ||
    tap_fail "$(findings "$build/tests.log")"
}

if clang=$(clang_tool clang++) && tidy=$(clang_tool clang-tidy) && [ -n "$(type -P "run-$tidy")" ]; then
  tap_case "clang $clang_release finds nothing in the $what" "$what"
else
  tap_case_skip "clang $clang_release finds nothing in the $what" \
    "clang and run-clang-tidy of release $clang_release are not installed"
fi
tap_end
