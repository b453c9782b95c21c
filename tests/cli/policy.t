  $ . "$CLI/setup"
  $ cat >host/usr/share/hostlease/policies/calm.toml <<'TOML'
  > version = 1
  > [memory]
  > swappiness = 10
  > ksm = "off"
  > enforce = "required"
  > [[sysfs]]
  > path = "/sys/module/kvm/parameters/halt_poll_ns_grow"
  > value = 0
  > TOML
  $ policy games <<'TOML'
  > version = 1
  > extends = "calm"
  > [match]
  > domain = ["game-*", "doom"]
  > uuid = "4dea22b3-1d52-d8f3-2516-782e98ab3fa0"
  > [hugepages]
  > deadline = "5s"
  > [memory]
  > swappiness = 1
  > ksm = "leave"
  > TOML

  $ hostlease policy --root host list
    policy  matches                                             file
    games   game-*, doom, 4dea22b3-1d52-d8f3-2516-782e98ab3fa0  /etc/hostlease/games.toml
    win11   win11                                               /etc/hostlease/win11.toml
    calm    by extends or metadata                              /usr/share/hostlease/policies/calm.toml

  $ hostlease policy --root host list --json | jq -c '.policies[]'
  {"file":"/etc/hostlease/games.toml","matches":"game-*, doom, 4dea22b3-1d52-d8f3-2516-782e98ab3fa0","name":"games"}
  {"file":"/etc/hostlease/win11.toml","matches":"win11","name":"win11"}
  {"file":"/usr/share/hostlease/policies/calm.toml","matches":"by extends or metadata","name":"calm"}

A policy with its bases merged in

  $ hostlease policy --root host show games
  policy games (/etc/hostlease/games.toml)
    key                                                 value     from
    hugepages.deadline                                  "5s"      /etc/hostlease/games.toml:7:12
    memory.ksm                                          "leave"   /etc/hostlease/games.toml:10:7
    memory.swappiness                                   1         /etc/hostlease/games.toml:9:14
    memory.enforce                                      required
    sysfs /sys/module/kvm/parameters/halt_poll_ns_grow  0         /usr/share/hostlease/policies/calm.toml:7:8

  $ hostlease policy --root host show games --json | jq -c '.policy, .file, .settings[]'
  "games"
  "/etc/hostlease/games.toml"
  {"from":"/etc/hostlease/games.toml:7:12","key":"hugepages.deadline","value":"\"5s\""}
  {"from":"/etc/hostlease/games.toml:10:7","key":"memory.ksm","value":"\"leave\""}
  {"from":"/etc/hostlease/games.toml:9:14","key":"memory.swappiness","value":"1"}
  {"from":"","key":"memory.enforce","value":"required"}
  {"from":"/usr/share/hostlease/policies/calm.toml:7:8","key":"sysfs /sys/module/kvm/parameters/halt_poll_ns_grow","value":"0"}

A file

  $ printf 'version = 1\n' >empty.toml
  $ hostlease policy --root host show ./empty.toml
  policy empty (./empty.toml)
    every key at its default

One that is not there, one that is broken

  $ hostlease policy --root host show missing
  hostlease: no policy 'missing'
    hint: `hostlease policy list` lists the policies
  [2]

  $ printf 'version = 2\n' | policy broken
  $ hostlease policy --root host show broken
  /etc/hostlease/broken.toml:1:11: error: version is 2, but this hostlease reads only version 1
    hint: write version = 1, or install the hostlease that this policy was written for
  [2]

  $ hostlease policy --root host list
  /etc/hostlease/broken.toml:1:11: error: version is 2, but this hostlease reads only version 1
    hint: write version = 1, or install the hostlease that this policy was written for
    policy  matches                                             file
    games   game-*, doom, 4dea22b3-1d52-d8f3-2516-782e98ab3fa0  /etc/hostlease/games.toml
    win11   win11                                               /etc/hostlease/win11.toml
    calm    by extends or metadata                              /usr/share/hostlease/policies/calm.toml
  [2]

  $ rm host/etc/hostlease/* host/usr/share/hostlease/policies/*
  $ hostlease policy --root host list
  no policies


The keys

  $ hostlease policy keys | grep -A3 -e ' hugepages.deadline' -e ' cpus.prefer' -e ' sysfs'
    hugepages.deadline  how long to keep compacting memory and retrying
      takes a time up to "60s" or "leave"; default: 20s
    hugepages.compact  compact a node's memory if its pool cannot grow enough
      takes true, false or "leave"; default: true
  --
    cpus.prefer  which cores to choose first: those below the largest cache, those with the highest clock,
      or the efficient ones of a hybrid CPU
      takes "cache", "frequency", "efficiency" or "leave"; default: cache
    cpus.share  start the VM without a place if no CPUs are left for it
  --
    sysfs  any other file below /sys or /proc/sys: [[sysfs]] with path and value
      takes an array of tables, [[sysfs]]
    command  a program of yours: [[command]] with at, run, undo and deadline
      takes an array of tables, [[command]]
  $ hostlease policy keys | grep -A1 ' memory.swappiness'
    memory.swappiness  how readily the host swaps out anonymous memory; 10 is usual for VM hosts
      takes an integer from 0 to 200 or "leave"; default: leave
  $ hostlease policy keys | awk 'length > 110'
  $ hostlease policy keys --json | jq -c '.keys[] | select(.key == "hugepages.reserve")'
  {"default":"auto","key":"hugepages.reserve","meaning":"reserve the huge pages that the domain's XML asks for","takes":"\"auto\" or \"leave\""}
