#include "plan/standing.hpp"

#include "knobs/parts/form_traits.hpp"

namespace hostlease {

namespace {
/// Whether hostlease wrote or found the value, or the host derived it from such a value.
bool is_known(const Knob& knob, const KnobRecord& record, std::string_view value) {
    const auto origin = traits_of(knob.form).origin;
    return !origin.empty() && record.target == origin ? record.knows(value) : knob.knows(record, value);
}
} // namespace

Standing standing_of(const Knob& knob, const KnobRecord& record, const Wish* wish, std::string_view wanted,
                     std::string_view value) {
    const FormTraits traits = traits_of(knob.form);
    const bool is_open = record.intended.has_value();
    // if the host does not show written values, the record counts, and changes by others go unnoticed
    const bool is_echoed = traits.echo == Echo::as_written;
    const bool is_as_wanted =
        is_echoed ? knob.same(value, wanted) : !is_open && knob.same(record.wrote, wanted);
    // an interrupted write may also have failed to leave its other part, such as a drop-in; the baseline does
    // not need it
    const bool is_half_done = is_open && wish != nullptr && traits.leaves_more;
    if (is_as_wanted && !is_half_done) return Standing::as_wanted;
    if (wish != nullptr && wish->is_served(record, value)) return Standing::served;
    // a restore is tried again
    if (wish != nullptr && record.refused == wanted && value == record.wrote) return Standing::refused;
    if (is_open) return Standing::cut_off;
    if (!is_echoed || is_known(knob, record, value)) return Standing::to_write;
    if (knob.serves == nullptr) return Standing::foreign;
    if (wish != nullptr) return Standing::to_take_back;
    // others may choose any value if none of ours is left
    return record.wrote == record.baseline ? Standing::served : Standing::foreign;
}

Standing standing_of(const Knob& knob, const Wish* wish, Obstacle obstacle) {
    if (obstacle.is_asleep) return Standing::asleep;
    if (obstacle.is_absent && (wish == nullptr || traits_of(knob.form).may_vanish)) return Standing::gone;
    // a target of a running QEMU does not come back
    return obstacle.is_absent && knob.phase != Phase::started ? Standing::missing : Standing::unreadable;
}

Standing standing_of_new(const Wish& wish, std::string_view wanted, std::string_view value,
                         const CpuRoom& room) {
    const Knob& knob = *wish.knob;
    if (knob.same(wanted_now(knob, nullptr, value, room).value, wanted)) return Standing::as_wanted;
    return wish.is_served({}, value) ? Standing::served : Standing::to_write;
}

} // namespace hostlease
