# shellcheck shell=bash
# Pictures drawn by librsvg. Sourced after tap.sh.
#
#   case_of_picture 'the picture can be drawn' looks_right   # skipped where rsvg-convert is not installed
#   check_picture FILE.svg WIDTHxHEIGHT COLOURS #rrggbb...   # in such a case

picture_tool=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/picture.py

# case_of_picture NAME COMMAND
case_of_picture() {
  if [ -n "$(type -P rsvg-convert)" ]; then
    tap_case "$@"
  else
    tap_case_skip "$1" 'rsvg-convert is not installed'
  fi
}

# svg_size FILE.svg: the size in its first element, as WIDTHxHEIGHT in pixels; nothing unless its viewBox has
# the same size, in numbers without units.
svg_size() {
  local width height
  width=$(xmllint --xpath 'string(/*/@width)' "$1") height=$(xmllint --xpath 'string(/*/@height)' "$1")
  width=${width%px} height=${height%px}
  [ "$(xmllint --xpath 'string(/*/@viewBox)' "$1")" != "0 0 $width $height" ] || echo "${width}x$height"
}

# check_picture FILE.svg WIDTHxHEIGHT COLOURS [#rrggbb ...]: the picture has this size and at least this many
# colours, none of which covers more than 99 %, and at least 100 pixels of each named colour.
check_picture() {
  local file=$1 size=$2 colours=$3 drawing=${1%.svg}.png colour seen
  shift 3
  rsvg-convert "$file" -o "$drawing" || tap_fail "rsvg-convert does not draw $file" || return
  seen=$("$picture_tool" "$drawing") || tap_fail "the drawing of $file cannot be read" || return
  check_equal "size of $file" "$size" "$(head -n 1 <<<"$seen")"
  check "$file has $colours colours" [ "$(($(wc -l <<<"$seen") - 1))" -ge "$colours" ]
  check "$file is not blank" has_no_ruling_colour <<<"$seen"
  for colour; do
    check "$file shows $colour" grep -qE "^$colour [0-9]{3,}$" <<<"$seen"
  done
}

# Reads picture.py's output on standard input: no colour covers 99 % of the picture.
has_no_ruling_colour() {
  awk 'NR > 1 { all += $2; if ($2 > most) most = $2 } END { exit !(most < 0.99 * all) }'
}
