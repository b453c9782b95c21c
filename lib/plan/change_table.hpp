// The layout of a table of changes: one line a row where a terminal has room for it.
#pragma once

#include "core/text_table.hpp"

#include <string>
#include <vector>

namespace hostlease {

/// The last cells of a row are what it is from and to, its file and the reason.
class ChangeTable {
  public:
    explicit ChangeTable(std::vector<std::string> head) { rows_.push_back(std::move(head)); }

    /// `is_shown`: the rest of the row, or what is above the table, says the reason as well.
    void add(std::vector<std::string> row, bool is_shown) {
        rows_.push_back(std::move(row));
        is_shown_.push_back(is_shown);
    }

    /// One line a row where all lines fit into 120 columns. Otherwise file names may lose their first
    /// folders; a value, a file or a reason that does not fit into its row is on lines below it, but for a
    /// reason that is shown already. A reason is not said again by the next rows. Only a word without commas
    /// can make a line wider.
    [[nodiscard]] std::string text() const;

  private:
    TextTable rows_;
    std::vector<bool> is_shown_; // of the rows but the head

    [[nodiscard]] std::string narrow_text() const;
};

} // namespace hostlease
