#!/bin/bash
# Runs the installed hook with this machine's real huge pages and sysctls, kills it (SIGKILL) before every
# system call that changes something, and makes each of these calls fail; then runs `hostlease reconcile`.
# Uses a mount namespace with its own /run and /etc/hostlease; the pool and the sysctls are the machine's, and
# the tested programs themselves restore them.
set -u
here=$(cd "$(dirname "$0")" && pwd)
build=${1:?build folder}
# shellcheck source=tests/support/tap.sh
. "$here/../support/tap.sh"
hook=$build/hook/hostlease-hook command=$build/hook/hostlease
pool=/sys/devices/system/node/node0/hugepages/hugepages-2048kB/nr_hugepages
changing=write,openat,renameat,unlinkat,mkdirat,exit_group
operations=('prepare begin' 'start begin' 'started begin' 'stopped end' 'release end')

[ "$(id -u)" = 0 ] || tap_skip_all 'needs root'
command -v strace >/dev/null || tap_skip_all 'strace is not installed'
[ -w "$pool" ] || tap_skip_all 'this machine has no huge pages of 2 MiB to write'
if [ -z "${HOSTLEASE_DEATH_NAMESPACE:-}" ]; then
  unshare -m --propagation private true 2>/dev/null || tap_skip_all 'no mount namespace can be made here'
  # only one test at a time uses the machine's pool; the libvirt suite takes the same lock
  exec 8<"${pool%/*}"
  flock 8
  HOSTLEASE_DEATH_NAMESPACE=1 exec unshare -m --propagation private bash "$0" "$@"
fi

work=$(mktemp -d)
trap 'restore_machine; umount -l /run /etc 2>/dev/null; rm -rf "$work"' EXIT

make_namespace() {
  mkdir -p "$work/etc" && cp /bin/bash "$work/libvirtd" || return
  cp -a /etc/. "$work/etc/" 2>/dev/null
  mkdir -p "$work/etc/hostlease"
  mount --bind "$work/etc" /etc && mount -t tmpfs tmpfs /run || return
  printf 'version = 1\n[hugepages]\nhost_free_min = "64MiB"\n[memory]\nswappiness = 11\n' \
    >/etc/hostlease/mortal.toml
  cat >"$work/mortal.xml" <<'XML'
<domain type='kvm'><name>mortal</name><uuid>0dd0dd0d-0000-4000-8000-00000000dead</uuid>
<memory unit='MiB'>64</memory><vcpu>1</vcpu>
<memoryBacking><hugepages><page size='2' unit='MiB'/></hugepages></memoryBacking>
<os><type arch='x86_64'>hvm</type></os></domain>
XML
}

machine() {
  printf '%s %s\n' "$(cat "$pool")" "$(cat /proc/sys/vm/swappiness)"
}

# Removes what a failed test has left.
restore_machine() {
  read -r pages swappiness <<<"${before:-0 60}"
  [ "$(cat "$pool")" = "$pages" ] || echo "$pages" >"$pool"
  [ "$(cat /proc/sys/vm/swappiness)" = "$swappiness" ] || echo "$swappiness" >/proc/sys/vm/swappiness
}

# call OPERATION [PREFIX...]: one call of the hook as by libvirt, whose daemon then ends
call() {
  local operation=$1
  shift
  # shellcheck disable=SC2016,SC2086 # expanded by the daemon; two words
  "$work/libvirtd" -c '"$@"; exit' libvirtd "$@" "$hook" mortal $operation - <"$work/mortal.xml"
}

# The calls before operation number $1, by a daemon that has ended afterwards.
lead_to() (
  for ((number = 0; number < $1; number++)); do
    call "${operations[number]}" || exit
  done
)

# call_with FAULT NUMBER SYSCALL COUNT: runs operation NUMBER with the fault at that call of SYSCALL.
call_with() {
  call "${operations[$2]}" strace -o "$work/trace" -e "trace=$3" -e "inject=$3:$1:when=$4" 2>/dev/null
}

# The changing system calls of operation number $1, one per line, each with its count: "write 2".
points_of() {
  lead_to "$1" && call "${operations[$1]}" strace -o "$work/trace" -e "trace=$changing" || return
  "$command" reconcile >/dev/null
  sed -n 's/^\([a-z_]*\)(.*/\1/p' "$work/trace" | awk '{ print $1, ++count[$1] }'
}

nothing_left() {
  check_equal "the machine after $1" "$before" "$(machine)"
  check_equal "the ledger after $1" '' "$(find /run/hostlease -type f 2>/dev/null)"
}

killed_everywhere() {
  local number syscall count points=0
  for number in "${!operations[@]}"; do
    while read -r syscall count <&3; do
      points=$((points + 1))
      lead_to "$number" || return
      call_with signal=SIGKILL "$number" "$syscall" "$count"
      check_equal "killed at $syscall $count of ${operations[number]}" 137 "$?"
      "$command" reconcile >/dev/null ||
        tap_fail "reconcile after a kill at $syscall $count of ${operations[number]}"
      nothing_left "a kill at $syscall $count of ${operations[number]}"
    done 3< <(points_of "$number")
  done
  tap_note "$points points"
  check 'there were points to kill at' [ "$points" -gt 50 ]
}

failing_everywhere() {
  local number syscall count points=0 error
  for error in EIO ENOSPC EPERM; do
    for number in "${!operations[@]}"; do
      while read -r syscall count <&3; do
        [ "$syscall" != exit_group ] || continue
        points=$((points + 1))
        lead_to "$number" || return
        call_with "error=$error" "$number" "$syscall" "$count"
        check_equal "$error at $syscall $count of ${operations[number]} is no crash" yes \
          "$([ $? -lt 126 ] && echo yes)"
        check 'the fault was there' grep -q INJECTED "$work/trace"
        call 'release end' 2>/dev/null
        "$command" reconcile >/dev/null ||
          tap_fail "reconcile after $error at $syscall $count of ${operations[number]}"
        nothing_left "$error at $syscall $count of ${operations[number]}"
      done 3< <(points_of "$number")
    done
  done
  tap_note "$points points"
  check 'there were points to fail at' [ "$points" -gt 150 ]
}

whole_life() {
  lead_to ${#operations[@]} || return
  nothing_left 'a whole life'
}

make_namespace || tap_skip_all 'no mount namespace can be made here'
before=$(machine)
tap_case 'a whole life leaves the machine as it was' whole_life
tap_case 'killed before every system call that changes something, then reconcile: nothing is left' \
  killed_everywhere
tap_case 'every such system call fails once, then release and reconcile: nothing is left' failing_everywhere
tap_end
