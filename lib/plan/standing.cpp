#include "plan/standing.hpp"

#include "knobs/parts/form_traits.hpp"

namespace hostlease {

namespace {
/// Whether the value is one that hostlease wrote or found, or that the host made of it.
bool is_known(const Knob& knob, const KnobRecord& record, std::string_view value) {
    const auto origin = traits_of(knob.form).origin;
    return !origin.empty() && record.target == origin ? record.knows(value) : knob.knows(record, value);
}
} // namespace

Standing standing_of(const Knob& knob, const KnobRecord& record, const Wish* wish, std::string_view wanted,
                     std::string_view value) {
    const FormTraits traits = traits_of(knob.form);
    const bool is_open = record.intended.has_value();
    // where the host does not tell, the record does, and nobody else can be seen to have changed it
    const bool is_echoed = traits.echo == Echo::as_written;
    const bool is_as_wanted =
        is_echoed ? knob.same(value, wanted) : !is_open && knob.same(record.wrote, wanted);
    // what a cut-off write was to leave beside the value may be missing all the same; nobody needs it for the
    // baseline
    const bool is_half_done = is_open && wish != nullptr && traits.leaves_more;
    if (is_as_wanted && !is_half_done) return Standing::as_wanted;
    if (wish != nullptr && wish->is_served(record, value)) return Standing::served;
    // what is to go back is tried again
    if (wish != nullptr && record.refused == wanted && value == record.wrote) return Standing::refused;
    if (is_open) return Standing::cut_off;
    if (!is_echoed || is_known(knob, record, value)) return Standing::to_write;
    if (knob.serves == nullptr) return Standing::foreign;
    if (wish != nullptr) return Standing::to_take_back;
    // others may choose as they like where nothing of ours is left
    return record.wrote == record.baseline ? Standing::served : Standing::foreign;
}

Standing standing_of(const Knob& knob, const Wish* wish, Obstacle obstacle) {
    if (obstacle.is_asleep) return Standing::asleep;
    if (obstacle.is_absent && (wish == nullptr || traits_of(knob.form).may_vanish)) return Standing::gone;
    // what belongs to a running QEMU does not come back
    return obstacle.is_absent && knob.phase != Phase::started ? Standing::missing : Standing::unreadable;
}

Standing standing_of_new(const Wish& wish, std::string_view wanted, std::string_view value,
                         const CpuRoom& room) {
    const Knob& knob = *wish.knob;
    if (knob.same(wanted_now(knob, nullptr, value, room).value, wanted)) return Standing::as_wanted;
    return wish.is_served({}, value) ? Standing::served : Standing::to_write;
}

} // namespace hostlease
