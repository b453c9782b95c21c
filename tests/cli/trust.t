A policy steers what runs as root.

  $ . "$CLI/setup"

Others may write it

  $ chmod g+w host/etc/hostlease/win11.toml
  $ hook win11 prepare begin
  hostlease: VM 'win11': /etc/hostlease/win11.toml: others may write this policy, and it steers what runs as root (chmod go-w /etc/hostlease/win11.toml)
  [2]
  $ hostlease check --root host
  /etc/hostlease/win11.toml: error: others may write this policy, and it steers what runs as root
    hint: chmod go-w /etc/hostlease/win11.toml
  [2]
  $ hostlease policy --root host list
  /etc/hostlease/win11.toml: error: others may write this policy, and it steers what runs as root
    hint: chmod go-w /etc/hostlease/win11.toml
  no policies
  [2]
  $ chmod g-w,o+w host/etc/hostlease/win11.toml
  $ hook win11 prepare begin
  hostlease: VM 'win11': /etc/hostlease/win11.toml: others may write this policy, and it steers what runs as root (chmod go-w /etc/hostlease/win11.toml)
  [2]
  $ chmod 644 host/etc/hostlease/win11.toml

Others may write its directory

  $ chmod g+w host/etc/hostlease
  $ hook win11 prepare begin
  hostlease: VM 'win11': /etc/hostlease/win11.toml: others may write the directory of this policy, and a policy steers what runs as root (chmod go-w /etc/hostlease)
  [2]
  $ chmod g-w host/etc/hostlease

It is a link

  $ mv host/etc/hostlease/win11.toml elsewhere.toml
  $ ln -s ../../../elsewhere.toml host/etc/hostlease/win11.toml
  $ hook win11 prepare begin
  hostlease: VM 'win11': /etc/hostlease/win11.toml: a policy must be a regular file, not a link or a directory (copy it here)
  [2]
  $ rm host/etc/hostlease/win11.toml; mkdir host/etc/hostlease/win11.toml
  $ hook win11 prepare begin
  hostlease: VM 'win11': /etc/hostlease/win11.toml: a policy must be a regular file, not a link or a directory (copy it here)
  [2]
  $ rmdir host/etc/hostlease/win11.toml; mv elsewhere.toml host/etc/hostlease/win11.toml

The ledger's directory is somebody else's idea

  $ mkdir -m 755 host/run/hostlease
  $ hook win11 prepare begin
  hostlease: VM 'win11': /run/hostlease must be a directory of ours with mode 0700; remove it and try again
  [1]
  $ rmdir host/run/hostlease
