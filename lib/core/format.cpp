// Compiles fmt::vformat, the only function of fmt that hostlease needs, once. Header-only use would compile
// it with each file that formats, which takes seconds. A shared library would add the time of its
// relocations to each start of a VM.
#define FMT_HEADER_ONLY
#include <fmt/format.h>

namespace {
/// vformat is inline in this file. Taking its address makes the compiler emit it for the other files.
[[gnu::used]] constexpr auto formatter =
    static_cast<std::string (*)(fmt::string_view, fmt::format_args)>(&fmt::vformat);
} // namespace
