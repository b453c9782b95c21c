#!/bin/bash
# The hook is killed (SIGKILL) at any moment of any call. The next calls, or `hostlease reconcile`, restore
# the host.
set -u
# shellcheck source=tests/lab/guest/support.sh
. "$(dirname "$0")/../guest/support.sh"
# shellcheck source=tests/lab/guest/killer.sh
. "$guest/killer.sh"

# If it is killed in prepare or start, the domain does not start: libvirt calls stopped and release.
killed_at_start() {
  "$@"
  if start mortal 2>/dev/null; then
    # the call had already ended
    destroy mortal
  fi
  spared
  check "$*: reconcile" hostlease reconcile
  check_leases 0
  check_pages 2048 0 0
}

at_many_changes() {
  local operation number
  for operation in prepare start; do
    for number in 6 14 22; do
      killed_at_start at_change "$operation" "$number" || return
    done
  done
}

at_random_moments() {
  local operation number
  for operation in prepare start; do
    killed_at_start after_moment "$operation" $((RANDOM % 60 + 5)) || return
  done
}

# killed_at_end OPERATION NUMBER
killed_at_end() {
  spared
  check 'start' start mortal || return
  at_change "$@"
  destroy mortal
  spared
  check 'reconcile' hostlease reconcile
  check_leases 0
}

lab_begin
policy mortal '[power]' 'governor = "performance"' 'wakeup_latency = "20us"' '[memory]' 'swappiness = 10' \
  'ksm = "off"'
install_killer
scenario 'killed at changes of prepare and start' at_many_changes
scenario 'killed at random moments of prepare and start' at_random_moments
scenario 'killed in release' killed_at_end release $((RANDOM % 20 + 5))
scenario 'killed in stopped' killed_at_end stopped 6
tap_end
