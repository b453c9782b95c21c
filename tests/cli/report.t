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
  | `cpu.total` | not available: libvirt does not report this here | of one CPU, whole QEMU process |
  | `cpu.user` | not available: libvirt does not report this here | of one CPU |
  | `cpu.system` | not available: libvirt does not report this here | of one CPU |
  | `cpu.haltpoll_success` | not available: halt polling is unknown | of one CPU, successful polling |
  | `cpu.haltpoll_fail` | not available: halt polling is unknown | of one CPU, unsuccessful polling |
  | `memory.balloon_taken` | not available: libvirt does not report this here | memory that the balloon takes from the guest |
  | `memory.rss` | not available: libvirt does not report this here | QEMU's resident memory without huge pages |
  | `memory.guest_usable` | not available: the guest's balloon driver reports nothing | memory that the guest could free without swapping |
  | `memory.guest_swapped_in` | not available: the guest's balloon driver reports nothing | |
  | `memory.guest_swapped_out` | not available: the guest's balloon driver reports nothing | |
  | `memory.guest_major_faults` | not available: the guest's balloon driver reports nothing | |
  $ report test --json >earlier.json
  $ report test --baseline earlier.json | grep -o 'no regression'
  no regression

What the audit says of it, and which scores fell

  $ report test | sed -n '/^## Audit/,/^## Huge/p' | grep -E '^$|^#|^[|] (group|---|clock|cpu) |shows why|CPU-TOPOLOGY|HOST-SWAPPINESS' | sed 's/^[0-9].*advice;/.../'
  ## Audit
  
  | group | passed |
  | --- | --- |
  | clock | 1 of 1 |
  | cpu | 1 of 2 |
  
  ... `hostlease audit test` shows why
  
  - warning CPU-TOPOLOGY, line 1: no \<topology\>, so each vCPU is a socket; wanted: one socket of 2 cores
  - advice HOST-SWAPPINESS, host: vm.swappiness is 60; wanted: 10 while the VM runs: memory.swappiness = 10 in the policy
  
  ## Huge pages
  $ printf '%s\n' 'version = 1' '[audit]' 'ignore = ["HOST-KSM", "CPU-NUMBER"]' | policy test
  $ report test | grep 'ignored by'
  /etc/hostlease/test.toml:3:23: warning: audit.ignore names the unknown rule 'CPU-NUMBER'
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
  
  0 of 5 measured: 0 PASS, 0 acceptable, 0 FAIL
  
  | target | now | | PASS below | acceptable up to | |
  | --- | --- | --- | --- | --- | --- |
  | `boot_time` | not available: use --boot while the VM starts | | 25 s | 40 s | from QEMU's start until the guest agent answers |
  | `idle_cpu` | not available: libvirt does not report this here | | 5 % | 10 % | of its vCPUs, used by the whole QEMU process; meaningful only while the guest is idle |
  | `steal` | not available: not measured | | 1 % | 5 % | of the time, the vCPU that waited most for a CPU |
  | `disk_latency` | not available: not measured | | 10 ms | 20 ms | mean of a read or write, the slowest disk |
  | `memory_pressure` | not available: the guest's balloon driver reports nothing | | 60 % | 80 % | of its memory that it cannot free without swapping |
  
  ## Figures
  $ printf '%s\n' 'version = 1' '[report]' 'steal = [1, 2]' 'disk_latency = ["2ms", "5ms"]' | policy test
  $ report test | grep -E '^[|] .(steal|disk_latency)'
  | `steal` | not available: not measured | | 1 % (policy) | 2 % | of the time, the vCPU that waited most for a CPU |
  | `disk_latency` | not available: not measured | | 2 ms (policy) | 5 ms | mean of a read or write, the slowest disk |
  $ report test --json | jq -c '.targets[] | select(.of_the_policy) | [.name, .target, .acceptable]'
  ["steal",1,2]
  ["disk_latency",2,5]
  $ hostlease policy show test --root host
  policy test (/etc/hostlease/test.toml)
    key                  value  from
    report.steal         1, 2   /etc/hostlease/test.toml:3:9
    report.disk_latency  2, 5   /etc/hostlease/test.toml:4:16
  $ rm host/etc/hostlease/test.toml

