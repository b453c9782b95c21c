  $ . "$CLI/setup"
  $ report() { hostlease report --root host --connect test:///default --seconds 1 "$@"; }

A VM of which this libvirt tells nothing: no figure is made up

  $ report test | sed -n '1p; /^## Lease/,/^## Audit/p; /^## Figures/,$p'
  # Report of test
  ## Lease
  
  not available: the VM holds no lease
  
  ## Drift
  
  not available: the VM holds no lease
  
  ## Audit
  ## Figures
  
  | figure | now | |
  | --- | --- | --- |
  | `cpu.total` | not available: libvirt does not tell it here | of one CPU, all of QEMU |
  | `cpu.user` | not available: libvirt does not tell it here | of one CPU |
  | `cpu.system` | not available: libvirt does not tell it here | of one CPU |
  | `cpu.haltpoll_success` | not available: no halt polling is known of | of one CPU, polling that found work |
  | `cpu.haltpoll_fail` | not available: no halt polling is known of | of one CPU, polling in vain |
  | `memory.balloon_taken` | not available: libvirt does not tell it here | what the balloon keeps from the guest |
  | `memory.rss` | not available: libvirt does not tell it here | QEMU's memory without huge pages |
  | `memory.guest_usable` | not available: the guest's balloon driver tells nothing | what the guest could give without swapping |
  | `memory.guest_swapped_in` | not available: the guest's balloon driver tells nothing | |
  | `memory.guest_swapped_out` | not available: the guest's balloon driver tells nothing | |
  | `memory.guest_major_faults` | not available: the guest's balloon driver tells nothing | |
  $ report test --json >earlier.json
  $ report test --baseline earlier.json | grep -o 'no regression'
  no regression

What the audit says of it, and which scores fell

  $ report test | sed -n '/^## Audit/,/^## Huge/p' | grep -E '^$|^#|^[|] (group|---|clock|cpu) |tells why|CPU-TOPOLOGY|HOST-SWAPPINESS' | sed 's/^[0-9].*advice;/.../'
  ## Audit
  
  | group | passed |
  | --- | --- |
  | clock | 1 of 1 |
  | cpu | 1 of 2 |
  
  ... `hostlease audit test` tells why
  
  - warning CPU-TOPOLOGY, line 1: no \<topology\>: each vCPU is a socket; wanted: one socket of 2 cores
  - advice HOST-SWAPPINESS, host: vm.swappiness is 60; wanted: 10: memory.swappiness = 10 in the policy, while the VM runs
  
  ## Huge pages
  $ printf '%s\n' 'version = 1' '[audit]' 'ignore = ["HOST-KSM", "CPU-NUMBER"]' | policy test
  $ report test | grep 'ignored by'
  /etc/hostlease/test.toml:3:23: warning: audit.ignore names 'CPU-NUMBER', which is no rule
    hint: `hostlease audit` prints the rules
  - ignored by /etc/hostlease/test.toml:3:11: HOST-KSM
  $ echo 'audit.ignore = [' >host/etc/hostlease/test.toml
  $ report test | sed -n '/^## Audit/,/^## Huge/p'
  ## Audit
  
  not available: /etc/hostlease/test.toml:1:18: error: cannot parse array: encountered end-of-file 
  
  ## Huge pages
  $ rm host/etc/hostlease/test.toml
  $ jq '(.audit.scores[] | select(.group == "devices")) |= (.passed = .of)' earlier.json >better.json
  $ report test --baseline better.json --json | jq -c '.regressions, (.audit.scores[] | select(.regression) | [.group, .passed_before, .of_before])'
  1
  ["devices",6,6]
  $ report test --baseline better.json >/dev/null
  [3]

Targets: the guides', or a policy's own

  $ report test | sed -n '/^## Targets/,/^## Figures/p'
  ## Targets
  
  0 of 4 measured: 0 PASS, 0 acceptable, 0 FAIL
  
  | target | now | | PASS below | acceptable up to | |
  | --- | --- | --- | --- | --- | --- |
  | `idle_cpu` | not available: libvirt does not tell it here | | 5 % | 10 % | of its vCPUs, all of QEMU; says how idle only while the guest is |
  | `steal` | not available: it was not measured | | 1 % | 5 % | of the time, the vCPU that waited most for a CPU |
  | `disk_latency` | not available: it was not measured | | 10 ms | 20 ms | mean of a read or write, the slowest disk |
  | `memory_pressure` | not available: the guest's balloon driver tells nothing | | 60 % | 80 % | of its memory, which it could not give without swapping |
  
  ## Figures
  $ printf '%s\n' 'version = 1' '[report]' 'steal = [1, 2]' 'disk_latency = ["2ms", "5ms"]' | policy test
  $ report test | grep -E '^[|] .(steal|disk_latency)'
  | `steal` | not available: it was not measured | | 1 % (policy) | 2 % | of the time, the vCPU that waited most for a CPU |
  | `disk_latency` | not available: it was not measured | | 2 ms (policy) | 5 ms | mean of a read or write, the slowest disk |
  $ report test --json | jq -c '.targets[] | select(.of_the_policy) | [.name, .target, .acceptable]'
  ["steal",1,2]
  ["disk_latency",2,5]
  $ hostlease policy show test --root host
  policy test (/etc/hostlease/test.toml)
    key                  value  from
    report.steal         1, 2   /etc/hostlease/test.toml:3:9
    report.disk_latency  2, 5   /etc/hostlease/test.toml:4:16
  $ rm host/etc/hostlease/test.toml

What is no earlier report of it

  $ report test --baseline missing.json
  missing.json: error: cannot read: No such file or directory
  [2]
  $ echo '{"format": "hostlease-report-1",}' >bad.json
  $ report test --baseline bad.json
  bad.json:1:33: error: this is no JSON: syntax error
    hint: `hostlease report DOMAIN --json > FILE` makes one
  [2]
  $ echo '{"leases": []}' >other.json
  $ report test --baseline other.json
  other.json: error: this is no report of hostlease: it has no "format"
    hint: `hostlease report DOMAIN --json > FILE` makes one
  [2]
  $ sed 's/"name": "test"/"name": "another"/; s/"uuid": ".*"/"uuid": ""/' earlier.json | report test --baseline -
  -: error: this is a report of 'another', not of 'test'
    hint: `hostlease report test --json > FILE` makes one
  [2]

What it cannot do

  $ hostlease report --root host
  hostlease: report needs the name of one domain
  [2]
  $ report test --json --markdown
  hostlease: report prints --json or --markdown, not both
  [2]
  $ hostlease report test --seconds 3601
  hostlease: --seconds=3601 is not a number of seconds from 1 to 3600
  [2]
