#!/bin/bash
# The hook is killed (SIGKILL) at any moment of any call. The next calls, or `hostlease reconcile`, put the host right.
set -u
# shellcheck source=tests/lab/guest/support.sh
. "$(dirname "$0")/../guest/support.sh"

hook=/etc/libvirt/hooks/qemu
real=/usr/local/lib/real-hook

# Puts a hook in the place of the real one that reads how and in which call the real one is to be killed.
install_killer() {
  mv $hook $real
  cat >$hook <<HOOK
#!/bin/bash
read -r operation way <$state/kill || exec $real "\$@"
[ "\$2" = "\$operation" ] || exec $real "\$@"
\$way $real "\$@"
exit 1
HOOK
  chmod +x $hook
}

# spared: from now on nothing is killed.
spared() {
  : >"$state/kill"
}

# at_change OPERATION NUMBER: before the call's that many system call that may change something.
at_change() {
  local calls=write,openat,renameat,renameat2,unlinkat,mkdirat
  echo "$1 strace -qq -o /dev/null -e trace=$calls -e inject=$calls:signal=KILL:when=$2" >"$state/kill"
}

# after_moment OPERATION MILLISECONDS
after_moment() {
  echo "$1 timeout --foreground --signal KILL 0.$(printf %03d "$2")" >"$state/kill"
}

# Killed in prepare or start, the domain does not start: libvirt calls stopped and release.
killed_at_start() {
  "$@"
  if start mortal 2>/dev/null; then
    # the call was over before
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
policy mortal '[power]' 'governor = "performance"' 'wakeup_latency = "20us"' '[memory]' 'swappiness = 10' 'ksm = "off"'
spared
install_killer
scenario 'killed at changes of prepare and start' at_many_changes
scenario 'killed at random moments of prepare and start' at_random_moments
scenario 'killed in release' killed_at_end release $((RANDOM % 20 + 5))
scenario 'killed in stopped' killed_at_end stopped 6
tap_end
