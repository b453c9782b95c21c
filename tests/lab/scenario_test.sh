#!/bin/bash
# scenario_test.sh BUILD_DIR HOST SCENARIO [SECONDS]: runs scenarios/SCENARIO.sh in a host of the lab, with
# the built hostlease. Prints the scenario's TAP; one skip if there can be no lab. Files that the scenario
# leaves in /lab/out are kept in the build folder.
set -u
here=$(realpath "$(dirname "$0")")
# shellcheck source=tests/support/tap.sh
. "$here/../support/tap.sh"
# shellcheck source=tests/lab/hosts.sh
. "$here/hosts.sh"
# shellcheck source=tests/install/package.sh
. "$here/../install/package.sh"
build=$(realpath "$1") on=$2 name=$3 limit=${4:-300}

# Libraries whose versions may differ between the two systems; all others come from the host's own
# packages.
libraries() {
  ldd "$build/hook/hostlease-hook" "$build/hook/hostlease" |
    awk '/tinyxml2|expat/ && $3 ~ /^\// { print $3 }' | sort -u
}

# Loaded when cores are needed; the hosts do not have it.
hwloc() {
  ldconfig -p | awk '/libhwloc\.so\.15 / { print $NF; exit }'
}

# owners: the packages of the files on standard input, which dpkg may know by another path: /lib is a link.
owners() {
  sed 's|.*/|*/|' | xargs -r dpkg-query -S | cut -d : -f 1 | sort -u
}

# The package, and the packages of the libraries above, because the host has no network.
packages() {
  mkdir -p "$1/packages"
  cp "$(package "$build")" "$1/packages/" || return
  (cd "$1/packages" && libraries | xargs -r realpath | owners |
    xargs -r apt-get -qq -o APT::Sandbox::User=root download)
}

# The host has the kernel's part of AppArmor and libvirt's profiles, but nothing that loads them.
confinement() {
  mkdir -p "$1/packages"
  (cd "$1/packages" && apt-get -qq -o APT::Sandbox::User=root download apparmor)
}

# Cram is pure Python: the host has Python, but no cram.
cram() {
  mkdir -p "$1/python"
  cp -a "$(cram_module)" "$1/python/"
}

cram_module() {
  local program python
  program=$(type -P cram || type -P cram3) || return
  read -r python <"$program"
  "${python#\#!}" -c 'import cram; print(*cram.__path__)' 2>/dev/null
}

# payload FOLDER: the files for the host, laid out like the source tree.
payload() {
  mkdir -p "$1/installed" "$1/libraries" "$1/tests/lab"
  DESTDIR=$1/installed meson install -C "$build" --no-rebuild --quiet >"$1/log" 2>&1 || {
    cat "$1/log" >&2
    return 1
  }
  libraries | xargs -r cp -L -t "$1/libraries"
  [ "$name" != admin ] || hwloc | xargs -r cp -L -t "$1/libraries"
  cp -a "$here/guest" "$here/scenarios" "$here/sessions" "$1/tests/lab/"
  cp -a "$here/../support" "$1/tests/"
  case $name in
    package) packages "$1" ;;
    newcomer) packages "$1" && cram "$1" ;;
    upgrade) packages "$1" && cp "$previous" "$1/packages/previous.deb" ;;
    ansible) packages "$1" && cp -a "$here/../../examples/ansible" "$1/" ;;
    apparmor) confinement "$1" ;;
    guest_agent) mkdir -p "$1/agent-guest" && cp "$agent_guest"/* "$1/agent-guest/" ;;
  esac
}

# ACCEPT=1: accepts the current session.
accept() {
  local text=$build/tests/lab/$on-$name/$name.txt
  [ -z "${ACCEPT-}" ] || [ ! -e "$here/sessions/$name.txt" ] || cp "$text" "$here/sessions/$name.txt"
}

main() {
  local folder reason status=0 options=()
  case $name in
    apparmor) options=(--kernel apparmor=1) ;;
    placed_life) options=(--no-smt) ;;
    boot_isolation) options=(--kernel 'isolcpus=managed_irq,domain,6-7 nohz_full=6-7 rcu_nocbs=6-7') ;;
  esac
  if reason=$(lab_lacks); then tap_skip_all "$reason"; fi
  if [[ $name =~ ^(package|newcomer|ansible|upgrade)$ ]] &&
    reason=$(package_lacks "$build"); then tap_skip_all "$reason"; fi
  if [ "$name" = newcomer ] && ! cram_module >/dev/null; then tap_skip_all 'cram is not installed'; fi
  if [ "$name" = upgrade ]; then
    previous=$("$here/previous-package") || tap_skip_all 'the package of the previous version cannot be built'
  fi
  if [ "$name" = guest_agent ]; then
    agent_guest=$("$here/build-agent-guest" 2>/dev/null) ||
      tap_skip_all 'the guest with an agent cannot be built'
  fi
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
  payload "$folder/payload" || exit 1
  "$here/run-in-lab" "$on" -t "$limit" "${options[@]}" -p "$folder/payload" -o "$build/tests/lab/$on-$name" \
    -- \
    bash "tests/lab/scenarios/$name.sh" 2>"$folder/said" || status=$?
  if [ $status = 77 ]; then tap_skip_all "$(tail -n 1 "$folder/said")"; fi
  cat "$folder/said" >&2
  accept
  exit $status
}

main
