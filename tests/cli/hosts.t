Machines as lscpu tells of them

  $ . "$CLI/setup"
  $ host_of() { rm -rf host; "$CLI/../support/make-host" "$CLI/../data/hosts/$1" host; }

A hybrid CPU, with a VM on both kinds of core

  $ host_of core-i9-12900k
  $ hostlease map --root host
  node0, 64 GiB, CPU 0-23
    .. .. .. .. .. .. .. .. . . . . . . . .
  
    .  housekeeping  CPU 0-23
  $ policy own <<'TOML'
  > version = 1
  > cpus.isolate = "pinned"
  > TOML
  $ domain own 2 0 >own.xml; sed -i "s/cpuset='0'/cpuset='16'/; s/cpuset='1'/cpuset='2'/" own.xml
  $ hostlease plan --root host --xml own.xml --policy host/etc/hostlease/own.toml
  domain own (b515e18a-a3fb-e7d2-64d7-ca5a95ef73e1)
  policy own (host/etc/hostlease/own.toml)
  
    huge pages   needed  free  promised  to grow  left for the host
    node0 2 MiB  1024    0     0         1024     60 GiB
  
    phase    knob               from  to    file  why
    prepare  hugepages.reserve  0     1024  /sys/devices/system/node/node0/hugepages/hugepages-2048kB/nr_hugepages
  host/etc/hostlease/own.toml:2:16: warning: hostlease cannot keep the host off CPU 2,16: the root cgroup has no children except the VMs', and tasks in the root cgroup itself cannot be restricted
    hint: run the host's services in their own cgroups, as systemd does, or isolate the CPUs with isolcpus=
  host/etc/hostlease/own.toml:2:16: warning: CPU 2 would belong to the VM and CPU 3, the sibling threads of the same cores, to the host: work on these threads slows the VM down
    hint: give the VM whole cores, or set cpus.keep_siblings = "allow"
  host/etc/hostlease/own.toml:2:16: warning: the emulator is not pinned, so it may run on the CPUs of the vCPUs
    hint: add an <emulatorpin> to the domain's <cputune>
  $ hostlease audit --root host --host own.xml | grep -A1 "PIN-L3:"
  own.xml:9: advice: PIN-L3: vCPUs run on performance cores (CPU 2) and on efficient ones (CPU 16)
    wanted: CPUs of one kind, because the guest assumes that its CPUs are equal

