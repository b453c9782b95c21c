#include "advice/audit/rule.hpp"
#include "command.hpp"
#include "core/parse.hpp"
#include "host/linux_host.hpp"
#include "verb.hpp"

namespace hostlease {

void OptionList::flag(std::string name, bool& value, std::string help) {
    add({std::move(name),
         Option::Value::none,
         {},
         std::move(help),
         {},
         [&value](const std::string&) -> Status {
             value = true;
             return {};
         }});
}

void OptionList::text(std::string name, std::string value_name, std::string& value, std::string help,
                      Candidates candidates) {
    add({std::move(name), Option::Value::required, std::move(value_name), std::move(help),
         std::move(candidates), [&value](const std::string& text) -> Status {
             value = text;
             return {};
         }});
}

std::string OptionList::joined(const std::vector<std::string>& words, std::string_view last) {
    std::string text;
    for (std::size_t at = 0; at < words.size(); ++at)
        text += std::string(at == 0 ? "" : at + 1 == words.size() ? last : ", ") + words[at];
    return text;
}

void add_root(OptionList& list, std::string& root) {
    list.text("--root", "DIR", root, "directory to use as the host's root (default: /)",
              {.sources = {Candidates::Source::folders}});
}

void add_json(OptionList& list, bool& json) { list.flag("--json", json, "print JSON"); }

void add_connect(OptionList& list, std::string& uri) {
    list.text("--connect", "URI", uri, "libvirt connection (default: qemu:///system)");
}

void add_policy(OptionList& list, std::string& policy) {
    list.text("--policy", "NAME|FILE", policy, "policy to use instead of the matching one",
              {.sources = {Candidates::Source::policies, Candidates::Source::files}});
}

void add_dry_run(OptionList& list, bool& dry_run) {
    list.flag("--dry-run", dry_run, "show what would change and write nothing");
}

void add_guest(OptionList& list, const char* name, std::optional<Guest>& guest) {
    list.choice(name, "SYSTEM", guest, "guest system",
                std::vector<std::pair<std::string, Guest>>{{"windows", Guest::windows},
                                                           {"linux", Guest::linux},
                                                           {"macos", Guest::macos},
                                                           {"other", Guest::other}},
                "from the XML");
}

namespace {
struct OutputFlag {
    Output output;
    const char* name;
    const char* help;
};
constexpr OutputFlag output_flags[] = {{Output::json, "--json", "print JSON"},
                                       {Output::sarif, "--sarif", "print SARIF 2.1.0"},
                                       {Output::markdown, "--markdown", "print Markdown"}};

const OutputFlag& flag_of(Output output) {
    for (const auto& flag : output_flags)
        if (flag.output == output) return flag;
    return output_flags[0];
}
} // namespace

void add_output(OptionList& list, Output& output, const std::vector<Output>& outputs) {
    const auto first = std::make_shared<const char*>(nullptr);
    for (const auto one : outputs) {
        const OutputFlag& flag = flag_of(one);
        list.add({flag.name,
                  Option::Value::none,
                  {},
                  flag.help,
                  {},
                  [&output, &flag, first](const std::string&) -> Status {
                      if (*first != nullptr)
                          return fail(ErrorKind::usage, std::string("contradicts ") + *first);
                      *first = flag.name;
                      output = flag.output;
                      return {};
                  }});
    }
}

Result<unsigned> parse_seconds(const std::string& text, unsigned most) {
    const auto seconds = parse_integer<unsigned>(text);
    if (seconds && *seconds >= 1 && *seconds <= most) return *seconds;
    return fail(ErrorKind::usage,
                "'" + text + "' is not a number of seconds from 1 to " + std::to_string(most));
}

void add_seconds(OptionList& list, unsigned& seconds, const std::string& help) {
    list.value("--seconds", "SECONDS", seconds, help,
               [](const std::string& text) { return parse_seconds(text, longest_measuring); });
}

ExitCode run_on_host(const std::string& root, const std::function<ExitCode(Host& host)>& run) {
    const auto host = LinuxHost::open(root);
    if (host) return run(**host);
    complain(host.error());
    return ExitCode::bad_input;
}

} // namespace hostlease
