#include "engine/report.hpp"

namespace hostlease {

std::string to_text(const Deeds& deeds) {
    std::string text;
    const auto add = [&](std::uint64_t count, const std::string& what, const char* deed) {
        if (count == 0) return;
        text += (text.empty() ? "" : ", ") + std::to_string(count) + " " + what + (count == 1 ? " " : "s ") +
                deed;
    };
    add(deeds.pages_added, "page", "added");
    add(deeds.pages_given_back, "page", "returned");
    add(deeds.values_set, "value", "set");
    add(deeds.values_put_back, "value", "restored");
    return text;
}

} // namespace hostlease
