#include "engine/look.hpp"

#include "engine/asleep.hpp"
#include "engine/form.hpp"

#include <utility>

namespace hostlease {

namespace {
/// The standing that is known without reading the target, if any.
std::optional<Standing> standing_before(const LedgerContent& ledger, const KnobRecord& record,
                                        const Wish* wish, const WishList& list) {
    if (list.gone.contains({record.knob, record.target})) return Standing::gone;
    if (list.unknowable.contains(record.knob)) return Standing::wanted_unknown;
    // its claims may be in the unreadable lease file
    if (wish == nullptr && !ledger.unreadable.empty()) return Standing::wanted_unknown;
    if (wish == nullptr && list.holds_beside(record)) return Standing::follows;
    return std::nullopt;
}
} // namespace

Result<std::string> read_now(Host& host, const KnobRecord& record, const WishList& list) {
    const auto known = list.found.find({record.knob, record.target});
    if (known != list.found.end()) return known->second;
    return form_of(find_knob(record.knob)->form).read(host, record);
}

Look look_at(Host& host, const LedgerContent& ledger, const KnobRecord& record, const WishList& list) {
    const Knob& knob = *find_knob(record.knob);
    Look look;
    look.wish = list.find(record);
    look.wanted = list.wanted(host, record);
    if (const auto known = standing_before(ledger, record, look.wish, list)) {
        look.standing = *known;
        return look;
    }
    auto value = read_now(host, record, list);
    if (value) {
        look.standing = standing_of(knob, record, look.wish, look.wanted, *value);
        look.value = std::move(*value);
        return look;
    }
    look.error = std::move(value).error();
    look.sleeping = sleeping_cpus(host, record.path);
    look.standing = standing_of(knob, look.wish, {is_missing(look.error), !look.sleeping.empty()});
    return look;
}

} // namespace hostlease
