// What all files of the ledger have in common: the head, texts that may be any bytes, and how values are
// taken out of a table.
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

/// A document of the format that this program writes, with nothing but its head.
ValueTable new_document(const std::string& boot_id);

/// A text of the host's, which may be any bytes. One that is not UTF-8 stands in hexadecimal as KEY_bytes.
void put_text(ValueTable& table, const std::string& key, const std::string& text);

/// Takes typed values out of a table; the first failure is kept and makes the whole document invalid. Fastest
/// if the keys are asked for in the order of the file: each call of the hook reads every lease.
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

    /// As put_text() wrote it.
    std::string text(const std::string& key);
    std::optional<std::string> optional_text(const std::string& key);

    std::uint64_t count(std::string_view key);
    /// Of a line or a column; what does not fit was not written by us.
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

/// The document, when it is of a format that is known. ErrorKind::unsupported for a later one,
/// ErrorKind::ledger_corrupt for what is none.
Result<LedgerDocument> open_document(std::string_view text, const std::string& file);

ValueTable timing_table(const Timing& timing);
Timing read_timing(TableReader table);

} // namespace hostlease
