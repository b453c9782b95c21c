# shellcheck shell=bash
# Domains without pins whose policy chooses their CPUs when they start. Sourced after support.sh.

isolated=/sys/fs/cgroup/cpuset.cpus.isolated

# placing NAME [LINE...]: the policy of a domain without pins.
placing() {
  policy "$1" '[cpus]' 'place = "auto"' "${@:2}"
}

# unpinned NAME [KEY=TEXT...]: prints the path of the XML.
unpinned() {
  local file
  file=$(domain "$@")
  sed -i -e '/pin /d' -e '/<numatune>/,/<\/numatune>/d' "$file"
  echo "$file"
}

# start_unpinned NAME [KEY=TEXT...]: with virtual CPUs that stand still. Without a keepalive: three starts at
# once may take longer, and libvirt ends a domain whose connection breaks before it runs.
start_unpinned() {
  virsh -q --keepalive-interval 0 create "$(unpinned "$@")" --paused >&2
}

# ---- where they are ----

# cpus_of NAME THREAD: what the kernel lets the thread's cgroup run on.
cpus_of() {
  cat "$(scope "$1")/libvirt/$2/cpuset.cpus"
}

# vcpus_of NAME...: the CPUs of the virtual CPUs, one a line.
vcpus_of() {
  local name group
  for name in "$@"; do
    for group in "$(scope "$name")"/libvirt/vcpu*; do
      cpu_list "$(<"$group/cpuset.cpus")"
    done
  done
}

# places NAME...: CPUs and partition of each cgroup of the domains, and the drop-ins of their scopes.
places() {
  local name scope
  for name in "$@"; do
    scope=$(scope "$name")
    grep -s . "$scope"{,/libvirt,/libvirt/*}/cpuset.cpus{,.partition} "$(drop_in "$scope")"
  done
}

# drop_in SCOPE: the file that confines it.
drop_in() {
  echo "/run/systemd/system/${1##*/}.d/50-hostlease.conf"
}

# pages_elsewhere NAME NODE: QEMU's huge pages on other nodes.
pages_elsewhere() {
  sed -n '/ huge /s/ /\n/gp' "/proc/$(qemu_pid "$1")/numa_maps" | grep '^N[0-9]' | grep -v "^N$2="
}

set_pages() {
  echo "$2" >"/sys/devices/system/node/node$1/hugepages/hugepages-2048kB/nr_hugepages"
}

# ---- checks ----

# check_apart NAME...: no CPU is of two virtual CPUs, or of one and of an emulator. Emulators may share one.
check_apart() {
  local name
  check_equal 'CPUs of two virtual CPUs' '' "$(vcpus_of "$@" | sort | uniq -d)"
  for name in "$@"; do
    check_equal "CPUs of virtual CPUs and the emulator of $name" '' \
      "$( (vcpus_of "$@"; cpu_list "$(cpus_of "$name" emulator)") | sort | uniq -d)"
  done
}

# check_agree NAME...: the lease, the cgroups, the threads in them, the scope and its drop-in name the same
# CPUs.
check_agree() {
  local name group all scope
  at_daemon hostlease status --json >"${state:?}/status"
  for name in "$@"; do
    scope=$(scope "$name")
    all=''
    for group in "$scope"/libvirt/{vcpu*,emulator}; do
      check_group "$name" "$group"
      all+=,$(<"$group/cpuset.cpus")
    done
    all=$(members "$all")
    check_equal "CPUs of the scope of $name" "$all" "$(members "$(<"$scope/cpuset.cpus")")"
    check_equal "CPUs in the drop-in of $name" "$all" \
      "$(members "$(sed -n 's/^AllowedCPUs=//p' "$(drop_in "$scope")")")"
  done
}

# check_group NAME CGROUP: by the status that check_agree has asked for. Threads may end meanwhile.
check_group() {
  local thread=${2##*/} cpus tasks
  cpus=$(leased "$1" "$thread")
  check_match "leased CPUs of $thread of $1" '^[0-9]' "$cpus"
  check_equal "CPUs of $thread of $1" "$cpus" "$(<"$2/cpuset.cpus")"
  mapfile -t tasks < <(sed 's|.*|/proc/&/status|' "$2/cgroup.threads")
  check_equal "CPUs of the threads in $thread of $1" "$cpus" \
    "$(sed -n 's/^Cpus_allowed_list:\s*//p' "${tasks[@]}" 2>/dev/null | sort -u)"
}

# leased NAME THREAD
leased() {
  jq -r --arg name "$1" --arg thread "$2" '.leases[] | select(.domain == $name) | .claims[]
    | select(.knob == "cpus.place" and .target == $thread) | .value' "$state/status"
}

# members SET: the CPUs of a list of CPUs, each once, on one line.
members() {
  cpu_list "$1" | sort -nu | paste -sd ' '
}

# check_isolated NAME...: the host is kept off the CPUs of these domains and off no others; by partitions
# where the kernel has them.
check_isolated() {
  local name scope group
  if ! kernel_at_least 6.7; then
    check_host_kept_off "$(vcpus_of "$@" | paste -sd ,)"
    return
  fi
  check_equal 'isolated CPUs' "$(vcpus_of "$@" | sort -n)" "$(cpu_list "$(<$isolated)")"
  for name in "$@"; do
    scope=$(scope "$name")
    check_equal "partition of $name" root "$(<"$scope/libvirt/cpuset.cpus.partition")"
    for group in "$scope"/libvirt/vcpu*; do
      check_equal "partition of $group" isolated "$(<"$group/cpuset.cpus.partition")"
    done
  done
}

# check_no_units: systemd has nothing of a domain any more.
check_no_units() {
  check_equal 'units of domains' '' "$(find /run/systemd/{system,transient} -name 'machine-qemu*')"
}
