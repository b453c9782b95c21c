Why each value is what it is.

  $ . "$CLI/setup"

A knob that nobody holds

  $ hostlease explain --root host memory.swappiness
    memory.swappiness  how readily the host swaps out anonymous memory; 10 is usual for VM hosts
                       takes an integer from 0 to 200 or "leave"; default: leave
    written at         start
    several VMs        the oldest VM's value stays; a different one of a younger VM is a conflict
    files              /proc/sys/vm/swappiness
    source             Documentation/admin-guide/sysctl/vm.rst, 5.8: range 0 to 200
  
  memory.swappiness  /proc/sys/vm/swappiness
    now  60  no VM holds it
  $ hostlease explain --root host hugepages.deadline | head -n 3
    hugepages.reserve        reserve the huge pages that the domain's XML asks for
                             takes "auto" or "leave"; default: auto
    hugepages.host_free_min  refuse the lease if it leaves a node less available memory than this
  $ hostlease explain --root host power.governor | tail -n 3
    source          Documentation/admin-guide/pm/cpufreq.rst, 6.1: a governor belongs to a policy, not to a CPU
  
  no VM holds it

Two VMs

  $ start win11
  $ domain office 1 0 >office.xml
  $ printf 'version = 1\nmemory.swappiness = 30\n' | policy office
  $ start office
  $ hostlease explain --root host win11
  hugepages.reserve  /sys/devices/system/node/node1/hugepages/hugepages-2048kB/nr_hugepages
    now       1024  hostlease wrote it
    wanted    1024  the earlier pages and those of each VM
    before    0
    VM win11  1024  (/etc/hostlease/win11.toml:4:11, required: 1024 pages of 2 MiB needed, 0 free, 0 promised to other VMs)
  
  memory.ksm  /sys/kernel/mm/ksm/run
    now       0  hostlease wrote it
    wanted    0  off as long as any VM asks for that
    before    1
    VM win11  0  (/etc/hostlease/win11.toml:8:7, best-effort: memory.ksm = "off")
  
  memory.swappiness  /proc/sys/vm/swappiness
    now        10  hostlease wrote it
    wanted     10  the oldest VM's value stays; a different one of a younger VM is a conflict
    before     60
    VM win11   10  (/etc/hostlease/win11.toml:7:14, best-effort: memory.swappiness = 10)
    VM office  30  (/etc/hostlease/office.toml:2:21, best-effort: memory.swappiness = 30), gives way
  
  power.governor  /sys/devices/system/cpu/cpufreq/policy{4-5}/scaling_governor
    now       performance  hostlease wrote it
    wanted    performance  performance before schedutil, ondemand, conservative and powersave
    before    schedutil
    VM win11  performance  (/etc/hostlease/win11.toml:11:12, best-effort: vCPUs are pinned to CPU 4-5)
  $ hostlease explain --root host office memory.swappiness
  memory.swappiness  /proc/sys/vm/swappiness
    now        10  hostlease wrote it
    wanted     10  the oldest VM's value stays; a different one of a younger VM is a conflict
    before     60
    VM win11   10  (/etc/hostlease/win11.toml:7:14, best-effort: memory.swappiness = 10)
    VM office  30  (/etc/hostlease/office.toml:2:21, best-effort: memory.swappiness = 30), gives way
  $ hostlease explain --root host office swappiness
  memory.swappiness  /proc/sys/vm/swappiness
    now        10  hostlease wrote it
    wanted     10  the oldest VM's value stays; a different one of a younger VM is a conflict
    before     60
    VM win11   10  (/etc/hostlease/win11.toml:7:14, best-effort: memory.swappiness = 10)
    VM office  30  (/etc/hostlease/office.toml:2:21, best-effort: memory.swappiness = 30), gives way
  $ hostlease explain --root host power.governor policy5 | tail -n 5
  power.governor  /sys/devices/system/cpu/cpufreq/policy5/scaling_governor
    now       performance  hostlease wrote it
    wanted    performance  performance before schedutil, ondemand, conservative and powersave
    before    schedutil
    VM win11  performance  (/etc/hostlease/win11.toml:11:12, best-effort: vCPUs are pinned to CPU 5)
  $ hostlease explain --root host memory.swappiness --json | jq -c '.targets[]'
  {"baseline":"60","claims":[{"domain":"win11","enforce":"best-effort","granted":true,"in_force":true,"policy_line":"/etc/hostlease/win11.toml:7:14","value":"10","why":"memory.swappiness = 10"},{"domain":"office","enforce":"best-effort","granted":false,"in_force":true,"policy_line":"/etc/hostlease/office.toml:2:21","value":"30","why":"memory.swappiness = 30"}],"current":"10","knob":"memory.swappiness","path":"/proc/sys/vm/swappiness","rule":"the oldest VM's value stays; a different one of a younger VM is a conflict","target":"swappiness","wanted":"10","writer":"hostlease wrote it"}

Who wrote it last

  $ now() { hostlease explain --root host memory.swappiness | grep '^  now'; }
  $ echo 40 >host/proc/sys/vm/swappiness; now
    now        40  another program; hostlease had written '10'
  $ echo 60 >host/proc/sys/vm/swappiness; now
    now        60  another program restored it
  $ rm host/proc/sys/vm/swappiness; now
    now        -  cannot open /proc/sys/vm/swappiness: No such file or directory
  $ echo 10 >host/proc/sys/vm/swappiness; now
    now        10  hostlease wrote it

Words that explain does not know

  $ hostlease explain --root host
  hostlease: explain needs DOMAIN|KNOB [TARGET]
    hint: `hostlease explain --help` explains the verb
  [2]
  $ hostlease explain --root host memory.swappines
  hostlease: 'memory.swappines' is neither a knob nor a VM that holds a lease
    hint: did you mean 'memory.swappiness'?
  [2]
  $ hostlease explain --root host irqs
  hostlease: 'irqs' is a table of policies, not a knob
    hint: the keys of irqs are balancer, affinity, vfio
  [2]
  $ hostlease explain --root host nobody
  hostlease: 'nobody' is neither a knob nor a VM that holds a lease
    hint: `hostlease policy keys` lists the knobs, `hostlease status` the VMs
  [2]
