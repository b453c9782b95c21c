  $ . "$CLI/setup"
  $ measure() { hostlease measure --root host --seconds 1 "$@"; }
  $ mkdir -p host/proc
  $ cat >host/proc/interrupts <<'END'
  >             CPU4       CPU5       
  >   36:         10          4  PCI-MSIX-0000:00:02.0   1-edge      nvme0q1
  >  LOC:       1000       2000   Local timer interrupts
  > END
  $ printf '%s\n' 'cpu4 10 0 0 90 0 0 0 0 0 0' 'cpu5 10 0 0 90 0 0 0 0 0 0' >host/proc/stat
  $ printf '%s\n' 'version 15' 'cpu4 0 0 0 0 0 0 1 2 3' 'cpu5 0 0 0 0 0 0 1 2 3' >host/proc/schedstat

A tree of files has counters that stand still, and no CPUs to run a tool on

  $ measure --cpus 4-5 | steady
  measured DATE TIME UTC, 1 s per run, no load, kernel ?
  
         interrupts  softirqs  switches  busy  steal  loop delayed                           late wake-ups
    CPU  /s          /s        /s        %     %      /s            median us  p99  longest  median us      p99  longest
    4    0           -         0         -     -      -             -          -    -        -              -    -
    5    0           -         0         -     -      -             -          -    -        -              -    -
  
  CPU 4-5: no busy loop: threads belong to the machine, not to this root directory
  CPU 4-5: no wake-ups: threads belong to the machine, not to this root directory
  $ measure --cpus 4-5 --json >before.json
  $ jq -c '[.format, .cpus, .seconds, (.figures | length)]' before.json
  ["hostlease-measure-1","4-5",1,24]
  $ jq -c '.figures[] | select(.name == "cpu.4.interrupts", .name == "oslat.4.gaps", .name == "cpu.4.busy")' before.json
  {"name":"cpu.4.interrupts","unit":"/s","value":0}
  {"name":"cpu.4.busy","not_available":"the kernel did not account its time","unit":"%"}
  {"name":"oslat.4.gaps","not_available":"threads belong to the machine, not to this root directory","unit":"/s"}
  $ measure --cpus 4-5 --svg picture.svg >/dev/null
  hostlease: cannot draw a picture: neither oslat nor cyclictest ran: picture.svg
  [1]
  $ ls picture.svg 2>/dev/null
  [2]

Beside an earlier measurement, with what was otherwise then

  $ measure --cpus 4 --baseline before.json | steady
  measured DATE TIME UTC, 1 s per run, no load, kernel ?
  before: DATE TIME UTC
  note: the earlier measurement had CPU 4-5, this one CPU 4
  
                 interrupts  softirqs  switches  busy  steal  loop delayed                           late wake-ups
    CPU          /s          /s        /s        %     %      /s            median us  p99  longest  median us      p99  longest
    4    before  0           -         0         -     -      -             -          -    -        -              -    -
         now     0           -         0         -     -      -             -          -    -        -              -    -
  
  CPU 4: no busy loop: threads belong to the machine, not to this root directory
  CPU 4: no wake-ups: threads belong to the machine, not to this root directory

Files that are not an earlier measurement

  $ measure --baseline missing.json
  missing.json: error: cannot read: No such file or directory
  [2]
  $ echo '{"format": "hostlease-report-1"}' | measure --baseline -
  -: error: this version reads measurements in format hostlease-measure-1, not hostlease-report-1
    hint: run `hostlease measure ... --json > FILE` to create one
  [2]

What it cannot do

  $ measure one two
  hostlease: unexpected argument 'two'
    hint: `hostlease measure --help` explains the verb
  [2]
  $ measure win11 --cpus 4
  hostlease: name either a domain or --cpus
  [2]
  $ measure --cpus 7-9
  hostlease: --cpus: CPU 8-9 is not online; online are CPU 0-7
  [2]
  $ measure --cpus four
  hostlease: --cpus: 'four' is not a number or a range
    hint: `hostlease measure --help` explains the verb
  [2]
  $ measure --cpus ''
  hostlease: --cpus: the list names no CPU
    hint: `hostlease measure --help` explains the verb
  [2]
  $ measure --connect test:///default test
  hostlease: the vCPUs of 'test' are not pinned (name CPUs with --cpus instead)
  [2]
  $ measure --connect test:///default no-such
  hostlease: no domain 'no-such': Domain not found
    hint: `virsh -c test:///default list --all` lists the domains
  [2]
  $ measure --load
  hostlease: no CPU is left for the load: all are measured or belong to a VM
  [1]
  $ hostlease measure --seconds 0
  hostlease: --seconds: '0' is not a number of seconds from 1 to 3600
    hint: `hostlease measure --help` explains the verb
  [2]
