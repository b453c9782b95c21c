Several users: only root can be them all.

  $ test "$(id -u)" = 0 || exit 80
  $ . "$CLI/setup"

Without root: the plan is free to see, the ledger is not

  $ start win11
  $ as_nobody() { chmod 755 . ..; setpriv --reuid 65534 --regid 65534 --clear-groups -- "$@"; }
  $ as_nobody hostlease plan --root host --xml win11.xml >/dev/null
  warning: cannot read the ledger; the leases of other VMs are not counted: cannot open /run/hostlease: Permission denied
    hint: run this command as root
  $ as_nobody hostlease place --root host --vcpus 1 2>&1 >/dev/null | head -n 2
  warning: cannot read the ledger; the leases of other VMs are not counted: cannot open /run/hostlease: Permission denied
    hint: run this command as root
  $ as_nobody hostlease suggest --root host win11.xml --for windows 2>&1 >/dev/null | head -n 2
  warning: cannot read the ledger; the leases of other VMs are not counted: cannot open /run/hostlease: Permission denied
    hint: run this command as root
  $ as_nobody hostlease audit --root host --host win11.xml 2>&1 >/dev/null | head -n 2
  warning: cannot read the ledger; the leases of other VMs are not counted: cannot open /run/hostlease: Permission denied
    hint: run this command as root
  $ as_nobody hostlease status --root host
  hostlease: cannot open /run/hostlease: Permission denied
    hint: run this command as root
  [1]
  $ as_nobody hostlease release --root host
  hostlease: cannot open /run/hostlease: Permission denied
    hint: run this command as root
  [1]
  $ stop win11

Policies that only root may read

  $ chmod 600 host/etc/hostlease/win11.toml
  $ as_nobody hostlease check --root host
  /etc/hostlease/win11.toml: error: cannot open: Permission denied
    hint: run this command as root
  [2]
  $ chmod 644 host/etc/hostlease/win11.toml

A user's own VM, of qemu:///session: as if no hook were there

  $ as_nobody hostlease hook mine prepare begin - <win11.xml
  $ as_nobody hostlease hook mine release end - </dev/null

Another user's policy

  $ chown 12345 host/etc/hostlease/win11.toml
  $ hook win11 prepare begin
  hostlease: VM 'win11': /etc/hostlease/win11.toml: this policy belongs to user 12345, but it controls what runs as root (chown root /etc/hostlease/win11.toml)
  [2]
  $ hostlease check --root host
  /etc/hostlease/win11.toml: error: this policy belongs to user 12345, but it controls what runs as root
    hint: chown root /etc/hostlease/win11.toml
  [2]

