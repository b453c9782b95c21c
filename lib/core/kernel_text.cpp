#include "core/kernel_text.hpp"

#include "core/cpu_set.hpp"
#include "core/kernel_list.hpp"
#include "core/parse.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

namespace hostlease {

namespace {
constexpr std::string_view blanks = " \t\r\n";
constexpr std::string_view padding{" \t\r\n\0", 5}; // some drivers include the final NUL in their text
constexpr std::string_view decimal_digits = "0123456789";
constexpr std::string_view hex_digits = "0123456789abcdefABCDEF";

bool consists_of(std::string_view text, std::string_view characters) {
    return !text.empty() && text.find_first_not_of(characters) == std::string_view::npos;
}

std::string_view without_padding(std::string_view text) {
    const auto first = text.find_first_not_of(padding);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(padding) - first + 1);
}

std::vector<std::string_view> words_of(std::string_view text) {
    std::vector<std::string_view> words;
    std::size_t at = 0;
    while ((at = text.find_first_not_of(blanks, at)) != std::string_view::npos) {
        const auto end = std::min(text.find_first_of(blanks, at), text.size());
        words.push_back(text.substr(at, end - at));
        at = end;
    }
    return words;
}

/// The word without its marks; "" if it has none.
std::string_view marked(std::string_view word, char open, char close) {
    const bool has_marks = word.size() > 2 && word.front() == open && word.back() == close;
    return has_marks ? word.substr(1, word.size() - 2) : std::string_view{};
}

/// Whether the word can name a choice, such as a mode. If another word cannot, as in "0 (disabled)",
/// parentheses do not mark the current choice.
bool is_name(std::string_view word) {
    return consists_of(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-+");
}

/// The marked word; "" if no word or several words are marked.
std::string_view marked_word(const std::vector<std::string_view>& words, char open, char close) {
    std::string_view chosen;
    for (const auto word : words) {
        const auto inner = marked(word, open, close);
        if (inner.empty()) continue;
        if (!chosen.empty()) return {};
        chosen = inner;
    }
    return chosen;
}

std::string_view word_in_force(const std::vector<std::string_view>& words) {
    if (const auto chosen = marked_word(words, '[', ']'); !chosen.empty()) return chosen;
    const auto chosen = marked_word(words, '(', ')');
    const auto names = std::count_if(words.begin(), words.end(), is_name);
    // "default (cache)" says what the default means
    const bool is_explained = words.size() == 2 && words.front() == "default";
    return words.size() > 1 && !is_explained && is_name(chosen) && names + 1 == std::ssize(words)
               ? chosen
               : std::string_view{};
}

using Number = std::pair<bool, std::uint64_t>; // whether it is negative, and its absolute value

std::optional<Number> magnitude(std::string_view text) {
    const bool is_hex = text.starts_with("0x") || text.starts_with("0X");
    const auto number =
        is_hex ? parse_integer<std::uint64_t>(text.substr(2), 16) : parse_integer<std::uint64_t>(text);
    return number ? std::optional(Number{false, *number}) : std::nullopt;
}

/// Parses a number with a unit in powers of 1024, such as "64K".
std::optional<Number> scaled(std::string_view text) {
    constexpr std::string_view units = "KMGTPE";
    constexpr std::string_view small_units = "kmgtpe";
    if (text.size() < 2 || !consists_of(text.substr(0, text.size() - 1), decimal_digits)) return std::nullopt;
    const auto unit = std::min(units.find(text.back()), small_units.find(text.back()));
    const auto number = parse_integer<std::uint64_t>(text.substr(0, text.size() - 1));
    if (unit == std::string_view::npos || !number) return std::nullopt;
    const auto shift = 10 * (unit + 1);
    if (*number > std::numeric_limits<std::uint64_t>::max() >> shift) return std::nullopt;
    return Number{false, *number << shift};
}

std::optional<Number> number_of(std::string_view text) {
    // like kstrtoull, lib/kstrtox.c (6.12)
    if (text.starts_with('+') && text.size() > 1) text.remove_prefix(1);
    if (const auto number = magnitude(text)) return number;
    if (text.starts_with('-') && text.size() > 1)
        if (const auto number = magnitude(text.substr(1))) return Number{number->second != 0, number->second};
    return scaled(text);
}

/// Parses a boolean like kstrtobool: by its first character, or by the second one of "on" and "off".
std::optional<bool> truth_of(std::string_view text) {
    if (text.empty()) return std::nullopt;
    const auto second = text.size() > 1 ? text[1] : ' ';
    switch (text.front()) {
    case 'y':
    case 'Y':
    case 't':
    case 'T':
    case '1': return true;
    case 'n':
    case 'N':
    case 'f':
    case 'F':
    case '0': return false;
    case 'o':
    case 'O':
        if (second == 'n' || second == 'N') return true;
        if (second == 'f' || second == 'F') return false;
        return std::nullopt;
    default: return std::nullopt;
    }
}

/// Whether the text is a spelling that only the kernel's boolean files print. Sources: param_get_bool in
/// kernel/params.c; vma_ra_enabled_show in mm/swap_state.c (6.12).
bool is_kernels_truth(std::string_view text) {
    return text == "Y" || text == "N" || text == "true" || text == "false";
}

/// Whether the text is a word that only boolean files accept.
bool is_truth(std::string_view text) {
    std::string lower(text);
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    constexpr std::string_view words[] = {"y", "yes", "on", "true", "t", "n", "no", "off", "false", "f"};
    return std::find(std::begin(words), std::end(words), lower) != std::end(words);
}

/// The digits of a mask without commas and leading zeros; nullopt if the text is not a mask. Each part after
/// the first must have all eight digits of its 32 bits: "0,7" is a list of two CPUs. Source: bitmap_string,
/// lib/vsprintf.c (6.12).
std::optional<std::string> mask_digits(std::string_view text) {
    constexpr std::size_t part_digits = 8;
    std::string digits;
    bool is_mask = true;
    bool is_first = true;
    split(text, ',', [&](std::string_view part) {
        const bool has_size = is_first ? part.size() <= part_digits : part.size() == part_digits;
        is_mask = is_mask && has_size && consists_of(part, hex_digits);
        is_first = false;
        digits += part;
    });
    if (!is_mask) return std::nullopt;
    digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size()));
    std::transform(digits.begin(), digits.end(), digits.begin(),
                   [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c; });
    return digits;
}

