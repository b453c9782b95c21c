// hostlease: the admin command beside the hook.
#include "commands/command.hpp"
#include "host/linux_host.hpp"

#include <CLI/CLI.hpp>
#include <array>
#include <exception>
#include <string>
#include <string_view>

namespace {
using namespace hostlease;

constexpr std::array<Command, 8> commands{{
    {"plan", "[DOMAIN]", "rjxpc", "Show what a start of the domain would change on this host, and why; writes nothing.",
     "hostlease plan --xml win11.xml --policy win11.toml", run_plan},
    {"check", "[FILE...]", "rj", "Check policy files; all of this host's when none is named.", "hostlease check /etc/hostlease/win11.toml", run_check},
    {"status", "", "rj", "Show who holds what: leases, pages, knobs, drift.", "hostlease status --json", run_status},
    {"verify", "", "rj", "Compare the host with the leases; exit code 3 when something differs.", "hostlease verify", run_verify},
    {"reconcile", "", "rj", "Give back what VMs that are gone still hold, and finish interrupted changes.", "hostlease reconcile", run_reconcile},
    {"release", "[DOMAIN...]", "rjf", "Give back the leases of these domains, or of all; not while a VM runs, unless forced.", "hostlease release win11",
     run_release},
    {"policy", "list | show NAME", "rj", "List policies, or show one with its bases merged in and where each value comes from.",
     "hostlease policy show low-latency", run_policy},
    {"hook", "NAME OPERATION SUBOPERATION EXTRA", "rv", "Run the hook's own code as libvirt would; domain XML on standard input.",
     "hostlease hook --root /tmp/tree win11 prepare begin - < win11.xml", run_hook_verb},
}};

void add_options(CLI::App& verb, const Command& command, CommandOptions& options) {
    const std::string_view letters = command.options;
    const auto takes = [&](char letter) { return letters.find(letter) != std::string_view::npos; };
    if (takes('r')) verb.add_option("--root", options.root, "directory to use in place of / for /sys, /proc, /run, /etc and /usr/share")->type_name("DIR");
    if (takes('j')) verb.add_flag("--json", options.json, "print JSON");
    if (takes('x')) verb.add_option("--xml", options.xml, "domain XML, - for standard input")->type_name("FILE");
    if (takes('p')) verb.add_option("--policy", options.policy, "policy to use, by file or name, whatever matches")->type_name("FILE");
    if (takes('c')) verb.add_option("--connect", options.connect, "libvirt to ask for the domain; qemu:///system")->type_name("URI");
    if (takes('f')) verb.add_flag("--force", options.force, "even while the VM runs");
    if (takes('v')) verb.add_flag("--verbose", options.verbose, "print what would go to the journal on standard error");
    if (*command.words != '\0') verb.add_option("words", options.words, "")->type_name(command.words)->group("");
    verb.footer("Example:\n  " + std::string(command.example));
}

int run(int argc, char** argv) {
    CLI::App app("Leases huge pages and other host resources to libvirt VMs, and puts the host back.", "hostlease");
    app.set_version_flag("--version", std::string("hostlease ") + HOSTLEASE_VERSION);
    app.require_subcommand(1);
    app.footer("Exit codes: 0 done, 1 refused or failed, 2 bad input, 3 drift or findings.\n`hostlease VERB --help` explains a verb with an example.");
    CommandOptions options;
    const Command* chosen = nullptr;
    for (const auto& command : commands) {
        CLI::App* verb = app.add_subcommand(command.name, command.summary);
        add_options(*verb, command, options);
        verb->callback([&chosen, &command] { chosen = &command; });
    }
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : static_cast<int>(ExitCode::bad_input);
    }
    const auto host = LinuxHost::open(options.root);
    if (!host) {
        complain(host.error());
        return static_cast<int>(ExitCode::bad_input);
    }
    return static_cast<int>(chosen->run(**host, options));
}
} // namespace

int main(int argc, char** argv) {
    try {
        return run(argc, argv);
    } catch (const std::exception& exception) {
        hostlease::complain(std::string("hostlease: unexpected: ") + exception.what());
        return static_cast<int>(hostlease::ExitCode::failed);
    }
}
