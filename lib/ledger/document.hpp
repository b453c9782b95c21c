// What all ledger files share: the head, texts of arbitrary bytes, and how values are read from a
// table.
#pragma once

#include "core/error.hpp"
#include "model/lease.hpp"
#include "text/toml.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace hostlease {

/// A document that contains only its head, in the format that this program writes.
ValueTable new_document(const std::string& boot_id);

/// Puts a text from the host, which may be any bytes. Text that is not UTF-8 is stored in hexadecimal as
/// KEY_bytes.
void put_text(ValueTable& table, const std::string& key, const std::string& text);

/// Reads typed values from a table; keeps the first failure, which makes the whole document invalid. It is
/// fastest if the keys are read in the order of the file: each call of the hook reads every lease.
class TableReader {
  public:
    TableReader(const Value& node, const std::string& file, Status& status)
        : node_(node), file_(file), status_(status) {}

    template <typename T>
    T get(std::string_view key) {
        const Value* member = find(key);
        const T* value = member == nullptr ? nullptr : std::get_if<T>(&member->value);
        if (value != nullptr) return *value;
        reject(member == nullptr ? "key '" + std::string(key) + "' is missing"
                                 : "key '" + std::string(key) + "' is " + std::string(member->kind()));
        return T{};
    }

    /// A text that put_text() stored.
    std::string text(const std::string& key);
    std::optional<std::string> optional_text(const std::string& key);

    std::uint64_t count(std::string_view key);
    /// A line or column number; a value that does not fit was not written by hostlease.
    unsigned place(std::string_view key);
    PoolId pool(const std::string& key);

    [[nodiscard]] bool has(std::string_view key) { return find(key) != nullptr; }

    TableReader table(std::string_view key);

    /// Calls take(reader) for each table of an array; a missing array is an empty one.
    template <typename Take>
    void each(std::string_view key, Take take) {
        const Value* member = find(key);
        if (member == nullptr) return;
        const auto* array = std::get_if<ValueArray>(&member->value);
        if (array == nullptr) return reject("'" + std::string(key) + "' is not an array of tables");
        for (const auto& item : *array) {
            if (!std::holds_alternative<ValueTable>(item.value))
                return reject("'" + std::string(key) + "' is not an array of tables");
            take(TableReader(item, file_, status_));
        }
    }

    void reject(const std::string& what, ErrorKind kind = ErrorKind::ledger_corrupt);

  private:
    /// The member of the table, or nullptr. Looks first where the last one was found.
    const Value* find(std::string_view key) {
        const auto* table = std::get_if<ValueTable>(&node_.value);
        const std::size_t size = table == nullptr ? 0 : table->size();
        for (std::size_t step = 0, at = found_; step < size; ++step, at = at + 1 == size ? 0 : at + 1)
            if ((*table)[at].key == key) {
                found_ = at;
                return &(*table)[at].node;
            }
        return nullptr;
    }

    const Value& node_;
    const std::string& file_;
    Status& status_;
    std::size_t found_ = 0; // where the last key was found
};

struct LedgerDocument {
    Value tree;
    std::int64_t format = 0;
    std::string boot_id;
};

/// The document, if its format is known. ErrorKind::unsupported for a later format, ErrorKind::ledger_corrupt
/// for text that is not a ledger document.
Result<LedgerDocument> open_document(std::string_view text, const std::string& file);

ValueTable timing_table(const Timing& timing);
Timing read_timing(TableReader table);

} // namespace hostlease
