#!/bin/bash
# The guides for contributors are correct: the places that they name exist, each source is built, each verb
# has its places.
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
# shellcheck source=../support/tap.sh
. "$here/../support/tap.sh"
cd "$root" || exit

nothing() {
  [ -z "$1" ] || tap_fail "$1"
}

# words FILE: the texts between backquotes in the sections "Add a ..." of the file, one per line.
# shellcheck disable=SC2016 # the quotes are Markdown's
words() {
  awk '/^## / { guide = /^## Add a / } guide' "$1" | grep -oE '`[^`]+`' | tr -d '`' | sort -u
}

# missing_places FILE: its words that are files that do not exist, or names that no source contains. NAME,
# FILE and GROUP stand for any name.
missing_places() {
  local word glob
  words "$1" | while IFS= read -r word; do
    glob=$(sed -E 's/NAME|FILE|GROUP/*/' <<<"$word")
    case $word in
      */* | *.md) [ -n "$(compgen -G "$glob")" ] || echo "$1 names $word, which does not exist" ;;
      *.cpp) [ -n "$(find lib hook -name "$glob")" ] || echo "$1 names $word, which does not exist" ;;
      *[!A-Za-z_]* | verify | suggest | plan | status) ;;
      *) grep -rqE "\<${glob/\*/[a-z_]+}\>" --include='*.[ch]pp' --include='meson.build' lib hook ||
        echo "$1 names $word, which no source has" ;;
    esac
  done
}

