Who holds what

  $ . "$CLI/setup"
  $ for number in $(seq 0 7); do mkdir -p host/proc/irq/$((20 + number)) host/sys/kernel/irq/$((20 + number)); echo 0-7 >host/proc/irq/$((20 + number))/smp_affinity_list; echo "eth0-$number" >host/sys/kernel/irq/$((20 + number))/actions; done
  $ policy vm <<'TOML'
  > version = 1
  > match.domain = ["vm*"]
  > cpus.isolate = "pinned"
  > memory.swappiness = 20
  > power.governor = "performance"
  > irqs.affinity = "housekeeping"
  > TOML
  $ for number in $(seq 1 7); do domain "vm$number" 1 0 >"vm$number.xml"; sed -i "s/cpuset='0'/cpuset='2'/; s/cpuset='1'/cpuset='3'/; /hugepages/d" "vm$number.xml"; done
  $ start win11
  $ for number in $(seq 1 7); do start "vm$number"; done
  $ hostlease status --root host | steady
   domain state policy since CPUs huge pages prepare start started
   win11 running win11 DATE TIME - 1024 x 2 MiB on node1 D D D
   vm1 running vm DATE TIME 2-3 - D D D
   vm2 running vm DATE TIME 2-3 - D D D
   vm3 running vm DATE TIME 2-3 - D D D
   vm4 running vm DATE TIME 2-3 - D D D
   vm5 running vm DATE TIME 2-3 - D D D
   vm6 running vm DATE TIME 2-3 - D D D
   vm7 running vm DATE TIME 2-3 - D D D
  
    knob               before     now          held by                          asked for in             file
    hugepages.reserve  0          1024         win11                            win11.toml:4             /sys/devices/system/node/node1/hugepages/hugepages-2048kB/nr_hugepages
    memory.ksm         1          0            win11                            win11.toml:8             /sys/kernel/mm/ksm/run
    memory.swappiness  60         10           win11, vm1, vm2, vm3 and 4 more  win11.toml:7, vm.toml:4  /proc/sys/vm/swappiness
    power.governor     schedutil  performance  vm1, vm2, vm3, vm4 and 3 more    vm.toml:5                /sys/devices/system/cpu/cpufreq/policy{2-3}/scaling_governor
    irqs.affinity      0-7        0-1,4-7      vm1, vm2, vm3, vm4 and 3 more    vm.toml:6                /proc/irq/{20-27}/smp_affinity_list
    power.governor     schedutil  performance  win11                            win11.toml:11            /sys/devices/system/cpu/cpufreq/policy{4-5}/scaling_governor

One VM, with the time that its calls took

  $ hostlease status --root host win11 | steady
   domain state policy since CPUs huge pages prepare start started
   win11 running win11 DATE TIME - 1024 x 2 MiB on node1 D D D
  
   call domain took waiting for others growing pools setting values
   prepare win11 D D D D
   start win11 D D D D
   started win11 D D D D
  
    knob               before     now          held by                          asked for in             file
    hugepages.reserve  0          1024         win11                            win11.toml:4             /sys/devices/system/node/node1/hugepages/hugepages-2048kB/nr_hugepages
    memory.ksm         1          0            win11                            win11.toml:8             /sys/kernel/mm/ksm/run
    memory.swappiness  60         10           win11, vm1, vm2, vm3 and 4 more  win11.toml:7, vm.toml:4  /proc/sys/vm/swappiness
    power.governor     schedutil  performance  win11                            win11.toml:11            /sys/devices/system/cpu/cpufreq/policy{4-5}/scaling_governor
  $ hostlease status --root host nobody
  hostlease: VM 'nobody' holds no lease
    hint: `hostlease status` lists the leases
  [2]
  $ hostlease status --root host vm1 --json | jq -c '[.leases[0].domain, .leases[0].cpus, (.knobs | length), (.leases[0].timings | map(.operation))]'
  ["vm1","2-3",11,["prepare","start","started"]]

What differs from what was written, of many targets in one line

  $ echo 1-7 | tee host/proc/irq/2{2,3,6}/smp_affinity_list >host/proc/sys/vm/swappiness
  $ hostlease status --root host vm1 | tail -n 4
  
  /proc/sys/vm/swappiness: another program changed it; hostlease leaves it alone
  
  /proc/irq/{22-23,26}/smp_affinity_list: another program changed it; `hostlease reconcile` corrects it
  $ hostlease status --root host win11 | tail -n 2
  
  /proc/sys/vm/swappiness: another program changed it; hostlease leaves it alone

Again and again, until interrupted

  $ hostlease status --root host win11 --watch=1 | grep -m 2 -c 'call .* took'
  2
  $ hostlease status --root host --watch=600 >watched &
  $ until grep -qs vm7 watched; do sleep 0.1; done; kill $!; wait $!
  $ hostlease status --root host --watch=often
  hostlease: --watch: 'often' is not a number of seconds from 1 to 86400
    hint: `hostlease status --help` explains the verb
  [2]

What may change beside a value is shown once it has changed

  $ mkdir host/sys/devices/system/cpu/cpufreq/schedutil; echo 10000 >host/sys/devices/system/cpu/cpufreq/schedutil/rate_limit_us
  $ domain vm8 1 0 >vm8.xml; sed -i "s/cpuset='0'/cpuset='6'/; s/cpuset='1'/cpuset='7'/; /hugepages/d" vm8.xml
  $ start vm8
  $ hostlease status --root host | grep -c rate_limit_us
  0
  [1]
  $ echo 500 >host/sys/devices/system/cpu/cpufreq/schedutil/rate_limit_us
  $ hostlease status --root host | grep rate_limit_us
    sysfs              10000      500          -                                -                        /sys/devices/system/cpu/cpufreq/schedutil/rate_limit_us
