  $ . "$CLI/setup"
  $ domain office 1 0 >office.xml
  $ policy office <<'TOML'
  > version = 1
  > memory.swappiness = 30
  > TOML

Before

  $ pages 1; knobs
  0
  proc/sys/vm/swappiness:60
  sys/kernel/mm/ksm/run:1
  sys/devices/system/cpu/cpufreq/policy4/scaling_governor:schedutil
  sys/devices/system/cpu/cpufreq/policy5/scaling_governor:schedutil

  $ hostlease status --root host
  no leases

  $ hostlease verify --root host
  the host matches the leases

prepare takes the pages, start the rest

  $ hook win11 prepare begin; pages 1; knobs
  1024
  proc/sys/vm/swappiness:60
  sys/kernel/mm/ksm/run:1
  sys/devices/system/cpu/cpufreq/policy4/scaling_governor:schedutil
  sys/devices/system/cpu/cpufreq/policy5/scaling_governor:schedutil

  $ hook win11 start begin; pages 1; knobs
  1024
  proc/sys/vm/swappiness:10
  sys/kernel/mm/ksm/run:0
  sys/devices/system/cpu/cpufreq/policy4/scaling_governor:performance
  sys/devices/system/cpu/cpufreq/policy5/scaling_governor:performance

  $ hook win11 started begin

A second VM: what it asks for and does not get is said, not refused

  $ start office; pages 0; cat host/proc/sys/vm/swappiness
  512
  10

  $ hostlease status --root host | steady
   domain state policy since CPUs huge pages prepare start started
   win11 running win11 DATE TIME - 1024 x 2 MiB on node1 D D D
   office running office DATE TIME - 512 x 2 MiB on node0 D D D
  
    knob               before     now          held by        asked for in                 file
    hugepages.reserve  0          512          office         office.toml                  /sys/devices/system/node/node0/hugepages/hugepages-2048kB/nr_hugepages
    hugepages.reserve  0          1024         win11          win11.toml:4                 /sys/devices/system/node/node1/hugepages/hugepages-2048kB/nr_hugepages
    memory.ksm         1          0            win11          win11.toml:8                 /sys/kernel/mm/ksm/run
    memory.swappiness  60         10           win11, office  win11.toml:7, office.toml:2  /proc/sys/vm/swappiness
    power.governor     schedutil  performance  win11          win11.toml:11                /sys/devices/system/cpu/cpufreq/policy{4-5}/scaling_governor

  $ hostlease status --root host --json | jq -c '.leases[] | del(.claims, .since)' | steady
  {"cpus":"","domain":"win11","huge_pages":[{"node":1,"page_size":2097152,"pages":1024}],"policy":"win11","policy_file":"/etc/hostlease/win11.toml","qemu_pid":0,"state":"running","timings":[{"lock_usec":D,"operation":"prepare","pages_usec":D,"total_usec":D,"writes_usec":D},{"lock_usec":D,"operation":"start","pages_usec":D,"total_usec":D,"writes_usec":D},{"lock_usec":D,"operation":"started","pages_usec":D,"total_usec":D,"writes_usec":D}],"uuid":"3a83fe44-1753-604f-469d-84b66c65eb09"}
  {"cpus":"","domain":"office","huge_pages":[{"node":0,"page_size":2097152,"pages":512}],"policy":"office","policy_file":"/etc/hostlease/office.toml","qemu_pid":0,"state":"running","timings":[{"lock_usec":D,"operation":"prepare","pages_usec":D,"total_usec":D,"writes_usec":D},{"lock_usec":D,"operation":"start","pages_usec":D,"total_usec":D,"writes_usec":D},{"lock_usec":D,"operation":"started","pages_usec":D,"total_usec":D,"writes_usec":D}],"uuid":"e72f4545-eb68-c96c-754f-91fc01573517"}

  $ hostlease status --root host --json | jq -c '.leases[0].claims[], .knobs[], .findings'
  {"knob":"hugepages.reserve","path":"/sys/devices/system/node/node1/hugepages/hugepages-2048kB/nr_hugepages","phase":"prepare","policy_line":"/etc/hostlease/win11.toml:4:11","target":"node1/hugepages-2048kB","value":"1024","why":"1024 pages of 2 MiB needed, 0 free, 0 promised to other VMs"}
  {"knob":"memory.ksm","path":"/sys/kernel/mm/ksm/run","phase":"start","policy_line":"/etc/hostlease/win11.toml:8:7","target":"run","value":"0","why":"memory.ksm = \"off\""}
  {"knob":"memory.swappiness","path":"/proc/sys/vm/swappiness","phase":"start","policy_line":"/etc/hostlease/win11.toml:7:14","target":"swappiness","value":"10","why":"memory.swappiness = 10"}
  {"knob":"power.governor","path":"/sys/devices/system/cpu/cpufreq/policy4/scaling_governor","phase":"start","policy_line":"/etc/hostlease/win11.toml:11:12","target":"policy4","value":"performance","why":"vCPUs are pinned to CPU 4"}
  {"knob":"power.governor","path":"/sys/devices/system/cpu/cpufreq/policy5/scaling_governor","phase":"start","policy_line":"/etc/hostlease/win11.toml:11:12","target":"policy5","value":"performance","why":"vCPUs are pinned to CPU 5"}
  {"baseline":"0","current":"1024","knob":"hugepages.reserve","path":"/sys/devices/system/node/node1/hugepages/hugepages-2048kB/nr_hugepages","target":"node1/hugepages-2048kB","wrote":"1024"}
  {"baseline":"0","current":"512","knob":"hugepages.reserve","path":"/sys/devices/system/node/node0/hugepages/hugepages-2048kB/nr_hugepages","target":"node0/hugepages-2048kB","wrote":"512"}
  {"baseline":"1","current":"0","knob":"memory.ksm","path":"/sys/kernel/mm/ksm/run","target":"run","wrote":"0"}
  {"baseline":"60","current":"10","knob":"memory.swappiness","path":"/proc/sys/vm/swappiness","target":"swappiness","wrote":"10"}
  {"baseline":"schedutil","current":"performance","knob":"power.governor","path":"/sys/devices/system/cpu/cpufreq/policy4/scaling_governor","target":"policy4","wrote":"performance"}
  {"baseline":"schedutil","current":"performance","knob":"power.governor","path":"/sys/devices/system/cpu/cpufreq/policy5/scaling_governor","target":"policy5","wrote":"performance"}
  []

  $ hostlease verify --root host
  the host matches the leases

