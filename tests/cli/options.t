  $ . "$CLI/setup"

No verb, an unknown one, one that is nearly right

  $ hostlease
  hostlease: a verb is missing
    hint: `hostlease --help` shows what it takes
  [2]

  $ hostlease frobnicate
  hostlease: there is no verb 'frobnicate'
    hint: `hostlease --help` shows the verbs
  [2]

  $ hostlease statu
  hostlease: there is no verb 'statu'
    hint: did you mean 'status'?
  [2]

Options that a verb does not take, or that lack their value

  $ hostlease status --force
  hostlease: the following argument was not expected: --force
    hint: `hostlease status --help` shows what it takes
  [2]

  $ hostlease plan --xml
  hostlease: --xml: 1 required FILE missing
    hint: `hostlease plan --help` shows what it takes
  [2]

  $ hostlease verify win11
  hostlease: the following argument was not expected: win11
    hint: `hostlease verify --help` shows what it takes
  [2]

Words that are missing

  $ hostlease plan --root host
  hostlease: plan and apply need --xml FILE, or the name of one domain
  [2]

  $ hostlease plan --root host one two
  hostlease: plan and apply need --xml FILE, or the name of one domain
  [2]

  $ hostlease policy --root host
  hostlease: policy needs `list`, `keys`, or `show NAME`
  [2]

  $ hostlease policy --root host show
  hostlease: policy needs `list`, `keys`, or `show NAME`
  [2]

  $ hostlease hook --root host win11 prepare
  hostlease: hook needs NAME OPERATION SUBOPERATION EXTRA, as libvirt gives them
  [2]

Files that cannot be read

  $ hostlease status --root nowhere
  hostlease: cannot use the root directory: nowhere: No such file or directory
  [2]

  $ hostlease plan --root host --xml missing.xml
  hostlease: cannot read: missing.xml: No such file or directory
  [2]

  $ hostlease plan --root host --xml host
  hostlease: cannot read: host: Is a directory
  [2]

  $ hostlease plan --root host --xml win11.xml --policy missing.toml
  missing.toml: error: cannot read: missing.toml: No such file or directory
  [2]

  $ hostlease plan --root host --xml win11.xml --policy missing
  missing: error: cannot read: missing: No such file or directory
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
