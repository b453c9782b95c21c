  $ . "$CLI/setup"
  $ report() { hostlease report --root host --connect test:///default --seconds 1 "$@"; }

A VM of which this libvirt tells nothing: no figure is made up

  $ report test | sed -n '1p; /^## Lease/,/^## Huge/p; /^## Figures/,$p'
  # Report of test
  ## Lease
  
  not available: the VM holds no lease
  
  ## Drift
  
  not available: the VM holds no lease
  
  ## Huge pages
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
