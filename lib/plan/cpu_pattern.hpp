// A text and the CPU numbers in it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hostlease {

/// A text without the numbers of its targets: those of "CPU 4-5", "vCPU 0", "cpu4", "vcpu4", "policy4",
/// "iothread1", "/irq/24" and "/task/4711". Texts of equal shape differ only in these numbers.
class CpuPattern {
  public:
    /// `may_begin_with_list`: also removes a CPU list that is the first word of the text.
    explicit CpuPattern(std::string_view text, bool may_begin_with_list = false);

    /// The text with a control character in place of each number.
    [[nodiscard]] const std::string& shape() const { return shape_; }
    [[nodiscard]] std::size_t numbers() const { return numbers_.size(); }
    /// Whether a number differs among the texts.
    [[nodiscard]] bool differs() const;
    /// Adds another text; `other` has the same shape.
    void add(const CpuPattern& other);
    /// The text in which a number that differs is a list, in braces inside a word: "CPU 4-7", "policy{4-7}".
    [[nodiscard]] std::string text() const;

  private:
    void append(std::string_view text);

    std::string shape_;
    std::vector<std::vector<std::string>> numbers_; // for each number, its lists in the texts
};

/// "4-7,9" for numbers in any order; numbers may be repeated.
std::string number_list(std::vector<unsigned> numbers);

} // namespace hostlease
