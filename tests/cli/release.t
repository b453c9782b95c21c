  $ . "$CLI/setup"
  $ for name in one two; do
  >   domain $name 1 >$name.xml
  >   sed 's/10/20/' host/etc/hostlease/win11.toml | policy $name
  >   start $name
  > done

By name, by UUID, all

  $ hostlease release --root host three
  hostlease: VM 'three' holds no lease
  [2]

  $ hostlease release --root host one; pages 1
  released 'one'
  512

  $ hostlease release --root host "$(hostlease status --root host --json | jq -r '.leases[0].uuid')"; pages 1; knobs
  released 'two'
  0
  proc/sys/vm/swappiness:60
  sys/kernel/mm/ksm/run:1
  sys/devices/system/cpu/cpufreq/policy4/scaling_governor:schedutil
  sys/devices/system/cpu/cpufreq/policy5/scaling_governor:schedutil

  $ hostlease release --root host
  no leases

  $ start one; start two
  $ hostlease release --root host --json | jq -c .; pages 1
  {"released":["one","two"]}
  0

Not below a VM that runs, unless forced

  $ hook one prepare begin; hook one start begin; runs one 4242; hook one started begin
  $ hostlease release --root host one; pages 1
  hostlease: VM 'one' is running; stop it first, or use --force
  512

  $ hostlease reconcile --root host; pages 1
  nothing to do
  512

  $ hostlease release --root host --force one; pages 1
  released 'one'
  0

What somebody else has changed stays

  $ rm -r host/proc/4242 host/run/libvirt
  $ start one; echo 77 >host/proc/sys/vm/swappiness
  $ hostlease release --root host; cat host/proc/sys/vm/swappiness
  hostlease: /proc/sys/vm/swappiness is '77', neither what hostlease wrote ('20') nor what it found ('60'): another program changed it; left alone
  released 'one'
  77

A running VM that ends without a word to hostlease is found by its process

  $ echo 60 >host/proc/sys/vm/swappiness
  $ hook one prepare begin; hook one start begin; runs one 4242; hook one started begin
  $ rm -r host/proc/4242
  $ hostlease verify --root host
  the VM 'one' is gone and its lease is not; `hostlease reconcile` gives it back
  [3]

  $ hostlease reconcile --root host; pages 1
  note: VM 'one' is gone without a release: releasing its lease
    knob               from         to         file  why
    power.governor     performance  schedutil  /sys/devices/system/cpu/cpufreq/policy{4-5}/scaling_governor
                                                 as it was before: no VM asks for it any more
    memory.swappiness  20           60         /proc/sys/vm/swappiness
    memory.ksm         0            1          /sys/kernel/mm/ksm/run
  512 pages returned, 4 values restored
  0

