#!/bin/bash
# The CPUs of slices and of init.scope, with actions of an administrator and of systemd before, during and
# after a lease. Without libvirt: the test calls the hook in the same way.
set -u
# shellcheck source=tests/lab/guest/support.sh
. "$(dirname "$0")/../guest/support.sh"

drop_ins=/etc/systemd/system/system.slice.d
runtime=/run/systemd/system.control/system.slice.d

# hook OPERATION SUBOPERATION
hook() {
  hostlease hook guest "$1" "$2" - <"$xml" >&2
}

lease() {
  hook prepare begin && hook start begin
}

end_lease() {
  check 'release' hook release end
  check_leases 0
}

# cpus_of GROUP: the CPUs where its tasks may run, and those that systemd has set.
cpus_of() {
  local file=/sys/fs/cgroup/$1/cpuset.cpus.effective
  if [ -e "$file" ]; then cat "$file"; else cat /sys/devices/system/cpu/online; fi
}

check_cpus() {
  check_equal "CPUs of $1" "$2" "$(cpus_of "$1")"
}

# systemd reads its files again, and writes the CPUs of slices when units start.
systemd_looks_again() {
  systemctl daemon-reload
  systemd-run --quiet --wait true
}

without_libvirt() {
  check 'lease' lease || return
  check_host_kept_off 6-7
  check_cpus init.scope 0-5
  check_verify
  systemd_looks_again
  systemctl daemon-reexec
  systemd_looks_again
  check_host_kept_off 6-7
  check_verify
  end_lease
  check_baseline
  systemd_looks_again
}

# drop_in FILE CPUS
drop_in() {
  mkdir -p "$(dirname "$1")"
  printf '[Slice]\nAllowedCPUs=%s\n' "$2" >"$1"
  systemctl daemon-reload
}

set_before_10() {
  drop_in "$drop_ins"/10-admin.conf 0-4,6
}

# Its name sorts after that of systemd's own file: systemd unites the values.
set_before_99() {
  drop_in "$drop_ins"/99-admin.conf 0-4,6
}

set_before_at_runtime() {
  systemctl set-property --runtime system.slice AllowedCPUs=0-4,6
}

set_before_for_good() {
  systemctl set-property system.slice AllowedCPUs=0-4,6
}

set_before_twice() {
  drop_in "$drop_ins"/10-admin.conf 2
  set_before_at_runtime
}

no_more_set() {
  systemctl set-property --runtime system.slice AllowedCPUs=0-7
  rm -rf "$drop_ins" "$runtime" /etc/systemd/system.control
  systemctl daemon-reload
}

# with SETTER: the value that it sets is in force again after the lease, and remains.
with() {
  "$1"
  systemd-run --quiet --wait true
  check_cpus system.slice 0-4,6
  take_baseline
  check 'lease' lease || return
  check_cpus system.slice 0-4
  systemd_looks_again
  check_cpus system.slice 0-4
  check_host_kept_off 6-7
  check_verify
  end_lease
  check_cpus system.slice 0-4,6
  check_baseline
  systemd_looks_again
  check_cpus system.slice 0-4,6
  check_baseline
  no_more_set
  cp "$state/first" "$state/baseline"
}

# Kernels from 6.2 on leave tasks on their CPUs when the controller is disabled together with the value.
cleared_during_the_lease() {
  check 'lease' lease || return
  systemctl set-property --runtime system.slice AllowedCPUs=
  end_lease
}

set_during_the_lease() {
  check 'lease' lease || return
  systemctl set-property --runtime system.slice AllowedCPUs=1-3
  check_fails 'verify' hostlease verify
  end_lease
  check_cpus system.slice 1-3
  systemd_looks_again
  check_cpus system.slice 1-3
  no_more_set
}

