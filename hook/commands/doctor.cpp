#include "engine/doctor/doctor.hpp"

#include "command.hpp"

namespace hostlease {

namespace {
struct Told {
    std::string_view check;
    DoctorLine line;
};

std::string text_of(const Told& told) {
    std::string text =
        "[" + std::string(to_text(told.line.verdict)) + "] " + std::string(told.check) + ": " + told.line.what + "\n";
    if (!told.line.fix.empty()) text += "       fix: " + told.line.fix + "\n";
    return text;
}

TomlNode node_of(const Told& told) {
    TomlTable row;
    put(row, "check", told.check);
    put(row, "verdict", to_text(told.line.verdict));
    put(row, "what", told.line.what);
    put(row, "fix", told.line.fix);
    return {std::move(row), {}};
}
} // namespace

ExitCode run_doctor(Host& host, const CommandOptions& options) {
    const auto facts = gather_doctor_facts(host, options.root == "/" ? libvirt_version() : 0);
    auto code = ExitCode::done;
    TomlArray rows;
    for (const auto& check : doctor_checks())
        for (const auto& line : check.look(facts)) {
            if (line.verdict == Readiness::fail) code = ExitCode::findings;
            if (options.json)
                rows.push_back(node_of({check.name, line}));
            else
                print(text_of({check.name, line}));
        }
    if (!options.json) return code;
    TomlTable table;
    put(table, "checks", std::move(rows));
    print(to_json({std::move(table), {}}));
    return code;
}

} // namespace hostlease
