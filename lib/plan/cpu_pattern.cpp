#include "plan/cpu_pattern.hpp"

#include "core/cpu_set.hpp"
#include "core/parse.hpp"

#include <algorithm>

namespace hostlease {

namespace {
constexpr std::string_view digits = "0123456789";
constexpr std::string_view list_characters = "0123456789,-";
constexpr char mark = '\x01'; // replaces a number
constexpr std::string_view names[] = {"vCPU ",  "CPU ",     "vcpu",  "cpu",
                                      "policy", "iothread", "/irq/", "/task/"};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_word_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_';
}

/// Whether a number after `before` would belong to a target.
bool names_a_target(std::string_view before) {
    return std::any_of(std::begin(names), std::end(names), [&](std::string_view name) {
        if (!before.ends_with(name)) return false;
        const auto rest = before.substr(0, before.size() - name.size());
        return name.front() == '/' || rest.empty() || !is_word_character(rest.back());
    });
}

/// Whether the text, which consists of list characters, is a number or a list of numbers.
bool is_list(std::string_view text) {
    if (text.find_first_not_of(digits) == std::string_view::npos)
        return parse_integer<unsigned>(text).has_value();
    return parse_cpu_list(text).has_value();
}

/// The list of numbers at the start of the text; empty if there is none, or if it continues as another word.
std::string_view list_at(std::string_view text, bool may_have_commas) {
    auto list = text.substr(0, text.find_first_not_of(may_have_commas ? list_characters : digits));
    while (!list.empty() && !is_digit(list.back()))
        list.remove_suffix(1);
    const bool goes_on = list.size() < text.size() && is_word_character(text[list.size()]);
    return goes_on || !is_list(list) ? std::string_view() : list;
}

void add_numbers(const std::string& list, std::vector<unsigned>& numbers) {
    if (const auto number = parse_integer<unsigned>(list)) return numbers.push_back(*number);
    const auto more = parse_cpu_list(list).value_or(CpuSet{}).members();
    numbers.insert(numbers.end(), more.begin(), more.end());
}
} // namespace

CpuPattern::CpuPattern(std::string_view text, bool may_begin_with_list) {
    std::size_t done = 0;
    const auto take = [&](std::size_t at, std::string_view list) {
        append(text.substr(done, at - done));
        shape_ += mark;
        numbers_.push_back({std::string(list)});
        done = at + list.size();
    };
    if (may_begin_with_list) {
        const auto list = list_at(text, true);
        if (!list.empty() && (list.size() == text.size() || text[list.size()] == ' ')) take(0, list);
    }
    for (auto at = done; at < text.size(); ++at) {
        if (!is_digit(text[at])) continue;
        const auto before = text.substr(0, at);
        if (names_a_target(before))
            if (const auto list = list_at(text.substr(at), before.ends_with(' ')); !list.empty())
                take(at, list);
        at = std::max(at, done);
        while (at < text.size() && is_digit(text[at]))
            ++at;
    }
    append(text.substr(done));
}

/// Replaces a mark in the text itself by "?": printed text has no control characters anyway.
void CpuPattern::append(std::string_view text) {
    for (auto at = text.find(mark); at != std::string_view::npos; at = text.find(mark)) {
        shape_.append(text.substr(0, at)).append("?");
        text.remove_prefix(at + 1);
    }
    shape_ += text;
}

bool CpuPattern::differs() const {
    return std::any_of(numbers_.begin(), numbers_.end(), [](const auto& lists) { return lists.size() > 1; });
}

void CpuPattern::add(const CpuPattern& other) {
    for (std::size_t index = 0; index < numbers_.size(); ++index)
        for (const auto& list : other.numbers_[index])
            if (list != numbers_[index].back()) numbers_[index].push_back(list);
}

std::string CpuPattern::text() const {
    if (numbers_.empty()) return shape_;
    std::string text;
    auto lists = numbers_.begin();
    for (const char c : shape_) {
        if (c != mark) {
            text += c;
            continue;
        }
        if (lists->size() == 1) {
            text += lists->front();
        } else {
            std::vector<unsigned> numbers;
            for (const auto& list : *lists)
                add_numbers(list, numbers);
            const auto all = number_list(std::move(numbers));
            text += text.ends_with(' ') ? all : "{" + all + "}";
        }
        ++lists;
    }
    return text;
}

std::string number_list(std::vector<unsigned> numbers) {
    std::sort(numbers.begin(), numbers.end());
    numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
    std::string text;
    for (std::size_t first = 0; first < numbers.size();) {
        std::size_t last = first;
        while (last + 1 < numbers.size() && numbers[last + 1] == numbers[last] + 1)
            ++last;
        text += (text.empty() ? "" : ",") + std::to_string(numbers[first]);
        if (last > first) text += "-" + std::to_string(numbers[last]);
        first = last + 1;
    }
    return text;
}

} // namespace hostlease
