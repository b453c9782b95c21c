// The one function of fmt that is used, compiled once: headers alone would be compiled with each file that
// formats, which takes seconds, and a shared library would cost each start of a VM its relocations.
#define FMT_HEADER_ONLY
#include <fmt/format.h>

namespace {
/// It is inline here and has to be taken for something to be there for others.
[[gnu::used]] constexpr auto formatter =
    static_cast<std::string (*)(fmt::string_view, fmt::format_args)>(&fmt::vformat);
} // namespace
