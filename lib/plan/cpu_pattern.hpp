// A text, and the CPUs it speaks of.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hostlease {

/// A text with the numbers of its targets taken out: of "CPU 4-5", "vCPU 0", "cpu4", "vcpu4", "policy4",
/// "iothread1", "/irq/24" and "/task/4711". Texts of equal shape differ in these numbers at the most.
class CpuPattern {
  public:
    /// `may_begin_with_list`: a list of CPUs that the text begins with, as a word, is taken out as well.
    explicit CpuPattern(std::string_view text, bool may_begin_with_list = false);

    /// The text with a control character in place of each number.
    [[nodiscard]] const std::string& shape() const { return shape_; }
    [[nodiscard]] std::size_t numbers() const { return numbers_.size(); }
    /// Whether a number differs among the texts.
    [[nodiscard]] bool differs() const;
    /// One text more; `other` has the same shape.
    void add(const CpuPattern& other);
    /// A number that differs as a list, in braces where it is part of a word: "CPU 4-7", "policy{4-7}".
    [[nodiscard]] std::string text() const;

  private:
    void append(std::string_view text);

    std::string shape_;
    std::vector<std::vector<std::string>> numbers_; // of each, the lists that it is in the texts
};

/// "4-7,9", of numbers in any order; they may come more than once.
std::string number_list(std::vector<unsigned> numbers);

} // namespace hostlease