libvirt's daemon comes back

  $ hook win11 reconnect begin; hostlease verify --root host
  the host matches the leases

Another program changes a knob

  $ echo 40 >host/proc/sys/vm/swappiness
  $ hostlease verify --root host
  /proc/sys/vm/swappiness: '40', expected '10': another program changed it; hostlease leaves it alone
  [3]

  $ hostlease verify --root host --json | jq -c '.findings[]'
  {"current":"40","expected":"10","knob":"memory.swappiness","path":"/proc/sys/vm/swappiness","target":"swappiness","what":"another program changed it; hostlease leaves it alone"}

  $ hostlease status --root host | tail -n 1
  /proc/sys/vm/swappiness: another program changed it; hostlease leaves it alone

  $ echo 10 >host/proc/sys/vm/swappiness

The first stops: the second's word counts now

  $ stop win11; pages 0; pages 1; knobs
  512
  0
  proc/sys/vm/swappiness:30
  sys/kernel/mm/ksm/run:1
  sys/devices/system/cpu/cpufreq/policy4/scaling_governor:schedutil
  sys/devices/system/cpu/cpufreq/policy5/scaling_governor:schedutil

The second stops: as before

  $ stop office; pages 0; knobs
  0
  proc/sys/vm/swappiness:60
  sys/kernel/mm/ksm/run:1
  sys/devices/system/cpu/cpufreq/policy4/scaling_governor:schedutil
  sys/devices/system/cpu/cpufreq/policy5/scaling_governor:schedutil

  $ hostlease status --root host; hostlease verify --root host
  no leases
  the host matches the leases

  $ hostlease status --root host --json | jq -c .
  {"findings":[],"knobs":[],"leases":[],"notes":[]}

Nothing is left in the ledger, and a second release is no error

  $ ls host/run/hostlease
  $ hook win11 release end

A VM that went without a release

  $ start win11; pages 1
  1024
  $ hostlease reconcile --root host; pages 1; knobs
  note: VM 'win11' is gone without a release: releasing its lease
    knob               from         to         file  why
    power.governor     performance  schedutil  /sys/devices/system/cpu/cpufreq/policy{4-5}/scaling_governor
                                                 as it was before: no VM asks for it any more
    memory.swappiness  10           60         /proc/sys/vm/swappiness
    memory.ksm         0            1          /sys/kernel/mm/ksm/run
  1024 pages returned, 4 values restored
  0
  proc/sys/vm/swappiness:60
  sys/kernel/mm/ksm/run:1
  sys/devices/system/cpu/cpufreq/policy4/scaling_governor:schedutil
  sys/devices/system/cpu/cpufreq/policy5/scaling_governor:schedutil

  $ hostlease reconcile --root host
  nothing to do

  $ start win11
  $ hostlease reconcile --root host --json | jq -c '.report[]'
  {"knob":"","message":"VM 'win11' is gone without a release: releasing its lease","severity":"note","target":""}

The machine was restarted: what is on record is of no use any more

  $ start win11
  $ echo 11111111-2222-4333-8444-555555555555 >host/proc/sys/kernel/random/boot_id
  $ hostlease status --root host
  no leases

  $ hostlease reconcile --root host; ls host/run/hostlease
  nothing to do

