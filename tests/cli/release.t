  $ . "$CLI/setup"
  $ for name in one two; do
  >   domain $name 1 >$name.xml
  >   sed 's/10/20/' host/etc/hostlease/win11.toml | policy $name
  >   start $name
  > done

By name, by UUID, all

  $ hostlease release --root host three
  hostlease: VM 'three' holds no lease
    hint: `hostlease status` lists the leases
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
  hostlease: VM 'one' is running (stop the VM first, or use --force)
  512

  $ hostlease reconcile --root host; pages 1
  nothing to do
  512

  $ hostlease release --root host --force one; pages 1
  released 'one'
  0

A failure before the release: the lease stays, and nothing says "released"

  $ rm -r host/proc/4242 host/run/libvirt
  $ start one; cp host/run/hostlease/records.toml kept
  $ echo = >host/run/hostlease/records.toml; mkdir host/run/hostlease/records.toml.corrupt
  $ hostlease release --root host one
  hostlease: cannot rename /run/hostlease/records.toml: Is a directory
  [1]
  $ hostlease release --root host one --json 2>errors | jq -c .; cat errors
  {"released":[]}
  hostlease: cannot rename /run/hostlease/records.toml: Is a directory
  $ hostlease uninstall-hook --root host --force
  hostlease: cannot rename /run/hostlease/records.toml: Is a directory
  [1]
  $ rmdir host/run/hostlease/records.toml.corrupt; mv kept host/run/hostlease/records.toml
  $ hostlease release --root host one
  released 'one'

A value that cannot be restored: one error, and the lease is gone

  $ start one; mv host/proc/sys/vm/swappiness kept; mkdir host/proc/sys/vm/swappiness
  $ hostlease release --root host one
  hostlease: cannot read /proc/sys/vm/swappiness: Is a directory
  released 'one', but some values could not be restored (`hostlease reconcile` tries again)
  [1]
  $ hostlease reconcile --root host
  hostlease: error: cannot read /proc/sys/vm/swappiness: Is a directory
  [1]
  $ rmdir host/proc/sys/vm/swappiness; mv kept host/proc/sys/vm/swappiness
  $ hostlease reconcile --root host | grep restored; knobs | grep swappiness
  1 value restored
  proc/sys/vm/swappiness:60

A value that another program changed stays

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
  VM 'one' is gone, but its lease still exists; `hostlease reconcile` returns it
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

