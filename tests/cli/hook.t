  $ . "$CLI/setup"

Nothing is ever printed on standard output

  $ for call in 'prepare begin' 'start begin' 'started begin' 'reconnect begin' 'migrate begin' 'restore begin' 'attach begin' 'stopped end' 'release end' 'later unknown'; do
  >   hostlease hook --root host --verbose win11 $call - <win11.xml 2>/dev/null >said || echo "exit $?"
  >   test -s said && cat said
  > done; pages 1
  0

  $ hostlease hook --root host --verbose win11 prepare begin - </dev/null 2>/dev/null
  [2]

Filters of migrate and restore reserve nothing

  $ hook win11 migrate begin; hook win11 restore begin; pages 1; ls host/run/hostlease
  0

The installed hook stays quiet in what does not concern it, and needs its arguments

  $ for operation in migrate restore attach unknown; do qemu-hook win11 $operation begin - <win11.xml; done

  $ qemu-hook win11 prepare
  hostlease: this is libvirt's QEMU hook; it is called as: qemu NAME OPERATION SUBOPERATION EXTRA
  [2]

The last argument may be missing, or the reason of a shutoff

  $ hostlease hook --root host win11 prepare begin <win11.xml; pages 1
  1024
  $ hostlease hook --root host win11 release end crashed <win11.xml; pages 1
  0

release works without the XML and without the policy

  $ start win11; pages 1
  1024
  $ rm host/etc/hostlease/win11.toml
  $ hostlease hook --root host win11 release end - </dev/null; pages 1; knobs
  0
  proc/sys/vm/swappiness:60
  sys/kernel/mm/ksm/run:1
  sys/devices/system/cpu/cpufreq/policy4/scaling_governor:schedutil
  sys/devices/system/cpu/cpufreq/policy5/scaling_governor:schedutil

--verbose shows what would go to the journal

  $ printf 'version = 1\nmemory.swappiness = 10\n[[sysfs]]\npath = "/sys/no/such/file"\nvalue = 1\n' | policy win11
  $ hostlease hook --root host --verbose win11 prepare begin - <win11.xml
  /etc/hostlease/win11.toml:4:8: warning: sysfs: this host does not have /sys/no/such/file
    hint: remove it from the policy

