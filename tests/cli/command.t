Programs that a policy names.

  $ . "$CLI/setup"
  $ mkdir -p host/usr/local/sbin
  $ touch host/usr/local/sbin/quiet
  $ chmod 755 host/usr/local/sbin/quiet
  $ policy win11 <<'TOML'
  > version = 1
  > [[command]]
  > run = ["/usr/local/sbin/quiet", "on", "for $HOSTLEASE_DOMAIN"]
  > undo = ["/usr/local/sbin/quiet", "off"]
  > [[command]]
  > at = "prepare"
  > run = ["/usr/local/sbin/quiet"]
  > deadline = "250ms"
  > TOML
  $ hostlease check --root host
  /etc/hostlease/win11.toml: ok
  $ hostlease policy --root host show win11
  policy win11 (/etc/hostlease/win11.toml)
    key                           value                                             from
    command at start              /usr/local/sbin/quiet on 'for $HOSTLEASE_DOMAIN'  /etc/hostlease/win11.toml:2:1
    command at start, undo        /usr/local/sbin/quiet off                         /etc/hostlease/win11.toml:2:1
    command at prepare            /usr/local/sbin/quiet                             /etc/hostlease/win11.toml:5:1
    command at prepare, deadline  250ms                                             /etc/hostlease/win11.toml:5:1
  $ hostlease plan --root host --xml win11.xml
  domain win11 (3a83fe44-1753-604f-469d-84b66c65eb09)
  policy win11 (/etc/hostlease/win11.toml)
  
    huge pages   needed  free  promised  to grow  left for the host
    node1 2 MiB  1024    0     0         1024     4 GiB
  
    phase    knob               from  to    file  why
    prepare  hugepages.reserve  0     1024  /sys/devices/system/node/node1/hugepages/hugepages-2048kB/nr_hugepages
    prepare  command                  ...   /usr/local/sbin/quiet
      to run /usr/local/sbin/quiet; within 250ms; for win11
                                              [[command]] entry
    start    command                  ...   /usr/local/sbin/quiet
      to run /usr/local/sbin/quiet on 'for $HOSTLEASE_DOMAIN'; undo /usr/local/sbin/quiet off; within 10s; for win11

A made root has no processes of its own

  $ hook win11 prepare begin

Others may change the program, or there is none

  $ chmod 775 host/usr/local/sbin/quiet
  $ hostlease check --root host
  /etc/hostlease/win11.toml:2:1: error: [[command]]: /usr/local/sbin/quiet may be written by others, and it would run as root (chmod go-w /usr/local/sbin/quiet)
    hint: hostlease would not run the program; correct this or remove the entry
  /etc/hostlease/win11.toml:5:1: error: [[command]]: /usr/local/sbin/quiet may be written by others, and it would run as root (chmod go-w /usr/local/sbin/quiet)
    hint: hostlease would not run the program; correct this or remove the entry
  [2]
  $ hostlease plan --root host --xml win11.xml
  domain win11 (3a83fe44-1753-604f-469d-84b66c65eb09)
  policy win11 (/etc/hostlease/win11.toml)
  
    huge pages   needed  free  promised  to grow  left for the host
    node1 2 MiB  1024    0     0         1024     4 GiB
  
    phase    knob               from  to    file  why
    prepare  hugepages.reserve  1024  2048  /sys/devices/system/node/node1/hugepages/hugepages-2048kB/nr_hugepages
  /etc/hostlease/win11.toml:2,5: warning: hostlease does not run this command: /usr/local/sbin/quiet may be written by others, and it would run as root (chmod go-w /usr/local/sbin/quiet)
    hint: correct this, or remove the entry from the policy
  $ rm host/usr/local/sbin/quiet
  $ hostlease check --root host
  /etc/hostlease/win11.toml:2:1: error: [[command]]: cannot open /usr/local/sbin/quiet: No such file or directory
    hint: hostlease would not run the program; correct this or remove the entry
  /etc/hostlease/win11.toml:5:1: error: [[command]]: cannot open /usr/local/sbin/quiet: No such file or directory
    hint: hostlease would not run the program; correct this or remove the entry
  [2]
  $ echo 'enforce = "required"' >>host/etc/hostlease/win11.toml
  $ hook win11 prepare begin
  hostlease: VM 'win11': /etc/hostlease/win11.toml:5:1: hostlease does not run this command: cannot open /usr/local/sbin/quiet: No such file or directory (correct this, or remove the entry from the policy)
  [1]
