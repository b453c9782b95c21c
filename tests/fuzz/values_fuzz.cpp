// Small texts: CPU sets, sizes, times, pools, commands. A parsed value is printed, and the result has the
// same meaning.
#include "core/cpu_set.hpp"
#include "core/units.hpp"
#include "fuzz.hpp"
#include "model/admin_command.hpp"
#include "model/host_facts.hpp"
#include "model/lease.hpp"
#include "read/xml_element.hpp"

using namespace hostlease;
using namespace hostlease::fuzz;

namespace {
void check_cpus(const std::string& text) {
    if (const auto cpus = parse_cpu_list(text)) {
        require(parse_cpu_list(to_list(*cpus)) == *cpus, "a CPU list comes back", to_list(*cpus));
        require(parse_cpu_mask(to_mask(*cpus)) == *cpus, "a list comes back as a mask", to_mask(*cpus));
        require(cpus->count() == cpus->members().size() && cpus->empty() == (cpus->count() == 0),
                "a set counts its members");
        require((*cpus - *cpus).empty() && (*cpus & *cpus) == *cpus && cpus->is_subset_of(*cpus),
                "sets are sets");
    }
    if (const auto cpus = parse_cpu_mask(text))
        require(parse_cpu_mask(to_mask(*cpus)) == *cpus, "a CPU mask comes back", to_mask(*cpus));
}

void check_quantities(const std::string& text) {
    if (const auto size = parse_size(text)) {
        require(parse_size(format_size(*size)) == *size, "a size comes back", format_size(*size));
        require(!format_size_short(*size).empty(), "a size can be shown");
    }
    if (const auto time = parse_time(text)) {
        require(parse_time(format_time(*time)) == *time, "a time comes back", format_time(*time));
        require(is_printable(format_duration(*time)), "a time can be shown");
    }
    if (const auto scale = libvirt_unit(text)) require(*scale > 0, "a unit is something", text);
}

void check_names(const std::string& text) {
    if (const auto pool = parse_pool_id(text))
        require(parse_pool_id(to_text(*pool)) == *pool, "a pool comes back", to_text(*pool));
    if (const auto command = parse_command(text)) {
        const auto again = parse_command(to_text(*command));
        require(again && again->run == command->run && again->undo == command->undo &&
                    again->deadline == command->deadline && again->domain == command->domain,
                "a command comes back", to_text(*command));
    }
    const auto half = text.size() / 2;
    const auto left = text.substr(0, half);
    const auto right = text.substr(half);
    require(same_value(text, text) && same_value(left, right) == same_value(right, left),
            "values are equal both ways", text);
}

/// The two readers of UTF-8, for TOML and for XML, agree.
void check_unicode(const std::string& text) {
    const auto fault = check_xml_text("<a>" + text + "</a>");
    if (fault && fault->message == "not UTF-8")
        require(find_invalid_utf8(text).has_value(), "this is UTF-8", text);
    if (!fault) require(!find_invalid_utf8(text), "this is not UTF-8", text);
}
} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size);
    check_cpus(text);
    check_quantities(text);
    check_names(text);
    check_unicode(text);
    return 0;
}
