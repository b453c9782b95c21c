  $ . "$CLI/setup"

All policies of the host, and a file

  $ hostlease check --root host
  /etc/hostlease/win11.toml: ok

  $ cp host/etc/hostlease/win11.toml mine.toml
  $ hostlease check --root host mine.toml
  mine.toml: ok

Every error at once, with its place and what to do

  $ cat >bad.toml <<'TOML'
  > version = 1
  > [memory]
  > swapness = 10
  > swappiness = 300
  > ksm = true
  > [hugepages]
  > deadline = "20 minutes"
  > host_free_min = "1GB"
  > [power]
  > governr = "performance"
  > [cpus]
  > isolate = "all"
  > [memori]
  > ksm = "off"
  > [[sysfs]]
  > path = "/etc/passwd"
  > value = 1
  > TOML
  $ hostlease check --root host bad.toml
  bad.toml:3:1: error: unknown key 'memory.swapness'
    hint: did you mean 'memory.swappiness'?
  bad.toml:4:14: error: memory.swappiness takes an integer from 0 to 200 or "leave", not 300
  bad.toml:5:7: error: memory.ksm takes "off", "on" or "leave", not a boolean
  bad.toml:7:12: error: hugepages.deadline takes a time up to "60s" or "leave", not "20 minutes"
    hint: '20 minutes' is not a time such as "20s", "250ms" or "50us"
  bad.toml:8:17: error: hugepages.host_free_min takes a size such as "1GiB", "none" or "leave", not "1GB"
    hint: '1GB' is not a size such as "512MiB" or "1GiB"
  bad.toml:10:1: error: unknown key 'power.governr'
    hint: did you mean 'power.governor'?
  bad.toml:12:11: error: cpus.isolate takes a CPU list such as "4-7,12", "pinned", "none" or "leave", not "all"
    hint: 'all' is not a number or a range
  bad.toml:13:2: error: unknown table 'memori'
    hint: did you mean 'memory'?
  bad.toml:16:8: error: sysfs.path "/etc/passwd" is not below /sys or /proc/sys
    hint: name a file below /sys or /proc/sys by its full path
  [2]

  $ hostlease check --root host bad.toml --json | jq -c '.problems[] | [.file, .line, .column, .severity, .message]'
  ["bad.toml",3,1,"error","unknown key 'memory.swapness'"]
  ["bad.toml",4,14,"error","memory.swappiness takes an integer from 0 to 200 or \"leave\", not 300"]
  ["bad.toml",5,7,"error","memory.ksm takes \"off\", \"on\" or \"leave\", not a boolean"]
  ["bad.toml",7,12,"error","hugepages.deadline takes a time up to \"60s\" or \"leave\", not \"20 minutes\""]
  ["bad.toml",8,17,"error","hugepages.host_free_min takes a size such as \"1GiB\", \"none\" or \"leave\", not \"1GB\""]
  ["bad.toml",10,1,"error","unknown key 'power.governr'"]
  ["bad.toml",12,11,"error","cpus.isolate takes a CPU list such as \"4-7,12\", \"pinned\", \"none\" or \"leave\", not \"all\""]
  ["bad.toml",13,2,"error","unknown table 'memori'"]
  ["bad.toml",16,8,"error","sysfs.path \"/etc/passwd\" is not below /sys or /proc/sys"]

[[sysfs]] files that hostlease cannot lease, as far as their paths tell

  $ cat >sysfs.toml <<'TOML'
  > version = 1
  > [[sysfs]]
  > path = "/sys/kernel/mm/ksm/run"
  > value = 1
  > [[sysfs]]
  > path = "/proc/sys/vm/drop_caches"
  > value = 3
  > enforce = "required"
  > [[sysfs]]
  > path = "/proc/sys/vm/compact_memory"
  > value = 1
  > [[sysfs]]
  > path = "/proc/sys/vm/dirty_ratio"
  > value = 5
  > TOML
  $ hostlease check --root host sysfs.toml
  sysfs.toml:3:8: error: [[sysfs]] may not write /sys/kernel/mm/ksm/run: it belongs to memory.ksm
    hint: use the key memory.ksm, which can share and restore the value
  sysfs.toml:6:8: error: sysfs: /proc/sys/vm/drop_caches takes commands, so hostlease could not restore it
    hint: remove it from the policy
  sysfs.toml:10:8: warning: sysfs: /proc/sys/vm/compact_memory takes commands, so hostlease could not restore it
    hint: remove it from the policy
  [2]

Not TOML at all

  $ printf 'version = 1\n[memory\n' >broken.toml
  $ hostlease check --root host broken.toml mine.toml
  mine.toml: ok
  broken.toml:2:8: error: cannot parse table header: expected ']', saw '\n'
  [2]

Text without quotes, a missing quote, a key that is set twice

  $ printf 'version = 1\n[memory]\nksm = off\n' >broken.toml; hostlease check --root host broken.toml
  broken.toml:3:7: error: cannot parse value: could not determine value type
    hint: write text in quotes: "off"
  [2]
  $ printf 'version = 1\n[memory]\nksm = "off\n' >broken.toml; hostlease check --root host broken.toml
  broken.toml:3:11: error: the string has no closing quote
  [2]
  $ printf 'version = 1\n[memory]\nksm = "off"\nksm = "on"\n' >broken.toml; hostlease check --root host broken.toml
  broken.toml:4:7: error: 'ksm' is already set
    hint: keep only one of the two
  [2]

A file that does not exist

  $ hostlease check --root host missing.toml
  missing.toml: error: cannot read: No such file or directory
  [2]

  $ hostlease check --root host --json | jq -c .
  {"problems":[]}

Bases: unknown, in a circle

  $ printf 'version = 1\nextends = "nothing"\n' >orphan.toml
  $ hostlease check --root host orphan.toml
  orphan.toml:2:11: error: policy 'nothing' in extends does not exist
    hint: hostlease looks for policies in /etc/hostlease and /usr/share/hostlease/policies
  [2]

  $ printf 'version = 1\nextends = "b"\n' | policy a
  $ printf 'version = 1\nextends = "a"\n' | policy b
  $ hostlease check --root host
  /etc/hostlease/win11.toml: ok
  /etc/hostlease/a.toml:2:11: error: extends forms a cycle: b -> a -> b
    hint: remove one of these extends
  /etc/hostlease/b.toml:2:11: error: extends forms a cycle: a -> b -> a
    hint: remove one of these extends
  [2]

  $ rm host/etc/hostlease/[ab].toml

Two policies for the same domains

  $ for name in a b; do printf 'version = 1\nmatch.domain = ["game-*"]\n' | policy $name; done
  $ hostlease check --root host
  /etc/hostlease/a.toml: ok
  /etc/hostlease/win11.toml: ok
  /etc/hostlease/b.toml:2:1: error: 'game-*' is matched equally well by /etc/hostlease/a.toml
    hint: set match.priority in one of them
  [2]

  $ printf 'version = 1\nmatch = { domain = ["game-*"], priority = 1 }\n' | policy b
  $ hostlease check --root host
  /etc/hostlease/a.toml: ok
  /etc/hostlease/b.toml: ok
  /etc/hostlease/win11.toml: ok

A host without policies

  $ rm host/etc/hostlease/*
  $ hostlease check --root host
  no policies in /etc/hostlease

