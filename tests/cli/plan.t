  $ . "$CLI/setup"

What a start would change

  $ hostlease plan --root host --xml win11.xml
  domain win11 (3a83fe44-1753-604f-469d-84b66c65eb09)
  policy win11 (/etc/hostlease/win11.toml)
  
    huge pages   needed  free  promised  to grow  left for the host
    node1 2 MiB  1024    0     0         1024     4 GiB
  
    phase    knob               from       to           file  why
    prepare  hugepages.reserve  0          1024         .../system/node/node1/hugepages/hugepages-2048kB/nr_hugepages
    start    memory.ksm         1          0            /sys/kernel/mm/ksm/run  memory.ksm = "off"
    start    memory.swappiness  60         10           /proc/sys/vm/swappiness  memory.swappiness = 10
    start    power.governor     schedutil  performance  /sys/devices/system/cpu/cpufreq/policy{4-5}/scaling_governor

The XML comes from standard input as well

  $ hostlease plan --root host --xml - <win11.xml | head -n 2
  domain win11 (3a83fe44-1753-604f-469d-84b66c65eb09)
  policy win11 (/etc/hostlease/win11.toml)

Nothing was written

  $ pages 1; knobs; ls host/run
  0
  proc/sys/vm/swappiness:60
  sys/kernel/mm/ksm/run:1
  sys/devices/system/cpu/cpufreq/policy4/scaling_governor:schedutil
  sys/devices/system/cpu/cpufreq/policy5/scaling_governor:schedutil

JSON

  $ hostlease plan --root host --xml win11.xml --json | jq -c 'keys, .changes[]'
  ["changes","domain","errors","policy","pools","uuid","warnings"]
  {"from":"0","knob":"hugepages.reserve","path":"/sys/devices/system/node/node1/hugepages/hugepages-2048kB/nr_hugepages","phase":"prepare","target":"node1/hugepages-2048kB","to":"1024","why":"1024 pages of 2 MiB needed, 0 free, 0 promised to other VMs"}
  {"from":"1","knob":"memory.ksm","path":"/sys/kernel/mm/ksm/run","phase":"start","target":"run","to":"0","why":"memory.ksm = \"off\""}
  {"from":"60","knob":"memory.swappiness","path":"/proc/sys/vm/swappiness","phase":"start","target":"swappiness","to":"10","why":"memory.swappiness = 10"}
  {"from":"schedutil","knob":"power.governor","path":"/sys/devices/system/cpu/cpufreq/policy4/scaling_governor","phase":"start","target":"policy4","to":"performance","why":"vCPUs are pinned to CPU 4"}
  {"from":"schedutil","knob":"power.governor","path":"/sys/devices/system/cpu/cpufreq/policy5/scaling_governor","phase":"start","target":"policy5","to":"performance","why":"vCPUs are pinned to CPU 5"}

  $ hostlease plan --root host --xml win11.xml --json | jq -c '.domain, .uuid, .policy, .pools[], .warnings, .errors'
  "win11"
  "3a83fe44-1753-604f-469d-84b66c65eb09"
  "win11"
  {"free":0,"grow":1024,"left_for_host":4294967296,"missing":0,"needed":1024,"node":1,"page_size":2097152,"promised":0}
  []
  []

Another policy than the one that matches, by file or by name

  $ cat >small.toml <<'TOML'
  > version = 1
  > memory.swappiness = 1
  > TOML
  $ hostlease plan --root host --xml win11.xml --policy small.toml
  domain win11 (3a83fe44-1753-604f-469d-84b66c65eb09)
  policy small (small.toml)
  
    huge pages   needed  free  promised  to grow  left for the host
    node1 2 MiB  1024    0     0         1024     4 GiB
  
    phase    knob               from  to    file  why
    prepare  hugepages.reserve  0     1024  /sys/devices/system/node/node1/hugepages/hugepages-2048kB/nr_hugepages
    start    memory.swappiness  60    1     /proc/sys/vm/swappiness  memory.swappiness = 1

  $ policy other <small.toml
  $ hostlease plan --root host --xml win11.xml --policy other | sed -n 2p
  policy other (/etc/hostlease/other.toml)

No policy matches

  $ domain plain 1 >plain.xml
  $ hostlease plan --root host --xml plain.xml
  domain plain (ac7938d4-0cfc-2307-e2bf-325d28e7884e)
  no policy matches: hostlease would do nothing

  $ hostlease plan --root host --xml plain.xml --json | jq -c '.policy, .changes'
  ""
  []

