// hostlease: the admin command beside the hook.
#include "audit/rule.hpp"
#include "commands/command.hpp"
#include "core/diagnostic.hpp"
#include "host/linux_host.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <exception>
#include <memory>
#include <string>
#include <string_view>

namespace {
using namespace hostlease;

constexpr std::array<Command, 20> commands{{
    {"plan", "[DOMAIN]", "rjxpc", "Show what a start of the domain would change on this host, and why; writes nothing.",
     "hostlease plan --xml win11.xml --policy win11.toml", run_plan},
    {"audit", "DOMAIN|FILE.xml", "rjpca",
     "Hold a domain's XML, and this host, against what the tuning guides ask for; exit code 3 when something is found.",
     "hostlease audit win11.xml --cpu intel", run_audit},
    {"suggest", "DOMAIN|FILE.xml", "rjcg",
     "Show what the tuning guides would change in a domain's XML on this host, as a diff; write or define it.",
     "hostlease suggest win11 --vcpus 8 --define", run_suggest},
    {"check", "[FILE...]", "rj", "Check policy files; all of this host's when none is named.",
     "hostlease check /etc/hostlease/win11.toml", run_check},
    {"doctor", "", "rj", "Tell whether this host is ready, and what to do where it is not; exit code 3 when something fails.",
     "hostlease doctor", run_doctor},
    {"status", "[DOMAIN...]", "rjw", "Show who holds what: CPUs, pages, knobs, since when; drift, and how long starts took.",
     "hostlease status win11", run_status},
    {"map", "", "rs", "Draw whose CPU is whose and how full the huge page pools are.", "hostlease map --svg host.svg", run_map},
    {"metrics", "", "ro", "Print leases, pages, drift, durations and failures for Prometheus.",
     "hostlease metrics --output /var/lib/prometheus/node-exporter/hostlease.prom", run_metrics},
    {"log", "[DOMAIN]", "rjt", "Show the last calls of the hook out of the journal: what each did, and how long it took.",
     "hostlease log win11 --since 2h", run_log},
    {"explain", "DOMAIN|KNOB [TARGET]", "rj", "Tell why each value is what it is: who asks for what, and who wrote it last.",
     "hostlease explain memory.swappiness", run_explain},
    {"report", "DOMAIN", "rjcb",
     "Measure a running VM and say how it is set up; with an earlier report, exit code 3 when something has become worse.",
     "hostlease report win11 --baseline win11.json", run_report},
    {"measure", "[DOMAIN]", "rjcm",
     "Measure what disturbs CPUs now: a VM's beside the host's, those of --cpus, or all; with an earlier measurement, both.",
     "hostlease measure win11 --baseline before.json", run_measure},
    {"verify", "", "rj", "Compare the host with the leases; exit code 3 when something differs.", "hostlease verify", run_verify},
    {"apply", "[DOMAIN]", "rjxpcn", "Bring a running VM's lease to what its policy says now; all of it or nothing.",
     "hostlease apply win11 --dry-run", run_apply},
    {"reconcile", "", "rjn", "Give back what VMs that are gone still hold, and finish interrupted changes.",
     "hostlease reconcile", run_reconcile},
    {"release", "[DOMAIN...]", "rjfn", "Give back the leases of these domains, or of all; not while a VM runs, unless forced.",
     "hostlease release win11", run_release},
    {"policy", "list | keys | show NAME", "rj",
     "List policies, or the keys that they may have, or show one with its bases merged in and where each value comes from.",
     "hostlease policy show low-latency", run_policy},
    {"hook", "NAME OPERATION SUBOPERATION EXTRA", "rv", "Run the hook's own code as libvirt would; domain XML on standard input.",
     "hostlease hook --root /tmp/tree win11 prepare begin - < win11.xml", run_hook_verb},
    {"install-hook", "[PROGRAM]", "r", "Put the hook where libvirt finds it, beside anybody else's, and tell libvirt's daemon.",
     "hostlease install-hook", run_install_hook},
    {"uninstall-hook", "", "rf", "Put the host back and take the hook away; not while a VM holds a lease, unless forced.",
     "hostlease uninstall-hook", run_uninstall_hook},
}};

/// Shows a verb's words as its table row has them.
class VerbHelp : public CLI::Formatter {
  public:
    explicit VerbHelp(const char* words) : words_(words) {}

