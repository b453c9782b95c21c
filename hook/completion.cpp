#include "completion.hpp"

#include "commands/libvirt_statistics.hpp"
#include "engine/policy_store.hpp"
#include "help.hpp"
#include "host/linux_host.hpp"
#include "knobs/knob.hpp"

#include <algorithm>
#include <optional>

namespace hostlease {

namespace {
std::string line(std::string_view word, std::string_view description = {}) {
    return std::string(word) + "\t" + std::string(description) + "\n";
}

const Option* find_option(const OptionList& list, std::string_view name) {
    for (const auto& option : list.options())
        if (option.name == name) return &option;
    return nullptr;
}

/// The complete words after a verb: its own words, and the values of its options.
struct Given {
    const OptionList& list;
    std::size_t words = 0;
    const Option* open = nullptr; // the option that expects a value
    std::string root = "/";
    std::string connect = {};

    void take(const std::string& word) {
        if (open != nullptr) {
            take_value(open->name, word);
            open = nullptr;
        } else if (!word.starts_with('-') || word == "-") {
            ++words;
        } else if (const auto equals = word.find('='); equals != std::string::npos) {
            take_value(word.substr(0, equals), word.substr(equals + 1));
        } else if (const Option* option = find_option(list, word);
                   option != nullptr && option->value == Option::Value::required) {
            open = option;
        }
    }

    void take_value(std::string_view option, const std::string& value) {
        if (option == "--root") root = value;
        if (option == "--connect") connect = value;
    }
};

std::string policies_text(const std::string& root) {
    const auto host = LinuxHost::open(root);
    if (!host) return "";
    std::string text;
    for (const auto* directory : {admin_policies, shipped_policies})
        for (const auto& path : policy_files(**host, directory).value_or(std::vector<std::string>{})) {
            const auto name = path.substr(path.rfind('/') + 1);
            text += line(name.substr(0, name.rfind('.')), directory);
        }
    return text;
}

std::string candidates_text(const Candidates& candidates, const Given& given) {
    std::string text;
    for (const auto& word : candidates.words)
        text += line(word);
    for (const auto source : candidates.sources)
        switch (source) {
        case Candidates::Source::domains:
            for (const auto& name : domain_names(given.connect).value_or(std::vector<std::string>{}))
                text += line(name, "domain");
            break;
        case Candidates::Source::policies: text += policies_text(given.root); break;
        case Candidates::Source::keys:
            for (const auto& spec : policy_keys())
                text += line(spec.key, spec.summary);
            break;
        case Candidates::Source::files: text += line("", "files"); break;
        case Candidates::Source::folders: text += line("", "folders"); break;
        }
    return text;
}

std::string options_text(const OptionList& list) {
    std::string text = line("--help", help_option);
    for (const auto& option : list.options())
        text += line(option.name, option.help);
    return text;
}
} // namespace

std::string completion_text(std::span<const Verb* const> verbs, const std::vector<std::string>& words) {
    std::string text;
    if (words.size() < 2) {
        for (const Verb* verb : verbs)
            text += line(verb->name, verb->summary);
        return text;
    }
    const auto verb =
        std::find_if(verbs.begin(), verbs.end(), [&](const Verb* one) { return words[0] == one->name; });
    if (verb == verbs.end()) return "";
    OptionList list;
    const Run owner = (*verb)->add(list);
    Given given{list};
    std::for_each(words.begin() + 1, words.end() - 1, [&](const auto& word) { given.take(word); });
    if (given.open != nullptr) return candidates_text(given.open->candidates, given);
    if (words.back().starts_with('-')) return options_text(list);
    const auto& positions = list.words().candidates;
    if (given.words >= list.words().most || positions.empty()) return "";
    return candidates_text(positions[std::min(given.words, positions.size() - 1)], given);
}

} // namespace hostlease
