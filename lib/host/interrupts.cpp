#include "host/interrupts.hpp"

#include "core/parse.hpp"

namespace hostlease {

Result<std::optional<std::string>> interrupt_name(Host& host, unsigned number) {
    const std::string name = std::to_string(number);
    const std::string actions = TRY(host.read_line("/sys/kernel/irq/" + name + "/actions"));
    const auto first = trim(std::string_view(actions).substr(0, actions.find(',')));
    if (first.empty()) return std::optional<std::string>{};
    return std::optional(name + " " + std::string(first));
}

} // namespace hostlease
