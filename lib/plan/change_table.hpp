// The layout of a table of changes: one line per row if the terminal is wide enough.
#pragma once

#include "core/text_table.hpp"

#include <string>
#include <vector>

namespace hostlease {

/// The last cells of a row are the old value, the new value, the file and the reason.
class ChangeTable {
  public:
    explicit ChangeTable(std::vector<std::string> head) { rows_.push_back(std::move(head)); }

    /// `is_shown`: the rest of the row, or the text above the table, also shows the reason.
    void add(std::vector<std::string> row, bool is_shown) {
        rows_.push_back(std::move(row));
        is_shown_.push_back(is_shown);
    }

    /// One line per row if all lines fit into 120 columns. Otherwise file names may lose their first
    /// folders; a value, a file or a reason that does not fit into its row is on lines below, except a
    /// reason that is already shown. The next rows do not repeat a reason. Only a word without commas can
    /// make a line wider.
    [[nodiscard]] std::string text() const;

  private:
    TextTable rows_;
    std::vector<bool> is_shown_; // for each row except the head

    [[nodiscard]] std::string narrow_text() const;
};

} // namespace hostlease