/// Parses a list of CPUs. nullopt for other text, and for numbers with leading zeros, which may be a mask.
std::optional<CpuSet> cpus_of(std::string_view text) {
    if (!consists_of(text, "0123456789,-")) return std::nullopt;
    const auto is_padded = [&](std::size_t at) {
        const bool begins = at == 0 || text[at - 1] == ',' || text[at - 1] == '-';
        return begins && text[at] == '0' && at + 1 < text.size() &&
               decimal_digits.find(text[at + 1]) != std::string_view::npos;
    };
    for (std::size_t at = 0; at < text.size(); ++at)
        if (is_padded(at)) return std::nullopt;
    const auto cpus = parse_cpu_list(text);
    return cpus ? std::optional(*cpus) : std::nullopt;
}

bool same_word(std::string_view left, std::string_view right) {
    if (left == right) return true;
    const auto equal = [&](auto read) {
        const auto value = read(left);
        return value && value == read(right);
    };
    const auto may_be_truth = [](std::string_view word) {
        return is_truth(word) || word == "0" || word == "1";
    };
    if (is_kernels_truth(left) || is_kernels_truth(right))
        return may_be_truth(left) && may_be_truth(right) && equal(truth_of);
    return equal(number_of) || equal(mask_digits) || equal(cpus_of);
}
} // namespace

