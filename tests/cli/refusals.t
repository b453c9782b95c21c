What the hook says when it refuses a start; libvirt shows it to the user.

  $ . "$CLI/setup"

Not enough memory

  $ domain win11 20 >win11.xml
  $ hook win11 prepare begin
  hostlease: VM 'win11': /etc/hostlease/win11.toml:4:11: not enough huge pages: memory needs 10240 x 2 MiB on node1; 7680 are missing; node1: 0 free, 0 promised to other VMs, 2560 can be added with 1 GiB left for the host (the largest size that fits is 5 GiB)
  [1]

Nothing is held, nothing has changed

  $ pages 1; hostlease status --root host; knobs
  0
  no leases
  proc/sys/vm/swappiness:60
  sys/kernel/mm/ksm/run:1
  sys/devices/system/cpu/cpufreq/policy4/scaling_governor:schedutil
  sys/devices/system/cpu/cpufreq/policy5/scaling_governor:schedutil

A policy that only does its best lets the VM start with what there is

  $ printf '[hugepages]\nenforce = "best-effort"\n' | { echo 'version = 1'; cat; } | policy win11
  $ hostlease hook --root host --verbose win11 prepare begin - <win11.xml; pages 1
  /etc/hostlease/win11.toml: warning: not enough huge pages: memory needs 10240 x 2 MiB on node1; 7680 are missing; node1: 0 free, 0 promised to other VMs, 2560 can be added with 1 GiB left for the host
    hint: the largest size that fits is 5 GiB
  2560

  $ hook win11 release end

A policy with the domain's name that is broken

  $ domain win11 1 >win11.xml
  $ printf 'version = 1\n[memory]\nswapness = 10\nksm = 7\n' | policy win11
  $ hook win11 prepare begin
  hostlease: VM 'win11': /etc/hostlease/win11.toml:3:1: unknown key 'memory.swapness' (did you mean 'memory.swappiness'?); and 1 more, which `hostlease check` shows
  [2]

It says nothing about other domains

  $ domain plain 1 >plain.xml
  $ start plain; hostlease status --root host
  no leases

Metadata: none switches hostlease off, an unknown policy is a mistake

  $ named() { domain "$1" 1 1 "<metadata><hostlease:policy xmlns:hostlease='urn:hostlease:domain:1'>$2</hostlease:policy></metadata>" >"$1.xml"; }
  $ named win11 none; start win11; hostlease status --root host
  no leases

  $ named win11 missing; hook win11 prepare begin
  hostlease: VM 'win11': policy 'missing' in <metadata> (line 4 of the domain's XML) does not exist (hostlease looks for policies in /etc/hostlease and /usr/share/hostlease/policies)
  [2]

A required value that the host refuses: everything is given back

  $ domain win11 1 >win11.xml
  $ policy win11 <<'TOML'
  > version = 1
  > [memory]
  > enforce = "required"
  > swappiness = 10
  > [[sysfs]]
  > path = "/sys/module/kvm/parameters/halt_poll_ns_grow"
  > value = 0
  > enforce = "required"
  > TOML
  $ hook win11 prepare begin
  hostlease: VM 'win11': /etc/hostlease/win11.toml:6:8: sysfs: this host does not have /sys/module/kvm/parameters/halt_poll_ns_grow (remove it from the policy)
  [1]

  $ pages 1; cat host/proc/sys/vm/swappiness
  0
  60

Bad XML

  $ printf '<domain type="kvm"><name>x</name>' | hostlease hook --root host win11 prepare begin -
  hostlease: VM 'win11': domain XML:1: not well-formed XML: an element is not closed
  [2]

  $ hostlease hook --root host win11 prepare begin - </dev/null
  hostlease: VM 'win11': domain XML: the text is empty; a <domain> was expected
  [2]

Only prepare, start and release may fail: anything else would kill the guest, or stop a migration

  $ for call in 'started begin' 'reconnect begin' 'stopped end' 'migrate begin' 'restore begin' 'attach begin'; do
  >   hostlease hook --root host win11 $call - </dev/null || echo "exit $?"
  > done

A domain of another hypervisor than QEMU is neither audited nor suggested for

  $ echo "<domain type='lxc'><name>box</name><memory>1048576</memory><os><type>exe</type></os></domain>" >box.xml
  $ hostlease audit box.xml
  hostlease: box.xml: QEMU does not run a domain of type 'lxc'
  [2]
  $ hostlease suggest --root host box.xml --for linux
  hostlease: box.xml: QEMU does not run a domain of type 'lxc'
  [2]
