#include "doctor/doctor.hpp"

#include "command.hpp"

namespace hostlease {

namespace {
struct Options {
    std::string root = "/";
    bool json = false;
};

std::string text_of(std::string_view check, const DoctorLine& line) {
    std::string text =
        "[" + std::string(to_text(line.verdict)) + "] " + std::string(check) + ": " + line.what + "\n";
    if (!line.fix.empty()) text += "       fix: " + line.fix + "\n";
    return text;
}

Value node_of(std::string_view check, const DoctorLine& line) {
    ValueTable row;
    put(row, "check", check);
    put(row, "verdict", to_text(line.verdict));
    put(row, "what", line.what);
    put(row, "fix", line.fix);
    return {std::move(row), {}};
}

ExitCode run(Host& host, const Options& options) {
    const auto facts = gather_doctor_facts(host, options.root == "/" ? libvirt_version() : 0);
    auto code = ExitCode::done;
    ValueArray rows;
    for (const auto& check : doctor_checks())
        for (const auto& line : check.look(facts)) {
            if (line.verdict == Readiness::fail) code = ExitCode::findings;
            if (options.json)
                rows.push_back(node_of(check.name, line));
            else
                print(text_of(check.name, line));
        }
    if (!options.json) return code;
    ValueTable table;
    put(table, "checks", std::move(rows));
    print(to_json({std::move(table), {}}));
    return code;
}

void add_options(OptionList& list, Options& options) { add_json(list, options.json); }
} // namespace

extern constinit const Verb verb_doctor{
    .name = "doctor",
    .category = Category::set_up,
    .summary = "Check whether this host is ready, and say how to fix what is not",
    .details = "Exit code 3 if a check fails.",
    .words = "",
    .example = "hostlease doctor",
    .add = bind<Options, add_options, run>,
};

} // namespace hostlease
