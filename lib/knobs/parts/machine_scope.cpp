#include "knobs/parts/machine_scope.hpp"

namespace hostlease {

namespace {
constexpr std::size_t longest_name = 64;

bool is_letter_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/// Appends what libvirt keeps of a domain's name: letters, digits, and single '.' or '-' between them.
void append_valid(std::string& machine, std::string_view name) {
    bool may_separate = false;
    for (const char c : name) {
        if (machine.size() >= longest_name) break;
        const bool is_separator = c == '.' || c == '-';
        if (is_separator ? !may_separate : !is_letter_or_digit(c)) continue;
        machine += c;
        may_separate = !is_separator;
    }
    machine.erase(machine.find_last_not_of("-.") + 1);
}

/// Escapes '-', which separates levels of the hierarchy in unit names.
std::string escaped(std::string_view machine) {
    std::string name;
    for (const char c : machine)
        name += c == '-' ? std::string("\\x2d") : std::string(1, c);
    return name;
}
} // namespace

std::string machine_scope(const Domain& domain) {
    std::string machine = "qemu-" + (domain.id ? std::to_string(*domain.id) : std::string("*")) + '-';
    append_valid(machine, domain.name);
    return "machine-" + escaped(machine) + ".scope";
}

} // namespace hostlease
