# shellcheck shell=bash
# What can be looked at on a host, as functions for `check`. Sourced by support.sh.

# pages NODE KIB: how many pages of this size the node has.
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

# check_verify: hostlease itself finds the host as its leases want it.
check_verify() {
  local findings
  findings=$(hostlease verify 2>&1) || tap_fail 'hostlease verify' "$findings"
}

# cpu_list SET: as many lines as the set, in the kernel's notation, has CPUs.
cpu_list() {
  local part
  for part in ${1//,/ }; do
    seq "${part%-*}" "${part#*-}"
  done
}

# per_cpu FILE: "0=a 1=b ..." of a file that each CPU has below its folder.
per_cpu() {
  local cpu
  for cpu in $(cpu_list "$(</sys/devices/system/cpu/online)"); do
    printf '%s=%s ' "$cpu" "$(<"/sys/devices/system/cpu/cpu$cpu/$1")"
  done
}

# check_per_cpu FILE CPUS VALUE OTHER_VALUE: these CPUs have one value, all the others the other.
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
