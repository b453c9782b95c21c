#!/bin/bash
# Domains whose policy chooses their CPUs, on a host where three of them fit: what happens to their places
# when the others start, die, move, are saved and migrate. Each has one virtual CPU.
set -u
# shellcheck source=tests/lab/guest/support.sh
. "$(dirname "$0")/../guest/support.sh"
# shellcheck source=tests/lab/guest/placed.sh
. "$guest/placed.sh"
# shellcheck source=tests/lab/guest/second_daemon.sh
. "$guest/second_daemon.sh"

start_all() {
  local name
  for name in "$@"; do
    check "start $name" start_unpinned "$name" VCPUS=1 || return
  done
}

destroy_all() {
  local name
  for name in "$@"; do
    destroy "$name"
  done
  check_leases 0
  check_no_units
}

# check_well NAME...: these are all the domains there are, and each has its place.
check_well() {
  check_leases $#
  check_apart "$@"
  check_agree "$@"
  check_isolated "$@"
  check_verify
}

one_order() {
  start_all "$@" || return
  check_well "$@"
  destroy_all "$@"
}

all_orders() {
  one_order one two three
  one_order one three two
  one_order two one three
  one_order two three one
  one_order three one two
  one_order three two one
}

all_at_once() {
  local name jobs=()
  for name in one two three; do
    start_unpinned "$name" VCPUS=1 &
    jobs+=($!)
  done
  wait "${jobs[@]}"
  check_well one two three
  destroy_all three one two
}

one_is_killed() {
  local before cpu
  start_all one two three || return
  before=$(places one three)
  cpu=$(vcpus_of two)
  kill -KILL "$(qemu_pid two)"
  check 'libvirt notices' wait_for 30 has_leases 2
  check_equal 'the other domains' "$before" "$(places one three)"
  check_well one three
  start_all four || return
  check_equal 'CPU of the next domain' "$cpu" "$(vcpus_of four)"
  check_equal 'the other domains' "$before" "$(places one three)"
  check_well one three four
  destroy_all one three four
}

# node_of NAME: of its first virtual CPU.
node_of() {
  echo $(($(cpus_of "$1" vcpu0) / 4))
}

# check_pages_on NAME NODE: all huge pages of QEMU are there.
check_pages_on() {
  check_match "huge pages of $1" "N$2=32" "$(grep ' huge ' "/proc/$(qemu_pid "$1")/numa_maps")"
  check_equal "huge pages of $1 elsewhere" '' "$(pages_elsewhere "$1" "$2")"
}

one_moves() {
  local cpu node before
  start_all one two || return
  cpu=$(vcpus_of one)
  node=$(node_of two)
  check_pages_on two "$node"
  destroy one
  check 'move' hostlease apply --move two
  check_equal 'CPU of two' "$cpu" "$(vcpus_of two)"
  check_well two
  check_pages_on two "$node"
  before=$(places two)
  check 'daemon-reload' systemctl daemon-reload
  check_equal 'two after a daemon-reload' "$before" "$(places two)"
  check_well two
  check_pages_on two "$node"
  destroy_all two
}

# The emulator of the fourth is on a CPU of the host, so it has no partition; it gets one when the third ends.
moves_into_a_partition() {
  local node
  start_all one two three four || return
  check_apart one two three four
  check_agree one two three four
  check_equal 'partition of four' member "$(<"$(scope four)/libvirt/cpuset.cpus.partition")"
  node=$(node_of four)
  destroy three
  check 'move' hostlease apply --move four
  check_equal 'node of four' "$node" "$(node_of four)"
  check_well one two four
  check_pages_on four "$node"
  destroy_all four two one
}

nothing_to_move() {
  local before
  start_all one two || return
  before=$(places one two)
  check 'move' hostlease apply --move one
  check_equal 'both domains' "$before" "$(places one two)"
  check_well one two
  destroy_all one two
}