Twelve pinned CPUs on huge pages: at most 15 lines of 120 columns, and JSON has each target

  $ pinned() { # CPUs of the vCPUs, of QEMU's other threads
  >   local pins=($1) vcpu
  >   domain win11 2 0 | sed "/vcpupin/d; s/<vcpu>2/<vcpu>${#pins[@]}/"  >win11.xml
  >   for vcpu in "${!pins[@]}"; do sed -i "/<.cputune>/i\    <vcpupin vcpu='$vcpu' cpuset='${pins[vcpu]}'/>" win11.xml; done
  >   sed -i "/<.cputune>/i\    <emulatorpin cpuset='$2'/>" win11.xml
  > }
  $ low_latency() {
  >   local cpu
  >   cp "$SOURCE"/policies/{balanced,low-latency}.toml host/usr/share/hostlease/policies/
  >   for cpu in host/sys/devices/system/cpu/cpu[0-9]*; do mkdir "$cpu/power"; echo 0 >"$cpu/power/pm_qos_resume_latency_us"; done
  > }
  $ host_of ryzen-9-5900x; low_latency
  $ for irq in 9 24 100; do mkdir -p "host/proc/irq/$irq"; echo 0-23 >"host/proc/irq/$irq/smp_affinity_list"; done
  $ pinned '6 18 7 19 8 20 9 21 10 22 11 23' 0,12
  $ hostlease plan --root host --xml win11.xml --policy low-latency >planned
  /usr/share/hostlease/policies/balanced.toml:14:11: warning: hostlease cannot keep the host off CPU 6-11,18-23 until partitions do: the root cgroup has no children except the VMs', and tasks in the root cgroup itself cannot be restricted
    hint: run the host's services in their own cgroups, as systemd does, or isolate the CPUs with isolcpus=
  /usr/share/hostlease/policies/balanced.toml:22:12: warning: irqs.affinity has nothing to act on: this host has no /proc/irq/*/smp_affinity_list
    hint: write irqs.affinity = "leave" in your policy
  /usr/share/hostlease/policies/low-latency.toml:11:12: warning: workqueues.affinity: this host does not have /sys/devices/virtual/workqueue/cpumask
    hint: write workqueues.affinity = "leave" in your policy
  /usr/share/hostlease/policies/low-latency.toml:15:12: warning: kernel.watchdog: this host does not have /proc/sys/kernel/watchdog_cpumask
    hint: write kernel.watchdog = "leave" in your policy
  $ cat planned
  domain win11 (3a83fe44-1753-604f-469d-84b66c65eb09)
  policy low-latency (/usr/share/hostlease/policies/low-latency.toml)
  
    huge pages   needed  free  promised  to grow  left for the host
    node0 2 MiB  1024    0     0         1024     28 GiB
  
    phase    knob                   from       to           file  why
    prepare  hugepages.reserve      0          1024         .../system/node/node0/hugepages/hugepages-2048kB/nr_hugepages
    start    memory.ksm             1          0            /sys/kernel/mm/ksm/run  memory.ksm = "off"
    start    memory.numa_balancing  1          0            /proc/sys/kernel/numa_balancing  memory.numa_balancing = "off"
    start    power.governor         schedutil  performance  .../system/cpu/cpufreq/policy{6-11,18-23}/scaling_governor
    start    power.wakeup_latency   0          50           .../system/cpu/cpu{6-11,18-23}/power/pm_qos_resume_latency_us
    started  cpus.method                       root         /sys/fs/cgroup/*/libvirt/cpuset.cpus.{exclusive,partition}
                                            reserved for the VM: CPU 6-11,18-23 of the vCPUs, 0,12 of QEMU's other threads
    started  cpus.method                       isolated     /sys/fs/cgroup/*/vcpu{0-11}/cpuset.cpus.{exclusive,partition}
  $ echo $(($(wc -l <planned) <= 15)) $(($(wc -L <planned) <= 120))
  1 1
  $ rm host/sys/devices/system/cpu/cpu{7,10}/power/pm_qos_resume_latency_us
  $ hostlease plan --root host --xml win11.xml --policy low-latency 2>&1 >planned | grep -A1 wakeup_latency
  /usr/share/hostlease/policies/low-latency.toml:7:18: warning: power.wakeup_latency: this host does not have /sys/devices/system/cpu/cpu{7,10}/power/pm_qos_resume_latency_us
    hint: write power.wakeup_latency = "leave" in your policy
  /usr/share/hostlease/policies/low-latency.toml:11:12: warning: workqueues.affinity: this host does not have /sys/devices/virtual/workqueue/cpumask
  $ hostlease plan --root host --xml win11.xml --policy low-latency --json | jq -c '([.changes | group_by(.knob)[] | {(.[0].knob): length}] | add), ([.warnings[] | select(contains("wakeup_latency"))] | length)'
  {"cpus.method":26,"hugepages.reserve":1,"memory.ksm":1,"memory.numa_balancing":1,"power.governor":12,"power.wakeup_latency":10}
  2

The same on two nodes

  $ mv host one-node; host_of xeon-e5-2680v2-dual; low_latency
  $ pinned '1 21 2 22 3 23 11 31 12 32 13 33' 0,10
  $ sed -i "s/<memory mode='strict' nodeset='0'.>/<memory mode='strict' nodeset='0-1'\/><memnode cellid='0' mode='strict' nodeset='0'\/><memnode cellid='1' mode='strict' nodeset='1'\/>/; s/<.domain>/<cpu><numa><cell id='0' cpus='0-5' memory='1' unit='GiB'\/><cell id='1' cpus='6-11' memory='1' unit='GiB'\/><\/numa><\/cpu><\/domain>/" win11.xml
  $ hostlease plan --root host --xml win11.xml --policy low-latency 2>/dev/null >planned
  $ cat planned
  domain win11 (3a83fe44-1753-604f-469d-84b66c65eb09)
  policy low-latency (/usr/share/hostlease/policies/low-latency.toml)
  
    huge pages       needed  free  promised  to grow  left for the host
    node{0-1} 2 MiB  512     0     0         512      61 GiB
  
    phase    knob                   from       to           file  why
    prepare  hugepages.reserve      0          512          .../node/node{0-1}/hugepages/hugepages-2048kB/nr_hugepages
    start    memory.ksm             1          0            /sys/kernel/mm/ksm/run  memory.ksm = "off"
    start    memory.numa_balancing  1          0            /proc/sys/kernel/numa_balancing  memory.numa_balancing = "off"
    start    power.governor         schedutil  performance  .../cpu/cpufreq/policy{1-3,11-13,21-23,31-33}/scaling_governor
    start    power.wakeup_latency   0          50           .../cpu{1-3,11-13,21-23,31-33}/power/pm_qos_resume_latency_us
    started  cpus.method                       root         /sys/fs/cgroup/*/libvirt/cpuset.cpus.{exclusive,partition}
                                 reserved for the VM: CPU 1-3,11-13,21-23,31-33 of the vCPUs, 0,10 of QEMU's other threads
    started  cpus.method                       isolated     /sys/fs/cgroup/*/vcpu{0-11}/cpuset.cpus.{exclusive,partition}
  $ echo $(($(wc -l <planned) <= 15)) $(($(wc -L <planned) <= 120))
  1 1
  $ rm -r host; mv one-node host; pinned '6 18 7 19 8 20 9 21 10 22 11 23' 0,12

Status and explain fold as the plan does

  $ printf 'version = 1\nextends = "low-latency"\n' | policy win11
  $ hostlease hook --root host --verbose win11 prepare begin - <win11.xml 2>&1 | grep -A1 wakeup_latency
  /usr/share/hostlease/policies/low-latency.toml:7:18: warning: power.wakeup_latency: this host does not have /sys/devices/system/cpu/cpu{7,10}/power/pm_qos_resume_latency_us
    hint: write power.wakeup_latency = "leave" in your policy
  $ start win11 2>/dev/null
  $ hostlease status --root host win11 | sed -n '/ knob /,$p'
    knob                   before     now          held by  asked for in         file
    hugepages.reserve      0          1024         win11    balanced.toml:10     /sys/devices/system/node/node0/hugepages/hugepages-2048kB/nr_hugepages
    memory.ksm             1          0            win11    low-latency.toml:19  /sys/kernel/mm/ksm/run
    memory.numa_balancing  1          0            win11    low-latency.toml:21  /proc/sys/kernel/numa_balancing
    power.governor         schedutil  performance  win11    balanced.toml:28     /sys/devices/system/cpu/cpufreq/policy{6-11,18-23}/scaling_governor
    power.wakeup_latency   0          50           win11    low-latency.toml:7   /sys/devices/system/cpu/cpu{6,8-9,11,18-23}/power/pm_qos_resume_latency_us
  $ hostlease explain --root host win11 | grep '^[a-z]'
  hugepages.reserve  /sys/devices/system/node/node0/hugepages/hugepages-2048kB/nr_hugepages
  cpus.method  /sys/fs/cgroup/*/libvirt/cpuset.cpus.exclusive
  cpus.method  /sys/fs/cgroup/*/libvirt/cpuset.cpus.partition
  cpus.method  /sys/fs/cgroup/*/vcpu{0-11}/cpuset.cpus.exclusive
  cpus.method  /sys/fs/cgroup/*/vcpu{0-11}/cpuset.cpus.partition
  memory.ksm  /sys/kernel/mm/ksm/run
  memory.numa_balancing  /proc/sys/kernel/numa_balancing
  power.governor  /sys/devices/system/cpu/cpufreq/policy{6-11,18-23}/scaling_governor
  power.wakeup_latency  /sys/devices/system/cpu/cpu{6,8-9,11,18-23}/power/pm_qos_resume_latency_us
  $ hostlease explain --root host power.governor | tail -n 5
  power.governor  /sys/devices/system/cpu/cpufreq/policy{6-11,18-23}/scaling_governor
    now       performance  hostlease wrote it
    wanted    performance  performance before schedutil, ondemand, conservative and powersave
    before    schedutil
    VM win11  performance  (/usr/share/hostlease/policies/balanced.toml:28:12, best-effort: vCPUs are pinned to CPU 6-11,18-23)
  $ hostlease status --root host --json | jq -c '[.knobs[].knob] | group_by(.)[] | {(.[0]): length}'
  {"hugepages.reserve":1}
  {"memory.ksm":1}
  {"memory.numa_balancing":1}
  {"power.governor":12}
  {"power.wakeup_latency":10}
  $ stop win11 2>/dev/null

CPUs that are offline, of cores as a whole and of others one thread

  $ host_of xeon-quad-offline
  $ hostlease map --root host
  node0, 16 GiB, CPU 0-1,3-4,6-12,15
    .. .. .. .. . .. .
  
    .  housekeeping  CPU 0-1,3-4,6-12,15
    -  offline       CPU 2,5,13-14