The domain's metadata names a policy, none, or one that is not there

  $ named() { domain "$1" 1 1 "<metadata><hostlease:policy xmlns:hostlease='urn:hostlease:domain:1'>$2</hostlease:policy></metadata>"; }
  $ named plain other | hostlease plan --root host --xml - | sed -n 2p
  policy other (/etc/hostlease/other.toml)

  $ named win11 none | hostlease plan --root host --xml -
  domain win11 (3a83fe44-1753-604f-469d-84b66c65eb09)
  no policy matches: hostlease would do nothing

  $ named plain missing | hostlease plan --root host --xml -
  error: policy 'missing' in <metadata> (line 4 of the domain's XML) does not exist
    hint: hostlease looks for policies in /etc/hostlease and /usr/share/hostlease/policies
  [2]

A ledger of a later version refuses the start, here as in the hook

  $ mkdir -m 700 host/run/hostlease
  $ printf 'format = 99\nwritten_by = "9.9.9"\nboot_id = "x"\n' >host/run/hostlease/records.toml
  $ hostlease plan --root host --xml win11.xml 2>&1 >/dev/null | sed -E 's/toml(:[0-9]+)*:/toml:/; s/hostlease 0[.0-9]*/hostlease OLD/'
  error: /run/hostlease/records.toml: hostlease 9.9.9 wrote this in format 99, which hostlease OLD cannot read; install hostlease 9.9.9 again (nothing was changed)
  hostlease: this start would be refused; nothing would change
  $ hostlease plan --root host --xml win11.xml >/dev/null 2>&1
  [1]
  $ rm -r host/run/hostlease

Too little memory

  $ domain win11 20 >large.xml
  $ hostlease plan --root host --xml large.xml
  domain win11 (3a83fe44-1753-604f-469d-84b66c65eb09)
  policy win11 (/etc/hostlease/win11.toml)
  
    huge pages   needed  free  promised  to grow  left for the host
    node1 2 MiB  10240   0     0         2560     1 GiB
  /etc/hostlease/win11.toml:4:11: error: not enough huge pages: memory needs 10240 x 2 MiB on node1; 7680 are missing; node1: 0 free, 0 promised to other VMs, 2560 can be added with 1 GiB left for the host
    hint: the largest size that fits is 5 GiB
  hostlease: this start would be refused; nothing would change
  [1]

  $ hostlease plan --root host --xml large.xml --json 2>&1 | jq -c '.errors[], .pools[].grow'
  "/etc/hostlease/win11.toml:4:11: error: not enough huge pages: memory needs 10240 x 2 MiB on node1; 7680 are missing; node1: 0 free, 0 promised to other VMs, 2560 can be added with 1 GiB left for the host\n  hint: the largest size that fits is 5 GiB"
  2560

A governor that the driver lacks, and a file that this host lacks

  $ policy win11 <<'TOML'
  > version = 1
  > [hugepages]
  > reserve = "leave"
  > [power]
  > governor = "ondemand"
  > [[sysfs]]
  > path = "/sys/module/kvm/parameters/halt_poll_ns_grow"
  > value = 0
  > TOML
  $ hostlease plan --root host --xml win11.xml
  domain win11 (3a83fe44-1753-604f-469d-84b66c65eb09)
  policy win11 (/etc/hostlease/win11.toml)
  
  nothing to change
  /etc/hostlease/win11.toml:5:12: warning: power.governor: cpufreq policy{4-5} does not have the governor 'ondemand'
    hint: this driver has: performance, schedutil, powersave
  /etc/hostlease/win11.toml:7:8: warning: sysfs: this host does not have /sys/module/kvm/parameters/halt_poll_ns_grow
    hint: remove it from the policy

Two policies match a domain equally well

  $ policy a <<'TOML'
  > version = 1
  > [match]
  > domain = "lab-*"
  > TOML
  $ sed 's/lab-/lab*/' host/etc/hostlease/a.toml >host/etc/hostlease/b.toml
  $ domain lab-1 1 | hostlease plan --root host --xml - | sed -n 2p
  /etc/hostlease/b.toml:2:1: warning: this policy matches 'lab-1' just as well as /etc/hostlease/a.toml, which is used
    hint: set match.priority in one of them
  policy a (/etc/hostlease/a.toml)

A domain whose lease is held already is planned beside the others

  $ policy win11 <<'TOML'
  > version = 1
  > memory.swappiness = 10
  > TOML
  $ start win11
  $ domain guest 1 >guest.xml
  $ hostlease plan --root host --xml guest.xml --policy small.toml
  domain guest (084e0343-a048-6ff0-5530-df6c705c8bb4)
  policy small (small.toml)
  
    huge pages   needed  free  promised  to grow  left for the host
    node1 2 MiB  512     0     0         512      5 GiB
  
    phase    knob               from  to    file  why
    prepare  hugepages.reserve  1024  1536  /sys/devices/system/node/node1/hugepages/hugepages-2048kB/nr_hugepages
  small.toml:2:21: warning: memory.swappiness = 1 cannot be granted: VM 'win11' holds /proc/sys/vm/swappiness at 10 (/etc/hostlease/win11.toml:2:21)
    hint: give both policies the same value

