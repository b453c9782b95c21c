// Changes by other programs while hostlease works on a host, and the states that are acceptable afterwards.
#pragma once

#include "fault/stage.hpp"
#include "support/faulty_host.hpp"

#include <string>
#include <vector>

namespace hostlease::test {

/// A change by an admin.
struct Foreign {
    std::string key;        // in a HostState
    std::string path;       // as reports name it
    std::string text;       // the current text; empty for a pool
    std::int64_t pages = 0; // added pages of a pool
    bool stays = false;     // hostlease must not overwrite it: neither it nor the kernel can have caused it
    bool was_ours = false;  // it was on record: it then also stays while the VM runs, and is reported
};

/// When the host is checked.
enum class Moment {
    vm_runs,
    vm_is_gone,
    all_is_over // targets that others have removed must not have leftovers of hostlease
};

struct Outside {
    std::vector<Foreign> foreign;
    std::vector<std::string> gone; // parts of file names that are no longer checked
    [[nodiscard]] bool did_anything() const { return !foreign.empty() || !gone.empty(); }

    /// Describes the first file that is neither as expected nor as the others have left it; "" if there is
    /// none.
    [[nodiscard]] std::string difference(const HostState& expected, const HostState& found,
                                         Moment moment) const;
    /// Describes a required message that is missing.
    [[nodiscard]] std::string untold(const Report& told) const;
};

/// An admin writes another value to the target of the access, right before or after it. Does nothing if
/// admins do not change such a target.
void change_by_admin(Stage& stage, const Access& access, bool is_before, Outside& outside);

/// Removes the target of the access for good: an interrupt, a kernel thread, irqbalance, a disk, a
/// slice.
void take_away(Stage& stage, const Access& access, Outside& outside);

/// The kernel accepts the write with another result: pools are short, masks are cut, numbers rounded,
/// partitions invalid.
void take_otherwise(Stage& stage, const Access& access);

/// Whether the functions above would do anything.
bool is_changed_by_admins(const Access& access);
bool is_mortal(const Access& access);

} // namespace hostlease::test
