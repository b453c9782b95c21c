#include "knobs/disk_scheduler.hpp"

#include "core/parse.hpp"

#include <string>

namespace hostlease {

namespace {
std::string_view scheduler_of(std::string_view value) { return value.substr(0, value.find(' ')); }
} // namespace

bool same_disk_scheduler(std::string_view found, std::string_view wanted) {
    if (scheduler_of(found) != scheduler_of(wanted)) return false;
    const std::string words = " " + std::string(found) + " ";
    bool has_all = true;
    split(wanted, ' ',
          [&](std::string_view word) { has_all = has_all && words.find(" " + std::string(word) + " ") != std::string::npos; });
    return has_all;
}

bool may_become_disk_scheduler(std::string_view wrote, std::string_view found) {
    return scheduler_of(wrote) == scheduler_of(found);
}

} // namespace hostlease
