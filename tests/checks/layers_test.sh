#!/bin/bash
# Checks every #include of lib/ and hook/ against the layers of lib/README.md.
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

# Calls that open an absolute path of the host, and thus ignore the root of a test's tree.
opened_host_paths() {
  local calls='f?open(at)?|opendir|(if|of|f)stream|access|l?stat|readlink|dlopen|exists|read_text|write_text'
  sources | grep -v '^lib/host/' | xargs -r grep -nEH "\\<($calls)\\>[^;]*[({]\"/(sys|proc|run|etc|usr)\\>" |
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

# The rows of the map's table are the layers, each below those that it may include.
map_offences() {
  awk -F '"' '
    FILENAME ~ /layers\.awk$/ { if ($1 ~ /^  below\[/) below[$2] = $4; next }
    /^\| `[a-z\/]*\/` \|/ {
      layer = $0
      sub(/^\| `/, "", layer)
      sub(/\/` .*/, "", layer)
      row[layer] = FNR
    }
    END {
      for (layer in row) if (!(layer in below)) print layer " is no layer"
      for (layer in below) {
        if (layer == "hook") continue
        if (!(layer in row)) {
          print layer " is not in the table"
          continue
        }
        count = split(below[layer], list, " ")
        for (i = 1; i <= count; i++)
          if (list[i] in row && row[list[i]] > row[layer])
            print layer " includes " list[i] ", which the table has below it"
      }
    }' "$here/layers.awk" "$1" | sort
}

map_is_true() {
  local found
  found=$(map_offences "$root/lib/README.md")
  [ -z "$found" ] || tap_fail "$found"
  check_match 'a table without a layer' 'knobs is not in the table' \
    "$(map_offences <(sed '/^| `knobs/d' "$root/lib/README.md"))"
}

put() {
  mkdir -p "$(dirname "$tree/$1")"
  printf '%s\n' "${@:2}" >"$tree/$1"
}

finds_made_offences() {
  local tree
  tree=$(mktemp -d)
  put lib/core/a.hpp '#include "model/domain.hpp"' '#include <unistd.h>' '#include <vector>'
  put lib/knobs/b.cpp '#include "knobs/b.hpp"' '#include "read/toml.hpp"' '#  include <iostream> // why' \
    '#include <fstream>'
  put lib/knobs/list.hpp.in '#include "engine/engine.hpp"'
  put lib/plan/c.cpp '#include "ledger/ledger.hpp"' '#include "host/files.hpp"' '#include <fmt/format.h>'
  put lib/host/d.cpp '#include "plan/plan.hpp"' '#include <unistd.h>' '#include <systemd/sd-bus.h>' \
    'open("/sys/x");'
  put lib/advice/audit/j.cpp '#include "plan/plan.hpp"' '#include "host/files.hpp"' '#include <cstdio>'
  put lib/ledger/e.cpp '#include "host/files.hpp"' '#include "engine/engine.hpp"' \
    '  std::ifstream file("/proc/meminfo");'
  put lib/read/f.cpp '#include <tinyxml2.h>' '#include <fnmatch.h>' '#include <libvirt/libvirt.h>' \
    'name = "/sys/x";'
  put lib/read/g.cpp '#include <tinyxml2.h>' '#include <sys/stat.h>'
  put lib/new/h.cpp '#include "core/a.hpp"'
  put lib/advice/report/k.cpp '#include "read/json.hpp"' '#include "plan/plan.hpp"' '#include <cstdio>' \
    '#include <boost/json.hpp>'
  put hook/i.cpp '#include "engine/engine.hpp"' '#include "commands/plan.hpp"' '#include <CLI/CLI.hpp>' \
    '#include <unistd.h>'
  all=$(offences "$tree")
  rm -r "$tree"
  check_equal 'every offence is found, and nothing else' "$(sort <<'LIST'
io lib/advice/audit/j.cpp:3: advice/audit may not include <cstdio>
io lib/knobs/b.cpp:3: knobs may not include <iostream>
layer lib/advice/audit/j.cpp:2: advice/audit may not include "host/files.hpp"
io lib/advice/report/k.cpp:3: advice/report may not include <cstdio>
layer lib/core/a.hpp:1: core may not include "model/domain.hpp"
layer lib/host/d.cpp:1: host may not include "plan/plan.hpp"
layer lib/knobs/b.cpp:2: knobs may not include "read/toml.hpp"
layer lib/knobs/list.hpp.in:1: knobs may not include "engine/engine.hpp"
layer lib/ledger/e.cpp:2: ledger may not include "engine/engine.hpp"
layer lib/new/h.cpp:1: new is no layer
layer lib/plan/c.cpp:1: plan may not include "ledger/ledger.hpp"
layer lib/plan/c.cpp:2: plan may not include "host/files.hpp"
layer lib/advice/report/k.cpp:2: advice/report may not include "plan/plan.hpp"
library lib/advice/report/k.cpp:4: Boost.JSON belongs to lib/text/
library lib/read/f.cpp:3: libvirt belongs to hook/
library lib/read/g.cpp:1: tinyxml2 is included by lib/read/f.cpp already
path lib/ledger/e.cpp:3: opens a path of the host
system lib/core/a.hpp:2: core may not include <unistd.h>
system lib/knobs/b.cpp:4: knobs may not include <fstream>
system lib/read/g.cpp:2: read may not include <sys/stat.h>
LIST
)" "$(sort <<<"$all")"
}

# Each library that the hook loads delays every start of a VM: libexpat, libvirt and all others belong to the
# command.
few_libraries_in_hook() {
  check_equal 'libraries' libtinyxml2 "$(readelf -d "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' |
    sed 's/\.so.*//' | grep -vxE 'libstdc\+\+|libm|libgcc_s|libc|libc\+\+|ld-linux.*')"
}

all=$(offences "$root")
tap_case 'a layer includes only what is below it' no_offence layer
tap_case 'only lib/host and hook include system headers' no_offence system
tap_case 'knobs, plan, placement and advice do no I/O' no_offence io
tap_case 'each library is wrapped by one file' no_offence library
tap_case 'no path of the host is opened outside lib/host' no_offence path
if [ -x "${1-}/hook/hostlease-hook" ] && [ -n "$(type -P readelf)" ]; then
  tap_case 'the hook loads tinyxml2 and what every C++ program does' few_libraries_in_hook \
    "$1/hook/hostlease-hook"
fi
tap_case 'the table of lib/README.md has the layers' map_is_true
tap_case 'this test finds what it is for' finds_made_offences
tap_end
