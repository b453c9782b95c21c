# Prints FILE:LINE: N lines, for each function longer than `most` lines from its opening line to its closing
# brace. Goes by the layout that clang-format gives: the brace closes at the indentation of the line that
# opened it.
FNR == 1 { start = 0 }

{
  match($0, /^ */)
  indent = RLENGTH
}

!start && /\)[^;]*\{$/ && !/^ *(\}|if|for|while|switch|do|else|catch|try|namespace|#|\/\/)/ {
  start = FNR
  depth = indent
  next
}

start && indent == depth && /^ *\}/ {
  lines = FNR - start + 1
  if (lines > most) print FILENAME ":" start ": a function of " lines " lines"
  start = 0
}
