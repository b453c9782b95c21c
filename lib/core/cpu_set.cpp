#include "core/cpu_set.hpp"

#include "core/parse.hpp"

#include <algorithm>
#include <bit>
#include <fmt/format.h>

namespace hostlease {

namespace {
constexpr unsigned word_bits = 64;
constexpr unsigned mask_bits = 32; // bits of one word in the kernel's masks

struct Range {
    unsigned first;
    unsigned last;
};

Result<Range> parse_range(std::string_view piece) {
    const auto dash = piece.find('-');
    const auto first = parse_integer<unsigned>(trim(piece.substr(0, dash)));
    const auto last =
        dash == std::string_view::npos ? first : parse_integer<unsigned>(trim(piece.substr(dash + 1)));
    if (!first || !last)
        return fail(ErrorKind::usage, "'" + std::string(piece) + "' is not a number or a range");
    if (*last < *first) return fail(ErrorKind::usage, "range '" + std::string(piece) + "' runs backwards");
    if (*last >= CpuSet::limit)
        return fail(ErrorKind::usage,
                    "'" + std::string(piece) + "' is past the limit of " + std::to_string(CpuSet::limit - 1));
    return Range{*first, *last};
}
} // namespace

CpuSet CpuSet::range(unsigned first, unsigned last) {
    CpuSet set;
    set.words_.resize(last / word_bits + 1); // sets whole words: a malicious list may repeat large ranges
    for (unsigned word = first / word_bits; word <= last / word_bits; ++word) {
        std::uint64_t bits = ~std::uint64_t{0};
        if (word == first / word_bits) bits &= ~std::uint64_t{0} << (first % word_bits);
        if (word == last / word_bits) bits &= ~std::uint64_t{0} >> (word_bits - 1 - last % word_bits);
        set.words_[word] = bits;
    }
    return set;
}

void CpuSet::add(unsigned cpu) {
    if (cpu / word_bits >= words_.size()) words_.resize(cpu / word_bits + 1);
    words_[cpu / word_bits] |= std::uint64_t{1} << (cpu % word_bits);
}

void CpuSet::remove(unsigned cpu) {
    if (cpu / word_bits >= words_.size()) return;
    words_[cpu / word_bits] &= ~(std::uint64_t{1} << (cpu % word_bits));
    normalize();
}

bool CpuSet::contains(unsigned cpu) const {
    return cpu / word_bits < words_.size() && (words_[cpu / word_bits] >> (cpu % word_bits) & 1) != 0;
}

unsigned CpuSet::count() const {
    unsigned total = 0;
    for (const auto word : words_)
        total += static_cast<unsigned>(std::popcount(word));
    return total;
}

bool CpuSet::is_subset_of(const CpuSet& other) const {
    if (words_.size() > other.words_.size()) return false; // the last word is never 0
    for (std::size_t index = 0; index < words_.size(); ++index)
        if ((words_[index] & ~other.words_[index]) != 0) return false;
    return true;
}

bool CpuSet::intersects(const CpuSet& other) const {
    const auto common = std::min(words_.size(), other.words_.size());
    for (std::size_t index = 0; index < common; ++index)
        if ((words_[index] & other.words_[index]) != 0) return true;
    return false;
}

std::vector<unsigned> CpuSet::members() const {
    std::vector<unsigned> list;
    list.reserve(count());
    for (std::size_t index = 0; index < words_.size(); ++index)
        for (auto word = words_[index]; word != 0; word &= word - 1)
            list.push_back(static_cast<unsigned>(index * word_bits) +
                           static_cast<unsigned>(std::countr_zero(word)));
    return list;
}

CpuSet& CpuSet::operator|=(const CpuSet& other) {
    if (other.words_.size() > words_.size()) words_.resize(other.words_.size());
    for (std::size_t index = 0; index < other.words_.size(); ++index)
        words_[index] |= other.words_[index];
    return *this;
}

CpuSet& CpuSet::operator&=(const CpuSet& other) {
    words_.resize(std::min(words_.size(), other.words_.size()));
    for (std::size_t index = 0; index < words_.size(); ++index)
        words_[index] &= other.words_[index];
    normalize();
    return *this;
}

CpuSet& CpuSet::operator-=(const CpuSet& other) {
    for (std::size_t index = 0; index < std::min(words_.size(), other.words_.size()); ++index)
        words_[index] &= ~other.words_[index];
    normalize();
    return *this;
}

void CpuSet::normalize() {
    while (!words_.empty() && words_.back() == 0)
        words_.pop_back();
}

std::string to_list(const CpuSet& set) {
    std::string text;
    const auto members = set.members();
    for (std::size_t index = 0; index < members.size();) {
        std::size_t end = index;
        while (end + 1 < members.size() && members[end + 1] == members[end] + 1)
            ++end;
        if (!text.empty()) text += ',';
        text += std::to_string(members[index]);
        if (end > index) text += '-' + std::to_string(members[end]);
        index = end + 1;
    }
    return text;
}

Result<CpuSet> parse_cpu_list(std::string_view text) {
    CpuSet set;
    if (trim(text).empty()) return set;
    Status status;
    split(text, ',', [&](std::string_view piece) {
        if (!status) return;
        piece = trim(piece);
        const bool exclude = piece.starts_with('^');
        if (exclude) piece = trim(piece.substr(1));
        const auto range = parse_range(piece);
        if (!range) {
            status = tl::unexpected<Error>(range.error());
            return;
        }
        if (exclude)
            set -= CpuSet::range(range->first, range->last);
        else if (range->first == range->last)
            set.add(range->first);
        else
            set |= CpuSet::range(range->first, range->last);
    });
    TRY_VOID(status);
    return set;
}

Result<CpuSet> parse_libvirt_list(std::string_view text) {
    text = trim(text);
    for (auto at = text.find('^'); at != std::string_view::npos; at = text.find('^', at + 1)) {
        const auto piece = text.substr(at, text.substr(at).find(','));
        if (piece.find('-') != std::string_view::npos)
            return fail(ErrorKind::usage, "'" + std::string(piece) +
                                              "' takes out a range, and libvirt takes out single numbers");
        if (piece.size() > 1 && piece[1] == ' ')
            return fail(ErrorKind::usage, "'" + std::string(piece) + "' has a blank after '^'");
    }
    if (text.size() > 1 && text.ends_with(',')) text.remove_suffix(1);
    return parse_cpu_list(text);
}

std::string to_mask(const CpuSet& set) {
    const auto members = set.members();
    std::vector<std::uint32_t> words(members.empty() ? 1 : members.back() / mask_bits + 1);
    for (const unsigned cpu : members)
        words[cpu / mask_bits] |= 1U << (cpu % mask_bits);
    std::string text = fmt::format("{:x}", words.back());
    for (auto word = words.rbegin() + 1; word != words.rend(); ++word)
        text += fmt::format(",{:08x}", *word);
    return text;
}

Result<CpuSet> parse_cpu_mask(std::string_view text) {
    std::vector<std::uint32_t> words;
    bool is_mask = !text.empty();
    split(text, ',', [&](std::string_view piece) {
        const auto word = parse_integer<std::uint32_t>(piece, 16);
        is_mask = is_mask && piece.size() <= 8 && word.has_value();
        words.push_back(word.value_or(0));
    });
    if (!is_mask || words.size() > CpuSet::limit / mask_bits)
        return fail(ErrorKind::usage, "'" + std::string(text) + "' is not a CPU mask");
    CpuSet set;
    for (std::size_t index = 0; index < words.size(); ++index)
        for (unsigned bit = 0; bit < mask_bits; ++bit)
            if ((words[words.size() - 1 - index] >> bit & 1U) != 0)
                set.add(static_cast<unsigned>(index) * mask_bits + bit);
    return set;
}

} // namespace hostlease
