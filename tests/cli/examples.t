Each example on the hosts that it is for: its policy is sound, its plan and its audit are the ones that are shown beside it, and the audit finds
nothing to mend. With ACCEPT=1 what is printed now becomes what is shown.

  $ hosts_of() {
  >   case $1 in
  >     office-windows | dense-linux) echo core-i9-9900k ;;
  >     gaming-vfio) echo ryzen-9-5900x ;;
  >     cache-topology) echo ryzen-9-5900x-no-smt ;;
  >     realtime-linux) echo core-i7-9700k ;;
  >     numa-two-cells) echo xeon-e5-2680v2-dual ;;
  >     any-host) echo ryzen-9-5900x xeon-e5-2680v2-dual ;;
  >   esac
  > }

What a host has besides, as far as the policies ask for it, with hostlease installed and the example's policy

  $ finish_host() {
  >   local cpus slice
  >   cp "$SOURCE"/policies/*.toml host/usr/share/hostlease/policies/
  >   install -m 644 policy.toml "host/etc/hostlease/$1.toml"
  >   install -D "$(type -P qemu-hook)" host/usr/sbin/hostlease-hook
  >   mkdir host/etc/libvirt
  >   hostlease install-hook --root host /usr/sbin/hostlease-hook >/dev/null
  >   echo 'hugetlbfs /dev/hugepages hugetlbfs rw,pagesize=2M 0 0' >host/proc/mounts
  >   echo 950000 >host/proc/sys/kernel/sched_rt_runtime_us
  >   cp host/sys/devices/system/cpu/online host/proc/sys/kernel/watchdog_cpumask
  >   install -D -m 644 host/sys/devices/system/cpu/online host/proc/irq/16/smp_affinity_list
  >   install -m 644 host/sys/devices/system/node/node0/cpumap host/proc/irq/default_smp_affinity
  >   install -D -m 644 host/sys/devices/system/node/node0/cpumap host/sys/devices/virtual/workqueue/cpumask
  >   for slice in init.scope system.slice user.slice; do
  >     mkdir host/sys/fs/cgroup/$slice && echo >host/sys/fs/cgroup/$slice/cpuset.cpus
  >   done
  >   cpus=(host/sys/devices/system/cpu/cpu[0-9]*)
  >   mkdir "${cpus[@]/%//power}" && echo 0 | tee "${cpus[@]/%//power/pm_qos_resume_latency_us}" >zero
  > }

The audit, not the plan, is for a host that has what the XML names: whose disk an image is on is this machine's business

  $ make_paths() {
  >   grep -oE "['>]/[^'<>]+" domain.xml | cut -c 2- | while read -r path; do
  >     mkdir -p "host${path%/*}" && touch "host$path"
  >   done
  >   sed -nE "s/.*<address .*domain='0x(.*)' bus='0x(.*)' slot='0x(.*)' function='0x(.)'.*/\1:\2:\3.\4/p" domain.xml |
  >     while read -r device; do
  >       mkdir -p "host/sys/bus/pci/devices/$device"
  >     done
  > }
  $ compare() {
  >   [ -z "$ACCEPT" ] || cp "$2" "$SOURCE/examples/$1/$2.expected"
  >   diff -u "$SOURCE/examples/$1/$2.expected" "$2" || echo "$1: $2 differs"
  > }

  $ show() {
  >   "$SOURCE/tests/support/make-host" "$SOURCE/tests/data/hosts/$2" host || return
  >   finish_host "$1"
  >   hostlease check --root host >checked || cat checked
  >   hostlease plan --root host --xml domain.xml >"$3" 2>&1 || echo "$1: exit $?"
  >   compare "$1" "$3"
  > }

  $ for domain in "$SOURCE"/examples/*/domain.xml; do
  >   name=$(basename "$(dirname "$domain")")
  >   mkdir "$name" && cd "$name" && cp "$SOURCE/examples/$name"/{domain.xml,policy.toml} .
  >   read -r first others <<<"$(hosts_of "$name")"
  >   for host in $others; do
  >     show "$name" "$host" "plan-on-$host" && rm -r host
  >   done
  >   show "$name" "$first" plan
  >   make_paths
  >   hostlease audit --root host --host domain.xml >audit 2>&1 || echo "$name: exit $?"
  >   compare "$name" audit
  >   cd ..
  > done
