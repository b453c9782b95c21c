Where the hook is put, and what is left alone

  $ . "$CLI/setup"
  $ mkdir -p host/usr/sbin host/etc/libvirt
  $ cp "$(type -P qemu-hook)" host/usr/sbin/hostlease-hook
  $ hooks() {
  >   (cd host/etc/libvirt && find hooks -mindepth 1 -printf '%p %l\n' | sed 's/ $//' | sort)
  > }
  $ install() {
  >   hostlease install-hook --root host "$@" /usr/sbin/hostlease-hook
  > }

  $ hostlease uninstall-hook --root host
  no hook of hostlease is installed

  $ install; hooks
  /etc/libvirt/hooks/qemu -> /usr/sbin/hostlease-hook
  hooks/qemu /usr/sbin/hostlease-hook
  $ install; hooks
  /etc/libvirt/hooks/qemu -> /usr/sbin/hostlease-hook (unchanged)
  hooks/qemu /usr/sbin/hostlease-hook
  $ hostlease uninstall-hook --root host; hooks
  removed /etc/libvirt/hooks/qemu

Beside the hook of another program

  $ printf '#!/bin/sh\nexec logger "$@"\n' >host/etc/libvirt/hooks/qemu
  $ chmod +x host/etc/libvirt/hooks/qemu
  $ install; hooks
  /etc/libvirt/hooks/qemu.d/10-hostlease -> /usr/sbin/hostlease-hook
  hooks/qemu
  hooks/qemu.d
  hooks/qemu.d/10-hostlease /usr/sbin/hostlease-hook
  $ echo '#!/bin/sh' >host/etc/libvirt/hooks/qemu.d/20-theirs
  $ hostlease uninstall-hook --root host; hooks
  removed /etc/libvirt/hooks/qemu.d/10-hostlease
  hooks/qemu
  hooks/qemu.d
  hooks/qemu.d/20-theirs
  $ cat host/etc/libvirt/hooks/qemu
  #!/bin/sh
  exec logger "$@"

  $ mv host/etc/libvirt/hooks/qemu.d/20-theirs host/etc/libvirt/hooks/qemu.d/10-hostlease
  $ install; hooks
  hostlease: /etc/libvirt/hooks/qemu and /etc/libvirt/hooks/qemu.d/10-hostlease already exist and do not belong to hostlease (rename one of them)
  hooks/qemu
  hooks/qemu.d
  hooks/qemu.d/10-hostlease
  $ hostlease uninstall-hook --root host --force; hooks
  no hook of hostlease is installed
  hooks/qemu
  hooks/qemu.d
  hooks/qemu.d/10-hostlease

A copy that was dropped there is ours as well, and two of them are one too many

  $ rm -r host/etc/libvirt/hooks/*; mkdir host/etc/libvirt/hooks/qemu.d
  $ cp host/usr/sbin/hostlease-hook host/etc/libvirt/hooks/qemu
  $ cp host/usr/sbin/hostlease-hook host/etc/libvirt/hooks/qemu.d/50-hostlease
  $ install; hooks
  /etc/libvirt/hooks/qemu -> /usr/sbin/hostlease-hook
  removed /etc/libvirt/hooks/qemu.d/50-hostlease: libvirt needs only one hook
  hooks/qemu /usr/sbin/hostlease-hook
  hooks/qemu.d

The program that the link led to is gone: it is ours all the same

  $ mv host/usr/sbin/hostlease-hook kept
  $ hostlease uninstall-hook --root host; hooks
  removed /etc/libvirt/hooks/qemu
  hooks/qemu.d
  $ install
  hostlease: cannot open /usr/sbin/hostlease-hook: No such file or directory
  [1]
  $ mv kept host/usr/sbin/hostlease-hook

Programs that are not the hook or that others may write are refused

  $ echo '#!/bin/sh' >host/usr/sbin/script; chmod +x host/usr/sbin/script
  $ hostlease install-hook --root host /usr/sbin/script
  hostlease: /usr/sbin/script is not the hostlease hook
  [1]
  $ chmod g+w host/usr/sbin/hostlease-hook
  $ install
  hostlease: /usr/sbin/hostlease-hook may be written by others, and it would run as root (chmod go-w /usr/sbin/hostlease-hook)
  [1]
  $ chmod g-w host/usr/sbin/hostlease-hook
  $ hostlease install-hook --root host hostlease-hook
  hostlease: PROGRAM must be an absolute path: hostlease-hook
  [2]
  $ hostlease install-hook --root host /a /b
  hostlease: unexpected argument '/b'
    hint: `hostlease install-hook --help` explains the verb
  [2]

Not from under a VM

  $ install
  /etc/libvirt/hooks/qemu -> /usr/sbin/hostlease-hook
  $ start win11; runs win11 4242
  $ hostlease uninstall-hook --root host; hooks; pages 1
  hostlease: VM 'win11' holds a lease (stop the VM first, or use --force)
  hooks/qemu /usr/sbin/hostlease-hook
  hooks/qemu.d
  1024
  $ hostlease uninstall-hook --root host --force; hooks; pages 1; knobs
  released 'win11'
  removed /etc/libvirt/hooks/qemu
  hooks/qemu.d
  0
  proc/sys/vm/swappiness:60
  sys/kernel/mm/ksm/run:1
  sys/devices/system/cpu/cpufreq/policy4/scaling_governor:schedutil
  sys/devices/system/cpu/cpufreq/policy5/scaling_governor:schedutil
  $ ls host/run/hostlease
  ls: cannot access 'host/run/hostlease': No such file or directory
  [2]

A value that cannot be restored: one error, and the lease is gone

  $ start win11; mv host/proc/sys/vm/swappiness kept; mkdir host/proc/sys/vm/swappiness
  $ hostlease uninstall-hook --root host --force
  hostlease: cannot read /proc/sys/vm/swappiness: Is a directory
  released 'win11', but some values could not be restored (`hostlease reconcile` tries again)
  no hook of hostlease is installed
  $ rmdir host/proc/sys/vm/swappiness; mv kept host/proc/sys/vm/swappiness
  $ hostlease reconcile --root host | grep restored; hostlease uninstall-hook --root host
  1 value restored
  no hook of hostlease is installed