# effective_cpus NAME: of its scope and of each cgroup in it, as different lists.
effective_cpus() {
  cat "$(scope "$1")"{,/libvirt,/libvirt/*}/cpuset.cpus.effective | sort -u
}

one_is_placed_while_it_runs() {
  policy one
  check 'start' start_unpinned one VCPUS=1 || return
  check_equal 'CPUs without a place' 0-7 "$(effective_cpus one)"
  placing one
  check 'apply the policy with a place' hostlease apply one
  check_well one
  check 'daemon-reload' systemctl daemon-reload
  check_well one
  policy one
  check 'apply the policy without a place' hostlease apply one
  check_equal 'CPUs without a place' 0-7 "$(effective_cpus one)"
  check 'daemon-reload' systemctl daemon-reload
  check_equal 'CPUs without a place' 0-7 "$(effective_cpus one)"
  check_equal 'drop-ins' '' "$(find /run/systemd/system -name '*.scope.d')"
  check_verify
  placing one
  destroy_all one
}

daemon_is_killed() {
  local before
  start_all one two three || return
  before=$(places one two three)
  "$guest/snapshot" take >"$state/running"
  systemctl kill --signal KILL --kill-who main libvirtd
  check 'the daemon is back' wait_for 60 virsh -q dommemstat three
  check_equal 'the domains' "$before" "$(places one two three)"
  check 'reconcile' hostlease reconcile
  check_equal 'the domains' "$before" "$(places one two three)"
  "$guest/snapshot" take >"$state/later"
  check 'the host' "$guest/snapshot" compare "$state/running" "$state/later"
  check_well one two three
  destroy_all one two three
}

saved_and_restored() {
  local cpu
  virsh -q define "$(unpinned one VCPUS=1)" >&2
  check 'start' virsh -q start one --paused || return
  cpu=$(vcpus_of one)
  check 'save' virsh -q managedsave one --paused
  check_leases 0
  check_no_units
  start_all two || return
  check_equal 'CPU of two' "$cpu" "$(vcpus_of two)"
  check 'restore' virsh -q start one --paused || return
  check_well one two
  destroy_all one two
  virsh -q undefine one >&2
}

# Two ledgers cannot both set the host's slices: the policies isolate nothing.
migrates() {
  placing one 'isolate = "none"'
  placing moved 'isolate = "none"'
  ! start_second || migrates_there
  stop_second
  placing one
}

migrates_there() {
  local cpu job
  hold_second started
  start_all one || return
  cpu=$(vcpus_of one)
  virsh -q migrate --live one "$(second_uri)" --dname moved --migrateuri tcp://127.0.0.1 \
    --listen-address 127.0.0.1 &
  job=$!
  check 'the second daemon has started QEMU' wait_for 60 test -e "$second/held" || return
  check_agree one
  in_second check_agree moved
  check_fails 'the CPU of both' test "$cpu" = "$(in_second vcpus_of moved)"
  rm "$second/hold"
  check 'migrate' wait "$job" || return
  check_leases 0
  check_verify
  in_second check_leases 1
  in_second check_agree moved
  start_all two || return
  check_equal 'CPU of two' "$cpu" "$(vcpus_of two)"
  check_well two
  # to the second ledger, the pages of the source were somebody else's, and have gone
  check 'reconcile' in_second at_daemon hostlease reconcile
  in_second check_agree moved
  in_second check_verify
  in_second destroy moved
  in_second check_leases 0
  destroy_all two
}

lab_begin
without_irqbalance
take_baseline
for name in one two three four; do
  placing $name
done
scenario 'one is killed' one_is_killed
scenario 'three domains at once' all_at_once
scenario 'one moves' one_moves
scenario 'there is no better place' nothing_to_move
! kernel_at_least 6.7 || scenario 'one moves into a partition' moves_into_a_partition
scenario 'one is placed while it runs' one_is_placed_while_it_runs
scenario 'the daemon is killed' daemon_is_killed
scenario 'one is saved and restored' saved_and_restored
scenario 'one migrates' migrates
scenario 'three domains in all orders' all_orders
tap_end
