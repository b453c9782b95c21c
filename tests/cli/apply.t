A policy that is edited while its VM runs.

  $ . "$CLI/setup"
  $ start win11; runs win11 4242; hook win11 reconnect begin
  $ policy win11 <<'TOML'
  > version = 1
  > [hugepages]
  > reserve = "auto"
  > [memory]
  > swappiness = 20
  > [power]
  > governor = "performance"
  > TOML

What it would change

  $ hostlease apply --root host --xml win11.xml --dry-run; knobs
    knob               from  to  file                     why
    memory.ksm         0     1   /sys/kernel/mm/ksm/run   as it was before: no VM asks for it any more
    memory.swappiness  10    20  /proc/sys/vm/swappiness  memory.swappiness = 20
  proc/sys/vm/swappiness:10
  sys/kernel/mm/ksm/run:0
  sys/devices/system/cpu/cpufreq/policy4/scaling_governor:performance
  sys/devices/system/cpu/cpufreq/policy5/scaling_governor:performance
  $ hostlease apply --root host --xml win11.xml --dry-run --json | jq -c '.changes[], .report'
  {"from":"0","knob":"memory.ksm","path":"/sys/kernel/mm/ksm/run","phase":"start","target":"run","to":"1","why":"as it was before: no VM asks for it any more"}
  {"from":"10","knob":"memory.swappiness","path":"/proc/sys/vm/swappiness","phase":"start","target":"swappiness","to":"20","why":"memory.swappiness = 20"}
  []

It is done

  $ hostlease apply --root host --xml win11.xml; knobs; pages 1
  applied policy 'win11' to 'win11': 2 values changed
    knob               from  to  file                     why
    memory.ksm         0     1   /sys/kernel/mm/ksm/run   as it was before: no VM asks for it any more
    memory.swappiness  10    20  /proc/sys/vm/swappiness  memory.swappiness = 20
  proc/sys/vm/swappiness:20
  sys/kernel/mm/ksm/run:1
  sys/devices/system/cpu/cpufreq/policy4/scaling_governor:performance
  sys/devices/system/cpu/cpufreq/policy5/scaling_governor:performance
  1024
  $ hostlease verify --root host
  the host matches the leases
  $ hostlease apply --root host --xml win11.xml --dry-run
  nothing to change
  $ hostlease apply --root host --xml win11.xml --json
  {
    "applied": true,
    "changes": [],
    "domain": "win11",
    "policy": "win11",
    "report": []
  }

Pages are in use

  $ printf 'version = 1\nhugepages.reserve = "leave"\n' | policy win11
  $ hostlease apply --root host --xml win11.xml; knobs; pages 1
  hostlease: the VM's huge pages stay its own until it stops
  applied policy 'win11' to 'win11': 3 values changed
    knob               from         to         file  why
    power.governor     performance  schedutil  /sys/devices/system/cpu/cpufreq/policy{4-5}/scaling_governor
                                                 as it was before: no VM asks for it any more
    memory.swappiness  20           60         /proc/sys/vm/swappiness
  proc/sys/vm/swappiness:60
  sys/kernel/mm/ksm/run:1
  sys/devices/system/cpu/cpufreq/policy4/scaling_governor:schedutil
  sys/devices/system/cpu/cpufreq/policy5/scaling_governor:schedutil
  1024

Another VM's wish is the older one

  $ domain office 1 0 >office.xml
  $ printf 'version = 1\nmemory.swappiness = 30\n' | policy office
  $ start office
  $ printf 'version = 1\n[memory]\nenforce = "required"\nswappiness = 20\n' | policy win11
  $ hostlease apply --root host --xml win11.xml; knobs
  hostlease: /etc/hostlease/win11.toml:4:14: memory.swappiness = 20 cannot be granted: VM 'office' holds /proc/sys/vm/swappiness at 30 (/etc/hostlease/office.toml:2:21) (give both policies the same value)
  proc/sys/vm/swappiness:30
  sys/kernel/mm/ksm/run:1
  sys/devices/system/cpu/cpufreq/policy4/scaling_governor:schedutil
  sys/devices/system/cpu/cpufreq/policy5/scaling_governor:schedutil
  $ hostlease apply --root host --xml win11.xml --dry-run
  hostlease: /etc/hostlease/win11.toml:4:14: memory.swappiness = 20 cannot be granted: VM 'office' holds /proc/sys/vm/swappiness at 30 (/etc/hostlease/office.toml:2:21) (give both policies the same value)
  [1]
  $ stop office

What would be given back

  $ hostlease release --root host --dry-run
  hostlease: VM 'win11' is running (stop the VM first, or use --force)
  nothing to change
  [1]
  $ hostlease release --root host --dry-run --force
    knob               from  to  file  why
    hugepages.reserve  1024  0   /sys/devices/system/node/node1/hugepages/hugepages-2048kB/nr_hugepages
                                   pages that no VM asks for any more
  $ rm -r host/proc/4242
  $ hostlease reconcile --root host --dry-run; pages 1
    knob               from  to  file  why
    hugepages.reserve  1024  0   /sys/devices/system/node/node1/hugepages/hugepages-2048kB/nr_hugepages
                                   pages that no VM asks for any more
  hostlease: VM 'win11' is gone without a release: releasing its lease
  1024
  $ hostlease reconcile --root host; pages 1
  note: VM 'win11' is gone without a release: releasing its lease
  1024 pages returned
  0
  $ hostlease reconcile --root host --dry-run; hostlease release --root host --dry-run
  nothing to change
  nothing to change

Domains that apply refuses

  $ hostlease apply --root host --xml win11.xml
  hostlease: VM 'win11' does not run; its policy applies when it starts
  [1]
  $ rm host/etc/hostlease/win11.toml
  $ hostlease apply --root host --xml win11.xml
  hostlease: no policy matches VM 'win11'
    hint: `hostlease release --force win11` releases its lease
  [1]
  $ hostlease apply --root host
  hostlease: name one domain, or give its XML with --xml FILE
  [2]
