# Reads FILE:LINE:HEADER, the header with its quotes or angles; prints RULE FILE:LINE: WHAT for each offence.
BEGIN {
  FS = ":"
  below["core"] = ""
  below["text"] = "core"
  below["model"] = "text core"
  below["knobs"] = "model text core"
  below["read"] = "knobs model text core"
  below["plan"] = "knobs read model text core"
  below["placement"] = "knobs model text core"
  below["host"] = "knobs read model text core"
  below["ledger"] = "host knobs read model text core"
  below["engine"] = "placement plan ledger host knobs read model text core"
  below["advice/audit"] = "plan knobs read model text core"
  below["advice/suggest"] = "advice/audit placement read knobs model text core"
  below["advice/report"] = "advice/audit read knobs model text core"
  below["doctor"] = "engine advice/audit plan ledger host knobs read model text core"
  below["hook"] = "doctor engine advice/report advice/suggest advice/audit placement plan ledger host knobs read model text core"

  library("tinyxml2", "^<tinyxml2", "lib/read/")
  library("expat", "^<expat\\.h", "lib/read/")
  library("toml++", "^<toml\\+\\+", "lib/text/")
  library("sd-bus", "^<systemd/sd-bus", "lib/host/")
  library("sd-journal", "^<systemd/sd-journal", "lib/host/")
  library("hwloc", "^<hwloc", "lib/host/")
  library("libvirt", "^<libvirt/", "hook/")
  library("Boost.JSON", "^<boost/json", "lib/text/")
  library("CLI11", "^<CLI/", "hook/")
  library("Boost.Process", "^<boost/process", "lib/host/")
}

function library(name, pattern, home) {
  pattern_of[name] = pattern
  home_of[name] = home
}

function offence(rule, what) {
  print rule, file ":" line ": " what
}

# The advice has rooms of its own.
function room_of(folder, inner) {
  return folder == "advice" ? folder "/" inner : folder
}

function layer_of(path, part) {
  split(path, part, "/")
  return part[1] == "hook" ? "hook" : room_of(part[2], part[3])
}

# Of a quoted header; one without a folder, or below a folder that is no layer, is the layer's own.
function target_of(header, part) {
  if (header !~ /^"/) return ""
  split(substr(header, 2), part, "/")
  return room_of(part[1], part[2]) in below ? room_of(part[1], part[2]) : ""
}

function is_of_a_library(header, name) {
  for (name in pattern_of) if (header ~ pattern_of[name]) return 1
  return header ~ /^<(fmt|tl|boost|systemd)\//
}

# C headers are the system's, and so are the parts of the standard library that reach for the host.
function is_of_the_system(header) {
  return header ~ /^<(sys|linux|asm|net|netinet|arpa)\// || header ~ /^<(filesystem|fstream|csignal)>/ ||
         (header ~ /^<.*\.h>/ && !is_of_a_library(header))
}

function check_library(name) {
  if (header !~ pattern_of[name]) return
  if (index(file, home_of[name]) != 1) offence("library", name " belongs to " home_of[name])
  if (!(name in first_file)) first_file[name] = file
  if (first_file[name] != file) offence("library", name " is included by " first_file[name] " already")
}

{
  file = $1
  line = $2
  header = substr($0, length(file) + length(line) + 3)
  layer = layer_of(file)
  target = target_of(header)

  if (!(layer in below)) offence("layer", layer " is no layer")
  else if (target != "" && target != layer && index(" " below[layer] " ", " " target " ") == 0)
    offence("layer", layer " may not include " header)
  if (layer != "host" && layer != "hook" && is_of_the_system(header) && !(layer == "read" && header == "<fnmatch.h>"))
    offence("system", layer " may not include " header)
  if (layer ~ /^(knobs|plan|placement|advice\/.*)$/ && header ~ /^<(iostream|cstdio|print|fmt\/os\.h)>/)
    offence("io", layer " may not include " header)
  for (name in pattern_of) check_library(name)
}
