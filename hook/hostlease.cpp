// hostlease: the admin command that complements the hook.
#include "commands/command.hpp"
#include "completion.hpp"
#include "core/diagnostic.hpp"
#include "core/version.hpp"
#include "help.hpp"
#include "verb_list.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <exception>
#include <string>
#include <string_view>

namespace {
using namespace hostlease;

const Verb* find_verb(std::string_view name) {
    const auto* const found = std::find_if(verb_list.begin(), verb_list.end(),
                                           [&](const Verb* verb) { return name == verb->name; });
    return found == verb_list.end() ? nullptr : *found;
}

ExitCode unknown_verb(const std::string& word) {
    std::array<std::string_view, verb_list.size()> names;
    std::transform(verb_list.begin(), verb_list.end(), names.begin(),
                   [](const Verb* verb) { return verb->name; });
    const auto meant = nearest_word(word, names);
    complain("hostlease: unknown verb '" + word + "'\n  hint: " +
             (meant.empty() ? "`hostlease --help` lists the verbs" : "did you mean '" + meant + "'?"));
    return ExitCode::bad_input;
}

/// The command line of one verb: CLI11 splits it, then the options of the list take their values in the
/// list's order.
class VerbLine {
  public:
    explicit VerbLine(const Verb& verb) : verb_(verb), run_(verb.add(list_)) {
        for (const auto& option : list_.options())
            given_.push_back(
                (option.value == Option::Value::required
                     ? app_.add_option(option.name)->type_name(option.value_name)
                     : app_.add_flag(option.name))
                    ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)); // take() refuses a second value
        if (const auto& words = list_.words(); words.most > 0)
            app_.add_option("words", *words.values)->expected(0, static_cast<int>(any_number));
    }

    /// `words` are those after the verb.
    ExitCode run(std::vector<std::string> words) {
        std::reverse(words.begin(), words.end()); // CLI11 expects this order
        try {
            app_.parse(std::move(words));
        } catch (const CLI::CallForHelp&) {
            print(help_text(verb_, list_));
            return ExitCode::done;
        } catch (const CLI::ExtrasError&) {
            return refuse(unexpected(app_.remaining().front()));
        } catch (const CLI::ArgumentMismatch& error) {
            return refuse(needs_value(error.what()));
        } catch (const CLI::ParseError& error) {
            return refuse(error.what());
        }
        for (std::size_t at = 0; at < given_.size(); ++at)
            if (const auto status = take(list_.options()[at], *given_[at]); !status)
                return refuse(list_.options()[at].name + ": " + status.error().message);
        const auto& [least, most, values, candidates] = list_.words();
        if (values != nullptr && values->size() < least)
            return refuse(std::string(verb_.name) + " needs " + verb_.words);
        if (values != nullptr && values->size() > most)
            return refuse("unexpected argument '" + (*values)[most] + "'");
        return run_();
    }

  private:
    static Status take(const Option& option, const CLI::Option& given) {
        if (given.count() == 0) return {};
        const std::string& value = given.results().front();
        if (option.value == Option::Value::required) {
            if (given.count() > 1) return fail(ErrorKind::usage, "given more than once");
            return option.take(value);
        }
        const bool has_value = value != "true"; // CLI11's word for a switch without a value
        if (has_value && option.value == Option::Value::none) return fail(ErrorKind::usage, "takes no value");
        return option.take(has_value ? value : "");
    }

    /// CLI11's text is "--xml: 1 required FILE missing".
    [[nodiscard]] std::string needs_value(const std::string& text) const {
        for (const auto& option : list_.options())
            if (text.starts_with(option.name + ":"))
                return option.name + " needs a value: " + option.name + " " + option.value_name;
        return text;
    }

    [[nodiscard]] std::string unexpected(const std::string& word) const {
        if (!word.starts_with('-')) return "unexpected argument '" + word + "'";
        const std::string name = word.substr(0, word.find('='));
        std::vector<std::string_view> known{"--help"};
        for (const auto& option : list_.options())
            known.emplace_back(option.name);
        const auto meant = nearest_word(name, known);
        return "unknown option '" + name + "'" +
               (meant.empty() ? "" : "\n  hint: did you mean '" + meant + "'?");
    }

    [[nodiscard]] ExitCode refuse(const std::string& message) const {
        const bool has_hint = message.find("\n  hint: ") != std::string::npos;
        complain("hostlease: " + message + (has_hint ? "" : help_hint(verb_.name)));
        return ExitCode::bad_input;
    }

    const Verb& verb_;
    OptionList list_;
    Run run_;
    CLI::App app_;
    std::vector<CLI::Option*> given_; // one for each option of the list
};

/// Handles a command line without a verb.
ExitCode run_alone(const std::vector<std::string>& words) {
    const std::string word = words.empty() ? "" : words.front();
    if (word == "--help" || word == "-h")
        print(help_text(verb_list));
    else if (word == "--version")
        print("hostlease " + std::string(program_version) + "\n");
    else {
        const bool is_known = word.empty() || word.starts_with("--root");
        complain("hostlease: " + (is_known ? "a verb is missing" : "unknown option '" + word + "'") +
                 "\n  hint: `hostlease --help` lists the verbs");
        return ExitCode::bad_input;
    }
    return ExitCode::done;
}

/// The first word that is not an option. A word after an option may be its value, unless it is a verb; none
/// if every word is the value of --root.
std::vector<std::string>::iterator find_verb_word(std::vector<std::string>& words) {
    const auto is_word = [](const std::string& one) { return !one.starts_with('-'); };
    const auto first = std::find_if(words.begin(), words.end(), is_word);
    for (auto word = first; word != words.end(); ++word)
        if (is_word(*word) &&
            (find_verb(*word) != nullptr || word == words.begin() || is_word(*std::prev(word))))
            return word;
    return words.size() == 2 && words[0] == "--root" ? words.end() : first;
}

ExitCode run(std::vector<std::string> words) {
    if (!words.empty() && words.front() == completion_verb) {
        print(completion_text(verb_list, {words.begin() + 1, words.end()}));
        return ExitCode::done;
    }
    const auto word = find_verb_word(words);
    if (word == words.end()) return run_alone(words);
    const Verb* verb = find_verb(*word);
    if (verb == nullptr) return unknown_verb(*word);
    words.erase(word);
    return VerbLine(*verb).run(std::move(words));
}
} // namespace

int main(int argc, char** argv) {
    try {
        const auto code = run({argv + 1, argv + argc});
        return static_cast<int>(hostlease::flush_output() ? code : hostlease::ExitCode::failed);
    } catch (const std::exception& exception) {
        hostlease::complain(std::string("hostlease: unexpected: ") + exception.what());
        return static_cast<int>(hostlease::ExitCode::failed);
    }
}
