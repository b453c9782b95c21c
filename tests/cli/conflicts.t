What two VMs want and cannot both have: `plan` and the hook name both, and both policies' lines.

  $ . "$CLI/setup"
  $ start win11

A second VM whose policy only does its best

  $ domain office 1 0 >office.xml
  $ policy office <<'TOML'
  > version = 1
  > memory.swappiness = 30
  > TOML
  $ hostlease plan --root host --xml office.xml
  domain office (e72f4545-eb68-c96c-754f-91fc01573517)
  policy office (/etc/hostlease/office.toml)
  
    huge pages   needed  free  promised  to grow  left for the host
    node0 2 MiB  512     0     0         512      5 GiB
  
    phase    knob               from  to   file  why
    prepare  hugepages.reserve  0     512  /sys/devices/system/node/node0/hugepages/hugepages-2048kB/nr_hugepages
  /etc/hostlease/office.toml:2:21: warning: memory.swappiness = 30 cannot be granted: VM 'win11' holds /proc/sys/vm/swappiness at 10 (/etc/hostlease/win11.toml:7:14)
    hint: give both policies the same value

One that insists

  $ policy office <<'TOML'
  > version = 1
  > [memory]
  > enforce = "required"
  > swappiness = 30
  > TOML
  $ hostlease plan --root host --xml office.xml >/dev/null
  /etc/hostlease/office.toml:4:14: error: memory.swappiness = 30 cannot be granted: VM 'win11' holds /proc/sys/vm/swappiness at 10 (/etc/hostlease/win11.toml:7:14)
    hint: give both policies the same value
  hostlease: this start would be refused; nothing would change
  [1]
  $ hostlease plan --root host --xml office.xml --json 2>&1 | jq -r '.errors[]'
  /etc/hostlease/office.toml:4:14: error: memory.swappiness = 30 cannot be granted: VM 'win11' holds /proc/sys/vm/swappiness at 10 (/etc/hostlease/win11.toml:7:14)
    hint: give both policies the same value
  $ hook office prepare begin
  hostlease: VM 'office': /etc/hostlease/office.toml:4:14: memory.swappiness = 30 cannot be granted: VM 'win11' holds /proc/sys/vm/swappiness at 10 (/etc/hostlease/win11.toml:7:14) (give both policies the same value)
  [1]
  $ hostlease status --root host --json | jq -c '[.leases[].domain]'
  ["win11"]

Without the first there is no conflict

  $ stop win11
  $ policy office <<'TOML'
  > version = 1
  > [memory]
  > enforce = "required"
  > swappiness = 30
  > TOML
  $ start office; cat host/proc/sys/vm/swappiness; stop office
  30
