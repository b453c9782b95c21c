// How knobs of each form are read, written and found on the host. Values are in the knob's words, and only
// the knob knows their meaning.
#pragma once

#include "host/host.hpp"
#include "knobs/parts/form_traits.hpp"
#include "model/lease.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace hostlease {

/// One of the targets that a claim on every target of the form stands for.
struct KnobTarget {
    std::string target;
    std::string path;
    bool operator==(const KnobTarget&) const = default;
};

struct Form {
    /// The current value. If the target no longer exists, an error for which is_missing() is true.
    Result<std::string> (*read)(Host& host, const KnobRecord& record);

    /// Writes `value`. Success means that the host accepted the write: the caller reads it back.
    Status (*write)(Host& host, const KnobRecord& record, const std::string& value);

    /// The value that a wanted word means for this target now.
    std::string (*meaning)(Host& host, const KnobRecord& record, const std::string& wanted) = nullptr;

    /// The current targets, for claims on every target. A target that is no longer among them is gone, unless
    /// is_there() says otherwise.
    Result<std::vector<KnobTarget>> (*targets)(Host& host) = nullptr;

    /// The part of a target's name that never changes while it exists; nullptr: the whole name.
    std::string (*identity)(const std::string& target) = nullptr;

    /// Whether something on record still exists although it is not a target any more: it is then restored to
    /// its baseline.
    Result<bool> (*is_there)(Host& host, const KnobRecord& record) = nullptr;

    /// The target whose value new targets start with, and the value that a target at `path` starts with while
    /// the origin reads `value`.
    std::string_view origin = {};
    Result<std::string> (*beginning)(Host& host, const std::string& path, const std::string& value) = nullptr;

    /// Removes what a write left beside the value (FormTraits::leaves_more). Called before a record is
    /// deleted, and again if it failed or was interrupted; the record stays until it succeeds. The value at
    /// that time belongs to the host or to another program and is not written. Only for forms that wait.
    Status (*forget)(Host& host, const KnobRecord& record) = nullptr;

    /// Whether the last written value is not in effect yet; only some targets have such a
    /// delay.
    bool (*is_to_come)(Host& host, const KnobRecord& record) = nullptr;

    /// Whether a write waits for another program: other calls are let in meanwhile, and the time may run out.
    /// `before`: claims are written before the values that do not wait, and restored after them; `after`: the
    /// other way round.
    enum class Waits { no, before, after };
    Waits waits = Waits::no;
};

const Form& form_of(KnobForm form);

/// A record for a target that has none yet; lets a form read it.
KnobRecord unknown_record(const Knob& knob, const std::string& target, const std::string& path);

} // namespace hostlease