namespace {
bool is_number(std::string_view word) { return word == "max" || number_of(word).has_value(); }

/// Whether `found` has more numbers than were written and begins with all written ones.
bool has_stayed(const std::vector<std::string_view>& found, const std::vector<std::string_view>& written) {
    return !written.empty() && found.size() > written.size() &&
           std::all_of(found.begin(), found.end(), is_number) &&
           std::all_of(written.begin(), written.end(), is_number) &&
           std::equal(written.begin(), written.end(), found.begin(), same_word);
}

/// Whether `found` is the written word and its number or meaning, or "default" and the written number.
bool has_label(const std::vector<std::string_view>& found, const std::vector<std::string_view>& written) {
    if (found.size() != 2 || written.size() != 1 || is_number(found.front())) return false;
    if (found.front() == "default" && !marked(found.back(), '(', ')').empty())
        return written.front() == found.front();
    if (!is_number(found.back())) return false;
    return found.front() == written.front() ||
           (found.front() == "default" && same_word(found.back(), written.front()));
}

/// Whether `found` is the number of a word for energy_perf_bias. Source: energy_perf_bias_store,
/// arch/x86/kernel/cpu/intel_epb.c (6.12).
bool is_of_bias(std::string_view found, std::string_view written) {
    constexpr std::pair<std::string_view, std::string_view> words[] = {{"performance", "0"},
                                                                       {"balance-performance", "4"},
                                                                       {"normal", "6"},
                                                                       {"balance-power", "8"},
                                                                       {"power", "15"}};
    return std::any_of(std::begin(words), std::end(words),
                       [&](const auto& one) { return one.first == written && one.second == found; });
}

/// Whether `found` is the written percentage with two decimals, such as "20.00".
bool is_percentage(std::string_view found, std::string_view written) {
    const auto point = written.find('.');
    const auto decimals = point == std::string_view::npos ? std::string_view{} : written.substr(point + 1);
    constexpr std::string_view zeros = "00";
    return decimals.size() < zeros.size() && consists_of(written.substr(0, point), decimal_digits) &&
           found == std::string(written.substr(0, point)) + "." + std::string(decimals) +
                        std::string(zeros.substr(decimals.size()));
}

/// Whether the text is PAGE_COUNTER_MAX in bytes: LONG_MAX rounded down to whole pages of at most 64 KiB.
bool is_no_limit(std::string_view text) {
    constexpr std::uint64_t largest = std::numeric_limits<std::int64_t>::max();
    const auto number = magnitude(text);
    return number && number->second <= largest && number->second > largest - 65536 &&
           number->second % 4096 == 0;
}

/// Whether `found` is the bit mask that follows a write of "y" or "n". Bit 0 is the switch; bits that the
/// hardware does not support stay 0.
bool is_of_bits(std::string_view found, std::string_view written) {
    const auto bits = found.starts_with("0x") ? magnitude(found) : std::nullopt;
    if (!bits || (written != "y" && written != "Y" && written != "n" && written != "N")) return false;
    return truth_of(written).value_or(false) ? (bits->second & 1) != 0 : bits->second == 0;
}

/// Whether `written` is octal, such as "0100", because the kernel parses it with base 0, and `found` has its
/// value. Source: _parse_integer_fixup_radix in lib/kstrtox.c; strtoul_lenient in kernel/sysctl.c (6.12).
bool is_of_octal(std::string_view found, std::string_view written) {
    const auto magnitude_of = [](std::string_view text) { return text.substr(text.find_first_not_of("+-")); };
    if (written.find_first_not_of("+-") > 1 || !magnitude_of(written).starts_with('0')) return false;
    const auto octal = parse_integer<std::uint64_t>(magnitude_of(written), 8);
    const auto number = number_of(found);
    return octal && number && *number == Number{written.starts_with('-') && *octal != 0, *octal};
}

/// Whether `written`, such as "all" or "0-N", means the list of CPUs in `found`. N is the highest CPU found.
bool is_of_list(std::string_view found, std::string_view written) {
    const auto cpus = cpus_of(found);
    return cpus && !cpus->empty() && parse_kernel_list(written, cpus->members().back()) == *cpus;
}

/// Whether `written` is the mask in `found`, such as "0,7" for 64 CPUs. The kernel prints all digits of each
/// part.
bool is_of_mask(std::string_view found, std::string_view written) {
    const bool is_mask = mask_digits(found) && (found.find(',') != std::string_view::npos ||
                                                (found.size() > 1 && found.starts_with('0')));
    const auto cpus = is_mask ? parse_cpu_mask(found) : Result<CpuSet>{};
    const auto asked = is_mask ? parse_cpu_mask(written) : Result<CpuSet>{};
    return is_mask && cpus && asked && *cpus == *asked;
}
} // namespace

bool reads_as(std::string_view found, std::string_view written) {
    if (same_value(found, written)) return true;
    const auto found_words = words_of(found);
    const auto written_words = words_of(written);
    if (has_stayed(found_words, written_words) || has_label(found_words, written_words)) return true;
    if (found_words.size() != 1 || written_words.empty()) return false;
    const std::string_view now = found_words.front();
    const std::string_view asked = written_words.front();
    if ((now == "0" || now == "1") && is_truth(asked)) return truth_of(now) == truth_of(asked);
    if (is_of_list(now, written)) return true;
    if (written_words.size() != 1) return false;
    return (asked == "-1" && is_no_limit(now)) || is_of_bits(now, asked) || is_of_octal(now, asked) ||
           is_of_mask(now, asked) || is_percentage(now, asked) || is_of_bias(now, asked);
}

bool is_rounded(std::string_view found, std::string_view written) {
    const auto is = number_of(found);
    const auto asked = number_of(written);
    if (!is || !asked || is->first != asked->first) return false;
    const auto [low, high] = std::minmax(is->second, asked->second);
    return high - low <= asked->second / 10;
}

std::string knob_value(std::string_view text) {
    const auto value = without_padding(text);
    const auto chosen = word_in_force(words_of(value));
    return std::string(chosen.empty() ? value : chosen);
}

std::string_view write_obstacle(std::string_view text) {
    const auto value = without_padding(text);
    if (value.find('\n') != std::string_view::npos) return "has several lines";
    if (value.find('\0') != std::string_view::npos) return "has a NUL in its text";
    return {};
}

bool same_value(std::string_view left, std::string_view right) {
    if (left == right) return true;
    const auto left_words = words_of(left);
    const auto right_words = words_of(right);
    return std::equal(left_words.begin(), left_words.end(), right_words.begin(), right_words.end(),
                      same_word);
}

} // namespace hostlease
