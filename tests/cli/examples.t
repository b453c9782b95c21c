Each example: its policy is sound, and its plan on a made host is the one that is shown beside it.

  $ for domain in "$SOURCE"/examples/*/domain.xml; do
  >   example=${domain%domain.xml}
  >   name=$(basename "$example")
  >   "$CLI/make-root" "$name"
  >   cp "$example"policy.toml "$name/etc/hostlease/$name.toml"
  >   chmod 644 "$name/etc/hostlease/$name.toml"
  >   hostlease check --root "$name" >checked || cat checked
  >   hostlease plan --root "$name" --xml "$example"domain.xml >plan 2>&1 || echo "exit $?"
  >   diff -u "$example"plan.expected plan || echo "$name differs"
  > done
