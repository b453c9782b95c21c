  $ . "$CLI/setup"

No verb, an unknown one, one that is nearly right

  $ hostlease
  hostlease: a verb is missing
    hint: `hostlease --help` lists the verbs
  [2]

  $ hostlease frobnicate
  hostlease: unknown verb 'frobnicate'
    hint: `hostlease --help` lists the verbs
  [2]

  $ hostlease statu
  hostlease: unknown verb 'statu'
    hint: did you mean 'status'?
  [2]

An option with its value may stand before the verb

  $ hostlease --root host metrics | head -n 1
  # HELP hostlease_leases Leases by state.
  $ hostlease frobnicate metrics
  hostlease: unknown verb 'frobnicate'
    hint: `hostlease --help` lists the verbs
  [2]

Options that a verb does not take, or that lack their value

  $ hostlease status --force
  hostlease: unknown option '--force'
    hint: `hostlease status --help` explains the verb
  [2]

  $ hostlease plan --pol=balanced win11
  hostlease: unknown option '--pol'
    hint: did you mean '--policy'?
  [2]

  $ hostlease --verbose
  hostlease: unknown option '--verbose'
    hint: `hostlease --help` lists the verbs
  [2]

  $ hostlease plan --xml
  hostlease: --xml needs a value: --xml FILE
    hint: `hostlease plan --help` explains the verb
  [2]

  $ hostlease verify win11
  hostlease: unexpected argument 'win11'
    hint: `hostlease verify --help` explains the verb
  [2]

Values that an option does not take

  $ hostlease audit --root host --guest dos win11.xml
  hostlease: --guest: 'dos' is not one of windows, linux, macos, other
    hint: `hostlease audit --help` explains the verb
  [2]
  $ hostlease status --root host --watch=0
  hostlease: --watch: '0' is not a number of seconds from 1 to 86400
    hint: `hostlease status --help` explains the verb
  [2]
  $ hostlease status --root host --json=yes
  hostlease: --json: takes no value
    hint: `hostlease status --help` explains the verb
  [2]
  $ hostlease measure --root host --cpus 1-
  hostlease: --cpus: '1-' is not a number or a range
    hint: `hostlease measure --help` explains the verb
  [2]
  $ hostlease suggest --root host --vcpus 0 win11.xml
  hostlease: --vcpus: '0' is not a number from 1 to 4096
    hint: `hostlease suggest --help` explains the verb
  [2]
  $ hostlease suggest --root host --memory 8 win11.xml
  hostlease: --memory: '8' is not a size in whole MiB, such as 8GiB or 1536MiB
    hint: `hostlease suggest --help` explains the verb
  [2]
  $ hostlease suggest --root host --set memoryy win11.xml
  hostlease: --set: no group is called 'memoryy'
    hint: did you mean 'memory'?
  [2]
  $ hostlease audit --root host --json --sarif win11.xml
  hostlease: --sarif: contradicts --json
    hint: `hostlease audit --help` explains the verb
  [2]
  $ hostlease audit --root host --host --no-host win11.xml
  hostlease: --no-host: contradicts --host
    hint: `hostlease audit --help` explains the verb
  [2]
  $ hostlease plan --root host --root host
  hostlease: --root: given more than once
    hint: `hostlease plan --help` explains the verb
  [2]

Without libvirt, verbs that do not ask it work

  $ mkdir broken
  $ touch broken/libvirt.so.0
  $ LD_LIBRARY_PATH=broken hostlease plan --root host win11
  hostlease: cannot load libvirt: broken/libvirt.so.0: file too short
  [1]
  $ LD_LIBRARY_PATH=broken hostlease suggest --root host win11.xml --for windows --check
  hostlease: cannot load libvirt: broken/libvirt.so.0: file too short
  [1]
  $ LD_LIBRARY_PATH=broken hostlease audit --root host win11.xml --symptom stutter | head -1
  domain win11 (win11.xml)
  $ LD_LIBRARY_PATH=broken hostlease status --root host
  no leases

Words that are missing

  $ hostlease plan --root host
  hostlease: name one domain, or give its XML with --xml FILE
  [2]

  $ hostlease plan --root host win11 --xml win11.xml
  hostlease: name a domain or give its XML with --xml FILE, not both
  [2]

  $ hostlease plan --root host one two
  hostlease: unexpected argument 'two'
    hint: `hostlease plan --help` explains the verb
  [2]

  $ hostlease policy --root host
  hostlease: policy needs list | keys | show NAME
    hint: `hostlease policy --help` explains the verb
  [2]

  $ hostlease policy --root host show
  hostlease: policy needs `list`, `keys` or `show NAME`
    hint: `hostlease policy --help` explains the verb
  [2]

  $ hostlease hook --root host win11 prepare
  hostlease: hook needs NAME OPERATION SUBOPERATION [EXTRA]
    hint: `hostlease hook --help` explains the verb
  [2]

Files that cannot be read

  $ hostlease status --root nowhere
  hostlease: cannot use the root directory: nowhere: No such file or directory
  [2]

  $ hostlease plan --root host --xml missing.xml
  hostlease: cannot read missing.xml: No such file or directory
  [2]

  $ hostlease plan --root host --xml host
  hostlease: cannot read host: Is a directory
  [2]

  $ hostlease plan --root host --xml win11.xml --policy missing.toml
  missing.toml: error: cannot read: No such file or directory
  [2]

  $ hostlease plan --root host --xml win11.xml --policy missing
  error: no policy 'missing'
    hint: `hostlease policy list` lists the policies; name a file by its path, such as ./missing.toml
  [2]

Bad XML: every mistake by line

  $ sed -e "s/cpuset='4'/cpuset='4-'/" -e "s/unit='GiB'/unit='GiBi'/" win11.xml | hostlease plan --root host --xml -
  -:5: error: unit='GiBi' of <memory> is not a unit that libvirt knows
    hint: use KiB, MiB or GiB
  -:9: error: cpuset='4-' of <vcpupin> is not a list such as 0-3,8: '4-' is not a number or a range
  [2]

Nobody reads the result

  $ hostlease status --root host >/dev/full
  hostlease: cannot write the result: No space left on device
  [1]

  $ { sleep 0.3; hostlease plan --root host --xml win11.xml; echo "exit $?" >&2; } | true
  exit 141
  $ { trap '' PIPE; sleep 0.3; hostlease plan --root host --xml win11.xml; echo "exit $?" >&2; } | true
  hostlease: cannot write the result: Broken pipe
  exit 1

No colour, on a terminal neither

  $ script -qec 'hostlease plan --root host --xml win11.xml' /dev/null </dev/null | tr -d '\r' | diff - <(hostlease plan --root host --xml win11.xml)

  $ script -qec 'hostlease --help' /dev/null </dev/null | tr -d '\r' | diff - <(hostlease --help)