slice_comes_and_goes() {
  systemd-run --quiet --unit lab-one --slice custom.slice sleep 600
  check 'lease' lease || return
  check_cpus custom.slice 0-5
  systemctl stop lab-one.service custom.slice
  check 'the slice is gone' wait_for 10 test ! -e /sys/fs/cgroup/custom.slice
  end_lease
  systemd-run --quiet --unit lab-two --slice custom.slice sleep 600
  check_cpus custom.slice 0-7
  check_equal 'files of the slice' '' "$(find /run/systemd -path '*custom.slice.d/*')"
  systemctl stop lab-two.service custom.slice
}

slice_of_virtual_machines() {
  systemd-run --quiet --unit lab-vm --slice vms.slice --property Delegate=yes sleep 600
  mkdir '/sys/fs/cgroup/vms.slice/machine-qemu\x2d9\x2dother.scope'
  check 'lease' lease || return
  check_cpus vms.slice 0-7
  check_cpus system.slice 0-5
  end_lease
  rmdir '/sys/fs/cgroup/vms.slice/machine-qemu\x2d9\x2dother.scope'
  systemctl stop lab-vm.service vms.slice
}

not_of_systemd() {
  mkdir /sys/fs/cgroup/runtime
  check 'lease' lease || return
  check_cpus runtime 0-5
  end_lease
  check_cpus runtime 0-7
  rmdir /sys/fs/cgroup/runtime
}

# killed_in_start CALLS NUMBER: kills at this number of these system calls. The caller of the hook has the
# name of libvirt's daemon, and ends as well.
killed_in_start() {
  # shellcheck disable=SC2016 # expanded by the shell that is called
  "$state/libvirtd" -c '
    hostlease hook guest prepare begin - <"$1"
    strace -qq -o /dev/null -e trace="$2" -e inject="$2:signal=KILL:when=$3" \
      hostlease hook guest start begin - <"$1"
    exit 0' - "$xml" "$@" >&2
  tap_note "$1 $2: $(cpus_of init.scope) $(cpus_of system.slice) $(cpus_of user.slice)"
  check "$1 $2: reconcile" hostlease reconcile
  check_leases 0
  check_cpus system.slice 0-7
  check_baseline
}

killed_half_way() {
  local number
  for number in 4 7 10; do
    killed_in_start sendmsg,sendto,writev "$number" || return
  done
  for number in 3 5; do
    killed_in_start renameat,rename,renameat2 "$number" || return
  done
}

is_kept_off() {
  [ "$(cpus_of "$1")" = 0-5 ]
}

# All units of a call share one connection to systemd. Each message takes two seconds, so that the restart
# falls between two messages.
restarted_during_the_call() {
  local calls=sendmsg,sendto,writev call
  check 'prepare' hook prepare begin
  strace -qq -o /dev/null -e trace="$calls" -e inject="$calls:delay_exit=2s" hostlease hook guest start \
    begin - <"$xml" >&2 &
  call=$!
  check 'the first unit is set' wait_for 60 is_kept_off init.scope
  systemctl daemon-reexec
  check_fails 'the last unit is set' is_kept_off user.slice
  check 'start' wait "$call"
  check_host_kept_off 6-7
  check_verify
  end_lease
}

lab_begin
cp "$state/baseline" "$state/first"
cp /bin/bash "$state/libvirtd"
xml=$(domain guest)
sed -i '/<name>/a <uuid>4dea22b3-1d52-d8f3-2516-782e98ab3fa0</uuid>' "$xml" # as libvirt gives the hook
policy guest '[cpus]' 'isolate = "pinned"' 'method = "slices"' 'enforce = "required"'
scenario 'a cycle' without_libvirt
scenario 'systemd restarts in the middle of a call' restarted_during_the_call
scenario 'killed while slices are restricted' killed_half_way
for setter in 10 99 at_runtime for_good twice; do
  scenario "an administrator's setting: $setter" with set_before_$setter
done
scenario 'cleared by another program during the lease' cleared_during_the_lease
scenario 'set by another program during the lease' set_during_the_lease
scenario 'a slice comes and goes' slice_comes_and_goes
scenario 'a slice with virtual machines' slice_of_virtual_machines
scenario 'a cgroup that is not of systemd' not_of_systemd
tap_end
