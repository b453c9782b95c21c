#include "model/admin_command.hpp"

#include "core/units.hpp"

#include <utility>

namespace hostlease {

namespace {
constexpr std::string_view plain_characters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+=:,@%";

std::string quoted(std::string_view word) {
    if (!word.empty() && word.find_first_not_of(plain_characters) == std::string_view::npos)
        return std::string(word);
    std::string text = "'";
    for (const char c : word)
        text += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return text + "'";
}

/// Removes the first word of `text` and returns it without its quotes; nullopt if a quote is not closed.
std::optional<std::string> take_word(std::string_view& text) {
    std::string word;
    while (!text.empty() && text.front() != ' ' && text.front() != ';') {
        const char c = text.front();
        text.remove_prefix(1);
        if (c == '\'') {
            const auto end = text.find('\'');
            if (end == std::string_view::npos) return std::nullopt;
            word += text.substr(0, end);
            text.remove_prefix(end + 1);
        } else if (c == '\\' && !text.empty()) {
            word += text.front();
            text.remove_prefix(1);
        } else {
            word += c;
        }
    }
    return word;
}

/// Removes and returns the words up to the next unquoted ';', which is removed as well; nullopt if a quote
/// is not closed.
std::optional<std::vector<std::string>> take_part(std::string_view& text) {
    std::vector<std::string> words;
    while (!text.empty()) {
        if (text.front() == ' ') {
            text.remove_prefix(1);
        } else if (text.front() == ';') {
            text.remove_prefix(1);
            break;
        } else {
            auto word = take_word(text);
            if (!word) return std::nullopt;
            words.push_back(std::move(*word));
        }
    }
    return words;
}

bool take_meaning(std::vector<std::string> words, AdminCommand& command) {
    if (words.size() < 2) return false;
    const std::string name = std::move(words.front());
    words.erase(words.begin());
    const auto time = parse_time(words.front());
    if (name == "run")
        command.run = std::move(words);
    else if (name == "undo")
        command.undo = std::move(words);
    else if (name == "within" && time)
        command.deadline = *time;
    else if (name == "for")
        command.domain = std::move(words.front());
    else
        return false;
    return true;
}
} // namespace

std::string words_text(const std::vector<std::string>& words) {
    std::string text;
    for (const auto& word : words) {
        if (!text.empty()) text += ' ';
        text += quoted(word);
    }
    return text;
}

std::string to_text(const AdminCommand& command) {
    std::string text = "run " + words_text(command.run);
    if (!command.undo.empty()) text += "; undo " + words_text(command.undo);
    return text + "; within " + format_time(command.deadline) + "; for " + quoted(command.domain);
}

std::optional<AdminCommand> parse_command(std::string_view text) {
    AdminCommand command;
    while (!text.empty()) {
        auto words = take_part(text);
        if (!words || !take_meaning(std::move(*words), command)) return std::nullopt;
    }
    if (command.run.empty() || command.deadline.count() <= 0) return std::nullopt;
    return command;
}

} // namespace hostlease
