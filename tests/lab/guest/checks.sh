# shellcheck shell=bash
# Properties of a host, as functions for `check`. Sourced by support.sh.

# pages NODE KIB: the node's number of pages of this size.
pages() {
  cat "/sys/devices/system/node/node$1/hugepages/hugepages-$2kB/nr_hugepages"
}

# check_pages KIB PAGES_OF_NODE_0 PAGES_OF_NODE_1
check_pages() {
  check_equal "pages of $1 KiB" "$2 $3" "$(pages 0 "$1") $(pages 1 "$1")"
}

check_leases() {
  check_equal 'leases' "$1" "$(leases)"
}

# check_verify: hostlease's verify finds no difference between the host and its leases.
check_verify() {
  local findings
  findings=$(at_daemon hostlease verify 2>&1) || tap_fail 'hostlease verify' "$findings"
}

# cpu_list SET: prints one line for each CPU in the set, which is in the kernel's notation.
cpu_list() {
  local part
  for part in ${1//,/ }; do
    seq "${part%-*}" "${part#*-}"
  done
}

# per_cpu FILE: "0=a 1=b ..." for a file in each CPU's folder.
per_cpu() {
  local cpu
  for cpu in $(cpu_list "$(</sys/devices/system/cpu/online)"); do
    printf '%s=%s ' "$cpu" "$(<"/sys/devices/system/cpu/cpu$cpu/$1")"
  done
}

# check_per_cpu FILE CPUS VALUE OTHER_VALUE: these CPUs have VALUE, all others OTHER_VALUE.
check_per_cpu() {
  local cpu wanted='' members
  members=" $(cpu_list "$2" | tr '\n' ' ')"
  for cpu in $(cpu_list "$(</sys/devices/system/cpu/online)"); do
    if [[ $members == *" $cpu "* ]]; then wanted+="$cpu=$3 "; else wanted+="$cpu=$4 "; fi
  done
  check_equal "$1" "$wanted" "$(per_cpu "$1")"
}

check_governor() {
  check_per_cpu cpufreq/scaling_governor "$@"
}

check_wakeup_latency() {
  check_per_cpu power/pm_qos_resume_latency_us "$@"
}

# ---- who is on which CPUs ----

# All top-level groups except the domains' own: these must leave the CPUs.
host_groups() {
  local group
  for group in /sys/fs/cgroup/*.slice /sys/fs/cgroup/*.scope; do
    [ "${group##*/}" = machine.slice ] || echo "${group##*/}"
  done
}

# check_free_of KIND CPUS [GROUP...]: nothing of this kind (tasks, kthreads, interrupts) may run there.
check_free_of() {
  check_equal "$1 on CPU $2" '' "$("${guest:?}/occupants" "$@")"
}

# check_host_kept_off CPUS: no task of the host, including libvirt's daemon, may run there.
check_host_kept_off() {
  local groups
  mapfile -t groups < <(host_groups)
  check_free_of tasks "$1" "${groups[@]}"
}

# check_domain_on NAME CPU...: each virtual CPU may run only on its CPU, and QEMU's main thread on none of
# them.
check_domain_on() {
  local number=0 cpu task found name=$1
  for cpu in "${@:2}"; do
    found=''
    for task in "/proc/$(qemu_pid "$name")/task"/*; do
      [[ $(<"$task/comm") != "CPU $number/"* ]] ||
        found=$(sed -n 's/^Cpus_allowed_list:\s*//p' "$task/status")
    done
    check_equal "virtual CPU $number of $name" "$cpu" "$found"
    number=$((number + 1))
  done
}

# check_partition NAME CPUS: the kernel has isolated exactly these CPUs, each in the cgroup of its virtual
# CPU.
check_partition() {
  local group
  for group in "$(scope "$1")"/libvirt/vcpu*; do
    check_equal "$group" isolated "$(<"$group/cpuset.cpus.partition")"
  done
  check_equal 'isolated CPUs' "$2" "$(</sys/fs/cgroup/cpuset.cpus.isolated)"
}

# mask_without CPUS: the mask of all CPUs but these, in the kernel's format.
mask_without() {
  local cpu mask=0 gone
  gone=" $(cpu_list "$1" | tr '\n' ' ')"
  for cpu in $(cpu_list "$(</sys/devices/system/cpu/present)"); do
    [[ $gone == *" $cpu "* ]] || mask=$((mask | 1 << cpu))
  done
  printf '%02x\n' "$mask"
}

check_workqueues_off() {
  check_equal 'mask of the workqueues' "$(mask_without "$1")" "$(</sys/devices/virtual/workqueue/cpumask)"
}

# check_banned CPUS: irqbalance bans them, which it reports after its next look at the interrupts.
check_banned() {
  local wanted
  wanted=$((0xff & ~0x$(mask_without "$1")))
  check "irqbalance keeps off CPU $1" wait_for 25 banned_is $wanted
}

banned_is() {
  local mask
  mask=$("$guest/snapshot" banned)
  [ $((0x${mask//,/})) = "$1" ]
}

check_new_interrupts_off() {
  check_equal 'mask of new interrupts' "$(mask_without "$1")" "$(</proc/irq/default_smp_affinity)"
}

# check_thread NAME THREAD POLICY PRIORITY: scheduling of QEMU's thread, such as SCHED_FIFO 1.
check_thread() {
  local task said=''
  for task in "/proc/$(qemu_pid "$1")/task"/*; do
    [[ $(<"$task/comm") != "$2"* ]] || said=$(chrt -p "${task##*/}" | sed 's/.*: //' | tr '\n' ' ')
  done
  check_equal "scheduling of $2" "$3 $4 " "$said"
}

# check_awake COUNT: this many sleep inhibitors are held for domains, a moment after the hook has returned.
check_awake() {
  check "inhibitors of sleep: $1" wait_for 10 inhibitors_are "$1"
}

inhibitors_are() {
  [ "$(systemd-inhibit --list --no-legend --no-pager | grep -c hostlease)" = "$1" ]
}

# check_scheduler DISK NAME
check_scheduler() {
  check_match "scheduler of $1" "\\[$2\\]" "$(<"/sys/block/$1/queue/scheduler")"
}