Files that are not an earlier report of this VM

  $ report test --baseline missing.json
  missing.json: error: cannot read: No such file or directory
  [2]
  $ echo '{"format": "hostlease-report-1",}' >bad.json
  $ report test --baseline bad.json
  bad.json:1:33: error: this is not valid JSON: syntax error
    hint: run `hostlease report DOMAIN --json > FILE` to create one
  [2]
  $ echo '{"leases": []}' >other.json
  $ report test --baseline other.json
  other.json: error: this is not a hostlease report: it has no "format"
    hint: run `hostlease report DOMAIN --json > FILE` to create one
  [2]
  $ sed 's/"name": "test"/"name": "another"/; s/"uuid": ".*"/"uuid": ""/' earlier.json | report test --baseline -
  -: error: this is a report of 'another', not of 'test'
    hint: `hostlease report test --json > FILE` makes one
  [2]

What it cannot do

  $ hostlease report --root host
  hostlease: report needs the name of one domain
    hint: `hostlease report --help` explains the verb
  [2]
  $ report test --json --markdown
  hostlease: --markdown: contradicts --json
    hint: `hostlease report --help` explains the verb
  [2]
  $ hostlease report test --seconds 3601
  hostlease: --seconds: '3601' is not a number of seconds from 1 to 3600
    hint: `hostlease report --help` explains the verb
  [2]
  $ report test --boot=0
  hostlease: --boot: '0' is not a number of seconds from 1 to 3600
    hint: `hostlease report --help` explains the verb
  [2]
  $ report --keep reports
  hostlease: --keep: 'reports' is not an absolute path
  [2]
  $ report --keep /reports --json
  hostlease: --keep writes JSON files and prints their names; it takes neither --json nor --markdown
  [2]
  $ report --keep /reports --boot
  hostlease: --baseline and --boot need the name of one domain
  [2]

Inside the guest, and how it booted: only an agent knows

  $ report test --boot | grep -A 2 -E '^## Guest|boot_time'
  ## Guest
  
  not available: the VM has no channel for a guest agent
  --
  | `boot_time` | not available: cannot find the QEMU process | | 25 s | 40 s | from QEMU's start until the guest agent answers |
  | `idle_cpu` | not available: libvirt does not report this here | | 5 % | 10 % | of its vCPUs, used by the whole QEMU process; meaningful only while the guest is idle |
  | `steal` | not available: not measured | | 1 % | 5 % | of the time, the vCPU that waited most for a CPU |
  $ report test --boot --json | jq -c '.guest, (.figures[] | select(.name == "boot.time") | .not_available)'
  {"not_available":"the VM has no channel for a guest agent"}
  "cannot find the QEMU process"

Which versions changed

  $ jq '(.versions[] | select(.name == "libvirt")).value = "1.2.3"' earlier.json >older.json
  $ report test --baseline older.json | sed -n '/^Compared/,/^## Host/p' | sed -E 's/of .* s:/of DATE:/; s/to [0-9.]+/to VERSION/'
  Compared with the report of DATE: no regression.
  
  - libvirt changed from 1.2.3 to VERSION
  
  ## Host
  $ report test --baseline older.json --json | jq -c '.versions[] | select(.before) | [.name, .before]'
  ["libvirt","1.2.3"]

Reports that are kept: of all VMs that run, and no more than 30 of each

  $ report --keep /var/lib/reports | sed -E 's/[0-9]{8}T[0-9]{6}Z/TIME/'
  /var/lib/reports/test-TIME.json
  $ for day in $(seq 10 39); do touch host/var/lib/reports/test-202501${day}T120000Z.json; done
  $ touch host/var/lib/reports/{notes.txt,test-20240101T120000Z.json}
  $ report test --keep /var/lib/reports | sed -E 's/[0-9]{8}T[0-9]{6}Z/TIME/'
  /var/lib/reports/test-TIME.json
  $ ls host/var/lib/reports | sed -E 's/[0-9]{8}T[0-9]{6}Z/TIME/'
  notes.txt
  test-TIME.json
  test-TIME.json
  $ kept=$(ls -t host/var/lib/reports/test-*.json | tail -1); jq .domain.name "$kept"
  "test"
  $ report test --baseline "$kept" | grep -o 'no regression'
  no regression
  $ hostlease report --root host --connect test:///default --seconds 1 nobody --keep /var/lib/reports
  hostlease: no domain 'nobody': Domain not found
  [2]