    std::string make_usage(const CLI::App*, std::string name) const override {
        return "Usage: " + name + " [OPTIONS]" + (words_.empty() ? "" : " ") + words_ + "\n";
    }
    std::string make_positionals(const CLI::App*) const override { return {}; }

  private:
    std::string words_;
};

/// One of these words; the help names them where it names the option.
CLI::Validator one_of(const std::vector<std::string>& words) { return CLI::IsMember(words).description(""); }

void add_audit_options(CLI::App& verb, CommandOptions& options) {
    const auto names = all_symptoms();
    const std::vector<std::string> symptoms(names.begin(), names.end());
    verb.add_option("--guest", options.guest, "windows, linux, macos or other: the guest's system, where the XML does not tell")
        ->type_name("SYSTEM")
        ->check(one_of({"windows", "linux", "macos", "other"}));
    verb.add_option("--cpu", options.cpu, "intel or amd: the CPU's vendor, where neither host nor XML tells")
        ->type_name("VENDOR")
        ->check(one_of({"intel", "amd"}));
    verb.add_option("--symptom", options.symptom, "only what this may come from: " + CLI::detail::join(symptoms, ", "))
        ->type_name("SYMPTOM")
        ->check(one_of(symptoms));
    verb.add_flag("--host", options.host, "look at this host as well; the default for a DOMAIN");
    verb.add_flag("--no-host", options.no_host, "look at the XML only; the default for a FILE.xml");
    verb.add_flag("--sarif", options.sarif, "print SARIF 2.1.0");
    verb.add_flag("--markdown", options.markdown, "print Markdown");
}

void add_suggest_options(CLI::App& verb, CommandOptions& options) {
    verb.add_option("--vcpus", options.vcpus, "as many vCPUs; without it as many as it has")->type_name("N");
    verb.add_option("--memory", options.memory, "as much memory, such as 8GiB; without it as much as it has")->type_name("SIZE");
    verb.add_option("--for", options.guest, "windows, linux, macos or other: the guest's system, where the XML does not tell")
        ->type_name("SYSTEM")
        ->check(one_of({"windows", "linux", "macos", "other"}));
    verb.add_option("--prefer", options.prefer,
                    "cache or frequency: what the VM's cores are to have where they differ in both (default: cache)")
        ->type_name("WHAT")
        ->check(one_of({"cache", "frequency"}));
    verb.add_option("--set", options.set, "only these, apart by commas, of " + suggest_groups())->type_name("GROUPS");
    verb.add_option("--write", options.write, "write the whole new XML there, - for standard output")->type_name("FILE");
    verb.add_flag("--check", options.check, "have libvirt check the new XML: its schema, and QEMU's command line");
    verb.add_flag("--define", options.define, "give it to libvirt, after a question; the former definition is kept in a file");
    verb.add_flag("--yes", options.yes, "define it without a question");
}

void add_report_options(CLI::App& verb, CommandOptions& options) {
    verb.add_option("--baseline", options.baseline, "an earlier report's JSON to compare with, - for standard input")
        ->type_name("FILE");
    verb.add_flag("--markdown", options.markdown, "print Markdown, which is the default");
    verb.add_option("--seconds", options.seconds, "how long to measure, 1 to 3600; default 5")->type_name("SECONDS");
}

void add_measure_options(CLI::App& verb, CommandOptions& options) {
    verb.add_option("--cpus", options.cpus, "CPUs to measure, 2-5,7")->type_name("CPUS");
    verb.add_option("--seconds", options.seconds, "how long each of the three parts takes, 1 to 3600; default 5")
        ->type_name("SECONDS");
    verb.add_flag("--load", options.load, "keep the other CPUs busy meanwhile, with hackbench");
    verb.add_option("--baseline", options.baseline, "an earlier measurement's JSON to show beside it, - for standard input")
        ->type_name("FILE");
    verb.add_option("--svg", options.svg, "draw the histograms")->type_name("FILE");
    verb.add_flag("--force", options.force, "busy loops and real-time threads on the CPUs of running VMs as well");
}

void add_options(CLI::App& verb, const Command& command, CommandOptions& options) {
    const std::string_view letters = command.options;
    const auto takes = [&](char letter) { return letters.find(letter) != std::string_view::npos; };
    if (takes('r'))
        verb.add_option("--root", options.root, "directory to use in place of / for /sys, /proc, /run, /etc and /usr/share")
            ->type_name("DIR");
    if (takes('j')) verb.add_flag("--json", options.json, "print JSON");
    if (takes('x')) verb.add_option("--xml", options.xml, "domain XML, - for standard input")->type_name("FILE");
    if (takes('p'))
        verb.add_option("--policy", options.policy, "policy to use, by name or file, whatever matches")->type_name("NAME|FILE");
    if (takes('c'))
        verb.add_option("--connect", options.connect, "libvirt to ask for the domain; default qemu:///system")->type_name("URI");
    if (takes('f')) verb.add_flag("--force", options.force, "even while the VM runs");
    if (takes('n')) verb.add_flag("--dry-run", options.dry_run, "show what would change, and write nothing");
    if (takes('v')) verb.add_flag("--verbose", options.verbose, "print on standard error what would go to the journal");
    if (takes('s')) verb.add_option("--svg", options.svg, "draw a picture with hwloc's lstopo")->type_name("FILE");
    if (takes('o')) {
        verb.add_option("--output", options.output, "file to replace as a whole, for node_exporter's textfile collector")
            ->type_name("FILE");
        verb.add_flag("--openmetrics", options.openmetrics,
                      "as OpenMetrics, not Prometheus' older text, which that collector reads");
    }
    if (takes('t'))
        verb.add_option("--since", options.since, "2h, 3d, today or 2026-11-21 09:30; without it the last 40 calls")
            ->type_name("TIME");
    if (takes('w')) verb.add_flag("--watch", options.watch, "again every 2 seconds, or =SECONDS, until interrupted");
    if (takes('a')) add_audit_options(verb, options);
    if (takes('g')) add_suggest_options(verb, options);
    if (takes('b')) add_report_options(verb, options);
    if (takes('m')) add_measure_options(verb, options);
    if (*command.words != '\0') verb.add_option("words", options.words);
    verb.group("Verbs");
    verb.formatter(std::make_shared<VerbHelp>(command.words));
    verb.footer("Example:\n  " + std::string(command.example));
}

const Command* find_command(std::string_view name) {
    const auto* const found =
        std::find_if(commands.begin(), commands.end(), [&](const Command& command) { return name == command.name; });
    return found == commands.end() ? nullptr : found;
}

/// Names the verb that was meant, where CLI11 would only say that one is missing.
ExitCode unknown_verb(const std::string& word) {
    std::array<std::string_view, commands.size()> names;
    std::transform(commands.begin(), commands.end(), names.begin(), [](const Command& command) { return command.name; });
    const auto meant = nearest_word(word, names);
    complain("hostlease: there is no verb '" + word +
             "'\n  hint: " + (meant.empty() ? "`hostlease --help` shows the verbs" : "did you mean '" + meant + "'?"));
    return ExitCode::bad_input;
}

std::string command_line_error(const CLI::App* app, const CLI::Error& error) {
    const auto verbs = app->get_subcommands();
    const std::string help = "hostlease " + (verbs.empty() ? "" : verbs.back()->get_name() + " ") + "--help";
    std::string message = verbs.empty() && error.get_exit_code() == static_cast<int>(CLI::ExitCodes::RequiredError)
                              ? "a verb is missing"
                              : error.what();
    if (message.starts_with("The ")) message.front() = 't';
    return "hostlease: " + message + "\n  hint: `" + help + "` shows what it takes\n";
}

int run(int argc, char** argv) {
    CLI::App app("Leases huge pages and other host resources to libvirt VMs, and puts the host back.", "hostlease");
    app.set_version_flag("--version", std::string("hostlease ") + HOSTLEASE_VERSION);
    app.require_subcommand(1);
    app.get_formatter()->label("SUBCOMMAND", "VERB");
    app.failure_message(command_line_error);
    app.footer("Exit codes: 0 done, 1 refused or failed, 2 bad input, 3 drift or findings.\n`hostlease VERB --help` explains a "
               "verb with an example.");
    if (argc > 1 && argv[1][0] != '-' && find_command(argv[1]) == nullptr) return static_cast<int>(unknown_verb(argv[1]));
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
    const auto code = chosen->run(**host, options);
    return static_cast<int>(flush_output() ? code : ExitCode::failed);
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
