What the hook did, out of the journal

  $ . "$CLI/setup"
  $ hostlease log --root host
  hostlease: no journal that you can read in host/run/log/journal or host/var/log/journal
  [1]
  $ hostlease log --root host --since nonsense
  hostlease: --since: 'nonsense' is not a time
    hint: examples are 2h, 3d, today and "2026-11-21 09:30"
  [2]
  $ hostlease log --root host --since 200000000d
  hostlease: --since: '200000000d' is not a time
    hint: examples are 2h, 3d, today and "2026-11-21 09:30"
  [2]
  $ hostlease log --root host one two
  hostlease: unexpected argument 'two'
    hint: `hostlease log --help` explains the verb
  [2]