# Sources that are not in the meson.build of their folder, or of the nearest one above: they would not be
# compiled, and their tests would not run.
unbuilt_sources() {
  local file folder name
  find lib hook tests -name '*.cpp' | sort | while IFS= read -r file; do
    folder=${file%/*} name=${file##*/} name=${name%.cpp}
    until [ -e "$folder/meson.build" ]; do folder=${folder%/*}; done
    # the list of knobs also names their tests
    [ "$folder" != tests/knobs ] || ! grep -q "^  '${name%_test}'," lib/knobs/meson.build || continue
    grep -qE "['/](${name}|${name%_fuzz})(\.cpp)?'" "$folder/meson.build" ||
      echo "$file is not in $folder/meson.build"
  done
}

# verbs MESON_BUILD: the names in its list of verbs.
verbs() {
  sed -n "/^verb_names *=/,/^]/s/^ *'\([a-z_]*\)'.*/\1/p" "$1"
}

# Verbs that lack a place that the guide requires.
homeless_verbs() {
  local name verb
  for name in $(verbs hook/meson.build); do
    verb=${name//_/-}
    grep -q "const Verb verb_$name{" "hook/commands/$name.cpp" ||
      echo "$verb: hook/commands/$name.cpp has no verb_$name"
    grep -qE "hostlease $verb( |$)" tests/cli/*.t || echo "$verb: no session of tests/cli calls it"
  done
}

finds_the_verbs() {
  check_equal 'verbs of the list' \
    "$(grep -l 'const Verb verb_' hook/commands/*.cpp | sed 's|.*/\(.*\)\.cpp|\1|')" \
    "$(verbs hook/meson.build | sort)"
}

# code LANGUAGE: the code block in "Add a verb".
# shellcheck disable=SC2016 # the quotes are Markdown's
code() {
  sed -n '/^## Add a verb/,/^## [^A]/p' lib/README.md |
    sed -n "/^ *\`\`\`$1\$/,/^ *\`\`\`\$/{ /\`\`\`/d; s/^   //; p }"
}

# list_of HOOK: the header that hook/meson.build generates from the list.
list_of() {
  local name declarations='' entries='' count=0
  for name in $(verbs "$1/meson.build"); do
    declarations+="extern const Verb verb_$name;\\n" entries+="\&verb_$name," count=$((count + 1))
  done
  sed "s/@DECLARATIONS@/$declarations/; s/@ENTRIES@/$entries/; s/@COUNT@/$count/" "$1/verb_list.hpp.in"
}

# compile SOURCE OBJECT: uses the options of the command's own sources.
compile() {
  local command
  command=$(jq -r '.[] | select(.file | endswith("hook/hostlease.cpp")) | .command' \
      "$build/compile_commands.json") || return
  command=$(sed -E "s| -MQ [^ ]+||; s| -MF [^ ]+||; s| -o [^ ]+| -o $2|; s| -c [^ ]+| -c $1|" <<<"$command")
  (cd "$build" && eval "$command")
}

# The guide's verb in a copy of hook/: its file, its list entry, its session.
makes_a_verb() {
  local name link
  name=$(code cpp | sed -n 's/.*const Verb verb_\([a-z_]*\){.*/\1/p')
  cp -r hook "$copy"
  code cpp >"$copy/hook/commands/$name.cpp"
  code console >"$copy/$name.t"
  sed -i "/^verb_names *=/a\  '$name'," "$copy/hook/meson.build"
  list_of "$copy/hook" >"$copy/hook/verb_list.hpp"
  check 'the verb compiles' compile "$copy/hook/commands/$name.cpp" "$copy/verb.o" || return
  check 'the command compiles' compile "$copy/hook/hostlease.cpp" "$copy/hostlease.o" || return
  link=$(ninja -C "$build" -t commands hook/hostlease | tail -n 1 |
    sed "s| hook/hostlease.p/hostlease.cpp.o| $copy/hostlease.o $copy/verb.o|
      s| -o [^ ]*| -o $copy/hostlease|")
  check 'the command links' bash -c "cd '$build' && $link" || return
  check 'its session' tests/cli/run-cram "$build/hook/hostlease-hook" "$copy/hostlease" "$copy/$name.t"
  check 'the help lists the verb' grep -q "^  ${name//_/-} " <<<"$("$copy/hostlease" --help)"
}

versions_agree() {
  local version
  version=$(sed -n "s/^ *version: '\(.*\)',$/\1/p" meson.build | head -n 1)
  check_match 'the version' '^[0-9]+\.[0-9]+\.[0-9]+$' "$version"
  check_equal 'of the RPM' "$version" "$(sed -n 's/^Version: *//p' install/rpm/hostlease.spec)"
  check_equal "of Arch's package" "$version" "$(sed -n 's/^pkgver=//p' install/arch/PKGBUILD)"
}

# Links in Markdown files for readers of the repository whose targets do not exist.
broken_links() {
  local file link
  for file in *.md lib/README.md lib/SECURITY.md lib/ledger/FORMAT.md; do
    grep -oE '\]\([^)#]+' "$file" | sed 's/^](//' | grep -v '^https\{0,1\}:' |
      sort -u | while IFS= read -r link; do
      [ -e "$(dirname "$file")/$link" ] || echo "$file links to $link, which does not exist"
    done
  done
}

finds_what_is_made_up() {
  local file
  file=$(mktemp)
  # shellcheck disable=SC2016 # the quotes are Markdown's
  printf '%s\n' '## Else' '`lib/none.cpp`' '## Add a thing' \
    '`lib/core/units.cpp`, `lib/none/NAME.cpp`, `none.cpp`, `no_such_name`, `form_of`' >"$file"
  check_equal 'what is found' "$(printf '%s\n' "$file names lib/none/NAME.cpp, which does not exist" \
    "$file names no_such_name, which no source has" "$file names none.cpp, which does not exist")" \
    "$(missing_places "$file" | sort)"
  rm "$file"
}

tap_case 'the places that the guides of lib/README.md name exist' nothing "$(missing_places lib/README.md)"
tap_case 'this test finds what does not exist' finds_what_is_made_up
tap_case 'each source is in a meson.build' nothing "$(unbuilt_sources)"
tap_case 'the list has all verbs' finds_the_verbs
tap_case 'each verb has its places' nothing "$(homeless_verbs)"
build=$(realpath "${1:-.}")
if [ -e "$build/hook/hostlease" ] && [ -n "$(type -P jq)" ] && [ -n "$(type -P cram || type -P cram3)" ]; then
  copy=$(mktemp -d)
  trap 'rm -rf "$copy"' EXIT
  tap_case "the guide's verb is built and runs" makes_a_verb
fi
tap_case 'the versions of the packages agree' versions_agree
tap_case 'every link has a target' nothing "$(broken_links)"
tap_end
