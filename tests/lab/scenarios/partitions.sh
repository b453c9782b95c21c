#!/bin/bash
# Partitions while their VM runs: effects of virsh, CPUs shared with other VMs and containers, and no CPU lost
# by the kernel.
set -u
# shellcheck source=tests/lab/guest/support.sh
. "$(dirname "$0")/../guest/support.sh"

isolated=/sys/fs/cgroup/cpuset.cpus.isolated

# isolating METHOD [LINE...]: the policy of the domain one.
isolating() {
  policy one '[cpus]' 'isolate = "pinned"' "method = \"$1\"" "${@:2}"
}

# start_as NAME SED_SCRIPT [KEY=TEXT...]: a domain whose XML is changed before the start.
start_as() {
  local file
  file=$(domain "$1" "${@:3}")
  sed -i -e "$2" "$file"
  virsh -q create "$file" --paused >&2
}

state_of() {
  cat "$(scope "$1")/libvirt/$2/cpuset.cpus.partition"
}

# check_nested NAME: a partition around QEMU's threads, with an isolated one inside for each virtual CPU.
check_nested() {
  check_equal "partition of $1" root "$(state_of "$1" .)"
  check_partition "$1" 6-7
}

# survives COMMAND [ARGUMENT...]: reconcile restores the partition if COMMAND breaks it.
survives() {
  "$@" >&2 || tap_note "refused: $*"
  check 'reconcile' hostlease reconcile
  check_nested one
  check_verify
}

nothing_is_isolated() {
  [ -z "$(<"$isolated")" ]
}

# The kernel has the same partitions as before, and can make another one: it crashed here when partitions were
# not nested.
check_nothing_lost() {
  destroy one
  check 'CPUs come back' wait_for 5 nothing_is_isolated
  check 'another start' start one EMULATOR=5 || return
  check_nested one
  destroy one
}

# A thread that is pinned to an isolated CPU, even among others, breaks the partition.
live_pins() {
  isolating partition
  check 'start' start one EMULATOR=5 || return
  check_nested one
  virsh -q emulatorpin one 5-6 --live >&2
  check_match 'partition of vCPU 0' 'isolated invalid' "$(state_of one vcpu0)"
  check_fails 'verify' hostlease verify
  survives virsh -q emulatorpin one 5 --live
  # a vCPU has all CPUs of the emulator: the kernel does not make a partition of them until the emulator has
  # others
  virsh -q emulatorpin one 6 --live >&2
  check 'reconcile' hostlease reconcile
  check_equal 'partition of vCPU 0' member "$(state_of one vcpu0)"
  check_host_kept_off 6-7
  survives virsh -q emulatorpin one 5 --live
  survives virsh -q vcpupin one 0 5 --live
  survives virsh -q vcpupin one 0 7 --live
  survives virsh -q vcpupin one 0 6 --live
  check_nothing_lost
}

# The partition is not repaired before the domain ends.
broken_to_the_end() {
  isolating partition
  check 'start' start one EMULATOR=5 || return
  virsh -q emulatorpin one 5-6 --live >&2
  check_nothing_lost
  check 'start' start one EMULATOR=5 || return
  virsh -q emulatorpin one 5-6 --live >&2
  kill -KILL "$(qemu_pid one)"
  check 'libvirt notices' wait_for 30 has_leases 0
  check 'start' start one EMULATOR=5 || return
  check_nothing_lost
}

# Threads that are plugged in run on the emulator's CPU.
threads_are_added() {
  isolating partition
  check 'start' start_as one 's|<vcpu>2<|<vcpu current="2">3<|' EMULATOR=5 || return
  check_nested one
  check 'a virtual CPU more' virsh -q setvcpus one 3 --live || return
  check_equal 'CPUs of vCPU 2' 5 "$(<"$(scope one)/libvirt/vcpu2/cpuset.cpus.effective")"
  check 'an I/O thread more' virsh -q iothreadadd one 1 --live
  check_equal 'CPUs of the I/O thread' 5 "$(<"$(scope one)/libvirt/iothread1/cpuset.cpus.effective")"
  check 'reconcile' hostlease reconcile
  check_equal 'partition of vCPU 0' isolated "$(state_of one vcpu0)"
  check_equal 'partition of vCPU 1' isolated "$(state_of one vcpu1)"
  check_equal 'isolated CPUs' 6-7 "$(<"$isolated")"
  check_verify
  destroy one
}

# A virtual CPU with a pin gets its CPU, and a partition, when it is plugged in.
pinned_one_is_plugged_in() {
  isolating partition
  check 'start' start_as one 's|<vcpu>2<|<vcpu current="1">2<|' EMULATOR=5 || return
  check_equal 'isolated CPUs' 6 "$(<"$isolated")"
  check 'a virtual CPU more' virsh -q setvcpus one 2 --live || return
  check 'reconcile' hostlease reconcile
  check_nested one
  check_verify
  destroy one
}

