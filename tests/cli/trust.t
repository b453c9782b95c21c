A policy steers what runs as root.

  $ . "$CLI/setup"

Others may write it

  $ chmod g+w host/etc/hostlease/win11.toml
  $ hook win11 prepare begin
  hostlease: VM 'win11': /etc/hostlease/win11.toml: this policy may be written by others, but it controls what runs as root (chmod go-w /etc/hostlease/win11.toml)
  [2]
  $ hostlease check --root host
  /etc/hostlease/win11.toml: error: this policy may be written by others, but it controls what runs as root
    hint: chmod go-w /etc/hostlease/win11.toml
  [2]
  $ hostlease policy --root host list
  /etc/hostlease/win11.toml: error: this policy may be written by others, but it controls what runs as root
    hint: chmod go-w /etc/hostlease/win11.toml
  [2]
  $ chmod g-w,o+w host/etc/hostlease/win11.toml
  $ hook win11 prepare begin
  hostlease: VM 'win11': /etc/hostlease/win11.toml: this policy may be written by others, but it controls what runs as root (chmod go-w /etc/hostlease/win11.toml)
  [2]
  $ chmod 644 host/etc/hostlease/win11.toml

Others may write its directory

  $ chmod g+w host/etc/hostlease
  $ hook win11 prepare begin
  hostlease: VM 'win11': /etc/hostlease/win11.toml: this policy is in a directory that others may write, but it controls what runs as root (chmod go-w /etc/hostlease)
  [2]
  $ chmod g-w host/etc/hostlease

A policy that is a link: its target and the way to it count

  $ mkdir -p host/srv/conf; mv host/etc/hostlease/win11.toml host/srv/conf/policy
  $ ln -s ../../srv/conf/policy host/etc/hostlease/win11.toml
  $ hook win11 prepare begin; hook win11 release end
  $ chmod o+w host/srv/conf
  $ hook win11 prepare begin
  hostlease: VM 'win11': /etc/hostlease/win11.toml: this policy is in a directory that others may write, but it controls what runs as root (chmod go-w /srv/conf)
  [2]
  $ chmod o-w host/srv/conf; chmod g+w host/srv/conf/policy
  $ hook win11 prepare begin
  hostlease: VM 'win11': /etc/hostlease/win11.toml: this policy may be written by others, but it controls what runs as root (chmod go-w /srv/conf/policy)
  [2]
  $ chmod g-w host/srv/conf/policy; rm host/etc/hostlease/win11.toml; mv host/srv/conf/policy host/srv/conf/win11.toml

Its directory is a link

  $ rmdir host/etc/hostlease; ln -s ../srv/conf host/etc/hostlease
  $ hook win11 prepare begin; hook win11 release end
  $ chmod o+w host/srv/conf
  $ hook win11 prepare begin
  hostlease: VM 'win11': /etc/hostlease/win11.toml: this policy is in a directory that others may write, but it controls what runs as root (chmod go-w /srv/conf)
  [2]
  $ chmod o-w host/srv/conf; chmod o+w host/srv
  $ hostlease check --root host
  /etc/hostlease/win11.toml: error: this policy is in a directory that others may write, but it controls what runs as root
    hint: chmod go-w /srv
  [2]
  $ chmod o-w host/srv; rm host/etc/hostlease; mkdir host/etc/hostlease; mv host/srv/conf/win11.toml host/etc/hostlease

It is a directory, or leads nowhere

  $ mv host/etc/hostlease/win11.toml .; mkdir host/etc/hostlease/win11.toml
  $ hook win11 prepare begin
  hostlease: VM 'win11': /etc/hostlease/win11.toml: a policy must be a regular file (move it away, or put a file in its place)
  [2]
  $ rmdir host/etc/hostlease/win11.toml; ln -s nowhere host/etc/hostlease/win11.toml
  $ hook win11 prepare begin
  hostlease: VM 'win11': /etc/hostlease/win11.toml: this policy cannot be read: cannot open /etc/hostlease/nowhere: No such file or directory
  [2]
  $ rm host/etc/hostlease/win11.toml; mv win11.toml host/etc/hostlease

A ledger directory with a wrong owner or mode

  $ chmod 755 host/run/hostlease
  $ hook win11 prepare begin
  hostlease: VM 'win11': /run/hostlease must be a directory of user 0 with mode 0700, but it belongs to user 0 and has mode 0755 (chmod 700 /run/hostlease)
  [1]
  $ chmod 777 host/run/hostlease
  $ hook win11 prepare begin
  hostlease: VM 'win11': /run/hostlease must be a directory of user 0 with mode 0700, but it belongs to user 0 and has mode 0777
  [1]
  $ chmod 700 host/run/hostlease
