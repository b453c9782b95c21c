// A verb of `hostlease`: its help, its options and its function. Each verb has a file of its own, and the
// list in hook/meson.build registers it.
#pragma once

#include "core/error.hpp"
#include "exit_code.hpp"
#include "host/host.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hostlease {

enum class Guest; // from advice/audit/rule.hpp

/// A shell's completion candidates for a word or for the value of an option: these words, and those of the
/// sources.
struct Candidates {
    enum class Source { domains, policies, keys, files, folders };
    std::vector<std::string> words = {};
    std::vector<Source> sources = {};
};

struct Option {
    enum class Value { none, optional, required };
    std::string name; // "--xml"
    Value value = Value::none;
    std::string value_name; // "FILE"
    std::string help;
    Candidates candidates;
    /// Takes the value as given, "" for a switch. ErrorKind::usage says what is wrong with the value; the
    /// caller names the option.
    std::function<Status(const std::string& value)> take;
};

/// The words after a verb that are not options.
struct Words {
    std::size_t least = 0;
    std::size_t most = 0;
    std::vector<std::string>* values = nullptr;
    std::vector<Candidates> candidates; // by position; the last one stands for all further words
};
inline constexpr std::size_t any_number = 1'000'000;

/// The options and words of a verb. The variables that they are bound to must outlive the list.
class OptionList {
  public:
    void add(Option option) { options_.push_back(std::move(option)); }
    void flag(std::string name, bool& value, std::string help);
    void text(std::string name, std::string value_name, std::string& value, std::string help,
              Candidates candidates = {});

    /// A value that `read` parses from the text; its error is of ErrorKind::usage.
    template <typename T, typename Read>
    void value(std::string name, std::string value_name, T& value, std::string help, Read read) {
        add({std::move(name),
             Option::Value::required,
             std::move(value_name),
             std::move(help),
             {},
             [&value, read](const std::string& text) -> Status {
                 value = TRY(read(text));
                 return {};
             }});
    }

    /// One of a few words. The help lists them after a colon, then the default, or "" for no default.
    template <typename T, typename Choice>
    void choice(std::string name, std::string value_name, T& value, const std::string& help,
                std::vector<std::pair<std::string, Choice>> choices, const std::string& by_default = {}) {
        std::vector<std::string> words;
        for (const auto& choice : choices)
            words.push_back(choice.first);
        add({std::move(name),
             Option::Value::required,
             std::move(value_name),
             help + ": " + joined(words, " or ") +
                 (by_default.empty() ? "" : " (default: " + by_default + ")"),
             {words},
             [&value, words, choices = std::move(choices)](const std::string& text) -> Status {
                 for (const auto& [word, meaning] : choices)
                     if (word == text) {
                         value = meaning;
                         return {};
                     }
                 return fail(ErrorKind::usage, "'" + text + "' is not one of " + joined(words, ", "));
             }});
    }

    void words(std::size_t least, std::size_t most, std::vector<std::string>& values,
               std::vector<Candidates> candidates) {
        words_ = {least, most, &values, std::move(candidates)};
    }

    [[nodiscard]] const std::vector<Option>& options() const { return options_; }
    [[nodiscard]] const Words& words() const { return words_; }

  private:
    /// "a, b" and `last` before the last word.
    static std::string joined(const std::vector<std::string>& words, std::string_view last);

    std::vector<Option> options_;
    Words words_;
};

/// Runs the verb with the parsed values of its options.
using Run = std::function<ExitCode()>;

enum class Category { look, advise, change, set_up };

struct Verb {
    const char* name;
    Category category;
    const char* summary; // a phrase that begins with a verb
    const char* details; // sentences for the verb's own help, or ""
    const char* words;   // the non-option words as in the usage line, or ""
    const char* example;
    /// Adds the verb's options to the list. The result owns the variables that they are bound to.
    Run (*add)(OptionList& list);
};

// Options that several verbs have.
void add_root(OptionList& list, std::string& root);
void add_json(OptionList& list, bool& json);
void add_connect(OptionList& list, std::string& uri);
void add_policy(OptionList& list, std::string& policy);
void add_dry_run(OptionList& list, bool& dry_run);
void add_guest(OptionList& list, const char* name, std::optional<Guest>& guest);

enum class Output { text, json, sarif, markdown };
/// A switch for each of these; no two may be combined.
void add_output(OptionList& list, Output& output, const std::vector<Output>& outputs);

/// A whole number of seconds from 1 to `most`. ErrorKind::usage.
Result<unsigned> parse_seconds(const std::string& text, unsigned most);
inline constexpr unsigned longest_measuring = 3600;
void add_seconds(OptionList& list, unsigned& seconds, const std::string& help);

/// Calls `run` for the host below `root`; prints an error if the host cannot be used.
ExitCode run_on_host(const std::string& root, const std::function<ExitCode(Host& host)>& run);

/// Verb::add for a verb whose options are members of one struct, `root` among them.
template <typename Options, void (*add_options)(OptionList&, Options&),
          ExitCode (*run)(Host&, const Options&)>
Run bind(OptionList& list) {
    const auto options = std::make_shared<Options>();
    add_root(list, options->root);
    add_options(list, *options);
    return [options] { return run_on_host(options->root, [&](Host& host) { return run(host, *options); }); };
}

} // namespace hostlease