# With <vcpu cpuset>, libvirt pins each new thread to those CPUs, including isolated ones.
cpuset_of_the_domain() {
  isolating partition
  check 'start' start_as one 's|<vcpu>2<|<vcpu cpuset="5-7">2<|' EMULATOR=5 || return
  check_nested one
  # libvirt gives it vCPU CPUs, of which the kernel then makes no partition
  check 'an I/O thread more' virsh -q iothreadadd one 1 --live
  check 'reconcile' hostlease reconcile
  check_equal 'partition of vCPU 0' member "$(state_of one vcpu0)"
  check_host_kept_off 6-7
  survives virsh -q iothreaddel one 1 --live
  check_nothing_lost
}

cpu_goes_and_comes_back() {
  isolating partition 'enforce = "required"'
  check 'start' start one EMULATOR=5 || return
  echo 0 >/sys/devices/system/cpu/cpu7/online
  check_fails 'verify without the CPU' hostlease verify
  hostlease verify >"$state/said"
  check_fails 'a promise' grep -q 'brings it there' "$state/said"
  hostlease reconcile >&2
  check_fails 'verify after reconcile' hostlease verify
  echo 1 >/sys/devices/system/cpu/cpu7/online
  check 'reconcile' hostlease reconcile
  check_nested one
  check_verify
  destroy one
}

# said_of NAME: plan's output for a domain.
said_of() {
  hostlease plan --xml "$state/$1.xml" 2>&1
}

# The kernel lets no other VM onto the CPUs of a partition.
pins_meet() {
  isolating partition
  check 'start one' start one EMULATOR=5 || return
  domain two NODE=1 CPU0=7 CPU1=3 EMULATOR=4 >/dev/null
  sed -i 's|<name>two</name>|&<uuid>4dea22b3-1d52-d8f3-2516-000000000002</uuid>|' "$state/two.xml"
  check_match 'plan of two without a policy' "CPU 7.*VM 'one'" "$(said_of two)"
  policy two '[memory]' 'swappiness = 10'
  check_fails 'start two' virsh -q create "$state/two.xml" --paused
  check_match 'why' "VM 'two' is pinned to CPU 7.*VM 'one'" "$(virsh create "$state/two.xml" --paused 2>&1)"
  rm /etc/hostlease/two.toml
  check_nested one
  destroy one
}

# Emulators often share a CPU: a partition that is not required gives way.
emulators_meet() {
  isolating auto
  check 'start one' start one EMULATOR=5 || return
  check_nested one
  policy two '[memory]' 'swappiness = 10'
  check 'start two' start two NODE=1 CPU0=2 CPU1=3 EMULATOR=5 || return
  check_equal 'partition of one' member "$(state_of one .)"
  check_host_kept_off 6-7
  check_verify
  destroy two
  check 'reconcile' hostlease reconcile
  check_nested one
  rm /etc/hostlease/two.toml
  destroy one
}

# A VM without a policy was started earlier.
pinned_before() {
  isolating auto
  policy two
  check 'start two' start two NODE=1 CPU0=7 CPU1=3 EMULATOR=4 || return
  check 'start one' start one EMULATOR=5 || return
  check_match 'journal' "vCPU 0 of VM 'two' is pinned to CPU 7" \
    "$(journalctl -t hostlease --since -60s -o cat)"
  check_match 'doctor' "vCPU 0 of VM 'two' is pinned to CPU 7" "$(hostlease doctor)"
  destroy two
  destroy one
  rm /etc/hostlease/two.toml
}

# Slices do not keep off anything in machine.slice.
others_in_machine_slice() {
  isolating slices
  systemd-run -q --slice=machine.slice --scope --unit=libpod-abc sleep 1000 &
  check 'a container' wait_for 10 test -d /sys/fs/cgroup/machine.slice/libpod-abc.scope
  policy two
  check 'start two' start_as two '/pin /d' NODE=1 || return
  check 'start one' start one EMULATOR=5 || return
  check_match 'journal' "CPU 6-7.*libpod-abc.scope.*VM 'two'" "$(journalctl -t hostlease --since -60s -o cat)"
  check_match 'status' "libpod-abc.scope" "$(hostlease status)"
  destroy two
  destroy one
  rm /etc/hostlease/two.toml
  systemctl stop libpod-abc.scope
}

lab_begin
without_irqbalance
take_baseline
scenario 'others in machine.slice' others_in_machine_slice
if kernel_at_least 6.7; then
  scenario 'live pins' live_pins
  scenario 'a partition that is broken when its domain ends' broken_to_the_end
  scenario 'threads are added' threads_are_added
  scenario 'a virtual CPU with a pin is plugged in' pinned_one_is_plugged_in
  scenario 'CPUs for the whole domain' cpuset_of_the_domain
  scenario 'pins to the same CPUs' pins_meet
  scenario 'emulators on the same CPUs' emulators_meet
  scenario 'another VM was started first' pinned_before
  echo 0 >/sys/devices/system/cpu/cpu7/online
  echo 1 >/sys/devices/system/cpu/cpu7/online # its effect on interrupts occurs only once
  take_baseline
  scenario 'a CPU goes and comes back' cpu_goes_and_comes_back
fi
tap_end
