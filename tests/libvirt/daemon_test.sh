#!/bin/bash
# The daemon restarts and dies at bad moments; the guests and their pages are not affected.
set -u
# shellcheck source=tests/libvirt/support.sh
. "$(dirname "$0")/support.sh"

# survives_restart DOMAIN SIGNAL
survives_restart() {
  local pid
  check 'start' start "$1" || return
  pid=$(private_qemu_pid one "$1")
  check 'the daemon restarts' private_restart one "$2" || return
  check 'libvirt finds the domain again' private_wait 30 called "$1" reconnect
  check_equal 'state' paused "$(virsh_at domstate "$1")"
  check_equal 'QEMU' "$pid" "$(private_qemu_pid one "$1")"
  check 'QEMU lives' private_alive one "$pid"
  check_equal 'pages' "$((base + 32))" "$(pages total)"
  check_leases 1
  check 'destroy' destroy "$1"
  check_calls "$1" 'prepare start started reconnect stopped release'
  check_baseline
}

restarted() {
  survives_restart restarted TERM
}

killed() {
  survives_restart killed KILL
}

guest_dies_meanwhile() {
  check 'start' start meanwhile || return
  private_stop one
  private_signal one KILL "$(private_qemu_pid one meanwhile)"
  check 'the daemon starts' private_start one || return
  check 'libvirt notices' private_wait 30 called meanwhile release
  check_baseline
}

# libvirt's next daemon does not know of a start that was under way.
killed_after_the_pages_were_taken() {
  local job
  touch "$private_dir/one/run/hold-prepare"
  start after 2>/dev/null &
  job=$!
  check 'prepare is under way' private_wait 30 test -e "$private_dir/one/run/held" || return
  check_equal 'pages' "$((base + 32))" "$(pages total)"
  check_leases 1
  private_run one "$hostlease" reconcile
  check_equal 'pages after a reconcile during the start' "$((base + 32))" "$(pages total)"
  private_kill one
  rm "$private_dir/one/run/hold-prepare"
  check 'the orphan ends' private_wait 30 private_dead one "$(<"$private_dir/one/run/held")"
  wait "$job"
  check_start_forgotten after
}

# The hook waits for the ledger's lock, which another process holds, while its daemon dies.
killed_before_the_pages_were_taken() {
  local lock hook_pid job
  check 'a first domain' start first || return
  exec {lock}<"$private_dir/one/run/hostlease"
  flock "$lock"
  start before 2>/dev/null {lock}<&- &
  job=$!
  check 'prepare is under way' private_wait 30 hook_runs before || return
  hook_pid=$(hook_of before)
  private_kill one
  exec {lock}<&-
  check 'the orphan ends' private_wait 30 private_dead one "$hook_pid"
  wait "$job"
  private_start one
  check 'reconnect' private_wait 30 called first reconnect
  check 'reconcile' private_run one "$hostlease" reconcile
  check_equal 'pages' "$((base + 32))" "$(pages total)"
  check_leases 1
  destroy first
  check_baseline
}

hook_of() {
  private_run one pgrep -f "^/etc/libvirt/hooks/qemu $1 prepare"
}

hook_runs() {
  hook_of "$1" >/dev/null
}

check_start_forgotten() {
  check 'the daemon starts' private_start one || return
  check 'reconcile' private_run one "$hostlease" reconcile
  check_equal "libvirt's calls since then" 'prepare' "$(calls "$1")"
  check_baseline
}

libvirt_begin
scenario 'a domain outlives the restart of the daemon' restarted
scenario 'a domain outlives the killed daemon' killed
scenario 'a domain dies while the daemon is down' guest_dies_meanwhile
scenario 'the daemon is killed with prepare done' killed_after_the_pages_were_taken
scenario 'the daemon is killed with prepare waiting' killed_before_the_pages_were_taken
tap_end
