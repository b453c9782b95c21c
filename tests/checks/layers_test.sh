#!/bin/bash
# The layers of lib/README.md, held against every #include of lib/ and hook/.
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
# shellcheck source=../support/tap.sh
. "$here/../support/tap.sh"

sources() {
  find lib hook -name '*.[ch]pp' -o -name '*.[ch]pp.in' | sort
}

includes() {
  sources | xargs -r grep -nEH '^[[:space:]]*#[[:space:]]*include[[:space:]]*[<"]' |
    sed -E 's/^([^:]*:[0-9]+:)[^<"]*([<"][^>"]*[>"]).*/\1\2/'
}

# A call that opens a path of the host by name, where the root of a test's tree would be lost.
opened_host_paths() {
  sources | grep -v '^lib/host/' | xargs -r grep -nEH \
    '\<(f?open(at)?|opendir|(if|of|f)stream|access|l?stat|readlink|dlopen|exists|read_text|write_text)\>[^;]*[({]"/(sys|proc|run|etc|usr)\>' |
    sed -E 's/^([^:]*:[0-9]+:).*/path \1 opens a path of the host/'
}

offences() (
  cd "$1" || exit
  includes | awk -f "$here/layers.awk"
  opened_host_paths
)

no_offence() {
  local found
  found=$(grep "^$1 " <<<"$all" | cut -d ' ' -f 2-)
  [ -z "$found" ] || tap_fail "$found"
}

put() {
  mkdir -p "$(dirname "$tree/$1")"
  printf '%s\n' "${@:2}" >"$tree/$1"
}

finds_made_offences() {
  local tree
  tree=$(mktemp -d)
  put lib/core/a.hpp '#include "model/domain.hpp"' '#include <unistd.h>' '#include <vector>'
  put lib/knobs/b.cpp '#include "knobs/b.hpp"' '#include "read/toml.hpp"' '#  include <iostream> // why' '#include <fstream>'
  put lib/knobs/list.hpp.in '#include "engine/engine.hpp"'
  put lib/plan/c.cpp '#include "ledger/ledger.hpp"' '#include "host/files.hpp"' '#include <fmt/format.h>'
  put lib/host/d.cpp '#include "plan/plan.hpp"' '#include <unistd.h>' '#include <systemd/sd-bus.h>' 'open("/sys/x");'
  put lib/audit/j.cpp '#include "plan/plan.hpp"' '#include "host/files.hpp"' '#include <cstdio>'
  put lib/ledger/e.cpp '#include "host/files.hpp"' '#include "engine/engine.hpp"' '  std::ifstream file("/proc/meminfo");'
  put lib/read/f.cpp '#include <tinyxml2.h>' '#include <fnmatch.h>' '#include <libvirt/libvirt.h>' 'name = "/sys/x";'
  put lib/read/g.cpp '#include <tinyxml2.h>' '#include <sys/stat.h>'
  put lib/new/h.cpp '#include "core/a.hpp"'
  put lib/report/k.cpp '#include "read/json.hpp"' '#include "plan/plan.hpp"' '#include <cstdio>' '#include <boost/json.hpp>'
  put hook/i.cpp '#include "engine/engine.hpp"' '#include "commands/plan.hpp"' '#include <CLI/CLI.hpp>' '#include <unistd.h>'
  all=$(offences "$tree")
  rm -r "$tree"
  check_equal 'every offence is found, and nothing else' "$(sort <<'LIST'
io lib/audit/j.cpp:3: audit may not include <cstdio>
io lib/knobs/b.cpp:3: knobs may not include <iostream>
layer lib/audit/j.cpp:2: audit may not include "host/files.hpp"
io lib/report/k.cpp:3: report may not include <cstdio>
layer lib/core/a.hpp:1: core may not include "model/domain.hpp"
layer lib/host/d.cpp:1: host may not include "plan/plan.hpp"
layer lib/knobs/b.cpp:2: knobs may not include "read/toml.hpp"
layer lib/knobs/list.hpp.in:1: knobs may not include "engine/engine.hpp"
layer lib/ledger/e.cpp:2: ledger may not include "engine/engine.hpp"
layer lib/new/h.cpp:1: new is no layer
layer lib/plan/c.cpp:1: plan may not include "ledger/ledger.hpp"
layer lib/plan/c.cpp:2: plan may not include "host/files.hpp"
layer lib/report/k.cpp:2: report may not include "plan/plan.hpp"
library lib/report/k.cpp:4: Boost.JSON belongs to lib/read/
library lib/read/f.cpp:3: libvirt belongs to hook/
library lib/read/g.cpp:1: tinyxml2 is included by lib/read/f.cpp already
path lib/ledger/e.cpp:3: opens a path of the host
system lib/core/a.hpp:2: core may not include <unistd.h>
system lib/knobs/b.cpp:4: knobs may not include <fstream>
system lib/read/g.cpp:2: read may not include <sys/stat.h>
LIST
)" "$(sort <<<"$all")"
}

# Each library that the hook loads costs every start of a VM: libexpat, libvirt and all others are the command's.
few_libraries_in_hook() {
  check_equal 'libraries' libtinyxml2 "$(readelf -d "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' |
    sed 's/\.so.*//' | grep -vxE 'libstdc\+\+|libm|libgcc_s|libc|libc\+\+|ld-linux.*')"
}

all=$(offences "$root")
tap_case 'a layer includes only what is below it' no_offence layer
tap_case 'only lib/host and hook include system headers' no_offence system
tap_case 'knobs, plan, audit, suggest and report do no I/O' no_offence io
tap_case 'each library is wrapped by one file' no_offence library
tap_case 'no path of the host is opened outside lib/host' no_offence path
if [ -x "${1-}/hook/hostlease-hook" ] && [ -n "$(type -P readelf)" ]; then
  tap_case 'the hook loads tinyxml2 and what every C++ program does' few_libraries_in_hook "$1/hook/hostlease-hook"
fi
tap_case 'this test finds what it is for' finds_made_offences
tap_end
