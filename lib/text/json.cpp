#include "text/json.hpp"

#include <algorithm>
#include <boost/json/src.hpp> // compiles the library here, so that none must be linked
#include <cmath>

namespace hostlease {

namespace {
SourcePosition position_at(const std::string& file, std::string_view text, std::size_t offset) {
    const auto before = text.substr(0, offset);
    const auto line_start = before.rfind('\n') + 1; // npos + 1 is 0
    return {file, static_cast<unsigned>(std::count(before.begin(), before.end(), '\n')) + 1,
            static_cast<unsigned>(before.size() - line_start) + 1};
}

Value node_of(const boost::json::value& value);

/// Whether the value is null, or a number too large for a double, which would be printed as null.
bool is_absent(const boost::json::value& value) {
    const auto* number = value.if_double();
    return value.is_null() || (number != nullptr && !std::isfinite(*number));
}

Value node_of(const boost::json::object& object) {
    ValueTable table;
    for (const auto& member : object)
        if (!is_absent(member.value()))
            table.push_back(
                {std::string(member.key().data(), member.key().size()), {}, node_of(member.value())});
    return {std::move(table), {}};
}

Value node_of(const boost::json::array& list) {
    ValueArray array;
    for (const auto& one : list)
        if (!is_absent(one)) array.push_back(node_of(one));
    return {std::move(array), {}};
}

Value node_of(const boost::json::value& value) {
    if (const auto* object = value.if_object()) return node_of(*object);
    if (const auto* list = value.if_array()) return node_of(*list);
    if (const auto* text = value.if_string()) return {std::string(text->data(), text->size()), {}};
    if (const auto* truth = value.if_bool()) return {*truth, {}};
    if (const auto* integer = value.if_int64()) return {std::int64_t{*integer}, {}};
    if (const auto* large = value.if_uint64()) return {static_cast<double>(*large), {}};
    if (const auto* number = value.if_double(); number != nullptr && !is_absent(value)) return {*number, {}};
    return {};
}

template <typename T>
const T* member(const Value* table, std::string_view key) {
    const Value* node = table == nullptr ? nullptr : table->find(key);
    return node == nullptr ? nullptr : std::get_if<T>(&node->value);
}
} // namespace

tl::expected<Value, Diagnostic> parse_json(std::string_view text, const std::string& file) {
    boost::json::stream_parser parser;
    boost::system::error_code error;
    const std::size_t taken = parser.write(text.data(), text.size(), error);
    if (!error) parser.finish(error);
    if (!error) return node_of(parser.release());
    return tl::unexpected(Diagnostic{
        position_at(file, text, taken), Severity::error, "this is not valid JSON: " + error.message(), {}});
}

const std::string* text_at(const Value* table, std::string_view key) {
    return member<std::string>(table, key);
}

const ValueArray* list_at(const Value* table, std::string_view key) { return member<ValueArray>(table, key); }

std::optional<double> number_at(const Value* table, std::string_view key) {
    if (const auto* integer = member<std::int64_t>(table, key)) return static_cast<double>(*integer);
    const auto* number = member<double>(table, key);
    return number == nullptr || !std::isfinite(*number) ? std::nullopt : std::optional(*number);
}

} // namespace hostlease
