// What others do to a host while hostlease is at work on it, and what it may be for that when all is over.
#pragma once

#include "fault/stage.hpp"
#include "support/faulty_host.hpp"

#include <string>
#include <vector>

namespace hostlease::test {

/// Something that an admin has changed.
struct Foreign {
    std::string key;        // in a HostState
    std::string path;       // as a report names it
    std::string text;       // what it is now; of a pool nothing
    std::int64_t pages = 0; // of a pool: added to what was there
    bool stays = false;     // nobody of ours may write over it: neither we nor the kernel can have meant it
    bool was_ours = false;  // it was on record: then it stays while the VM runs as well, and that is told
};

/// Of which hosts there is something to say.
enum class Moment {
    vm_runs,
    vm_is_gone,
    all_is_over // nothing of ours may be left where others have taken something away
};

struct Outside {
    std::vector<Foreign> foreign;
    std::vector<std::string> gone; // parts of the names of files that are not looked at any more
    [[nodiscard]] bool did_anything() const { return !foreign.empty() || !gone.empty(); }

    /// The first file that is neither as expected nor as the others have left it, in words; "" when there is
    /// none.
    [[nodiscard]] std::string difference(const HostState& expected, const HostState& found,
                                         Moment moment) const;
    /// What was to be told and was not, in words.
    [[nodiscard]] std::string untold(const Report& told) const;
};

/// An admin writes another value to what the access is about, right before or after it. Nothing where that is
/// nobody's to change.
void change_by_admin(Stage& stage, const Access& access, bool is_before, Outside& outside);

/// What the access is about is taken away for good: an interrupt, a kernel thread, irqbalance, a disk, a
/// slice.
void take_away(Stage& stage, const Access& access, Outside& outside);

/// The kernel takes the write otherwise than asked: pools come out short, masks are cut, numbers rounded,
/// partitions invalid.
void take_otherwise(Stage& stage, const Access& access);

/// Whether the functions above would do anything.
bool is_changed_by_admins(const Access& access);
bool is_mortal(const Access& access);

} // namespace hostlease::test
