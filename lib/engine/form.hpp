// How knobs of each form are read, written and found on the host. What a value means is the knob's business;
// values are in its words.
#pragma once

#include "host/host.hpp"
#include "knobs/parts/form_traits.hpp"
#include "model/lease.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace hostlease {

/// One target of a knob that stands for every target of its form.
struct KnobTarget {
    std::string target;
    std::string path;
    bool operator==(const KnobTarget&) const = default;
};

struct Form {
    /// The value now. A target that is no more is an error of which is_missing() is true.
    Result<std::string> (*read)(Host& host, const KnobRecord& record);

    /// Makes it `value`. Success is what the host said: the caller reads it back.
    Status (*write)(Host& host, const KnobRecord& record, const std::string& value);

    /// What a word that is wanted stands for on this target now.
    std::string (*meaning)(Host& host, const KnobRecord& record, const std::string& wanted) = nullptr;

    /// The targets there are, for claims on every target. One that is not among them any more is gone, unless
    /// is_there() says otherwise.
    Result<std::vector<KnobTarget>> (*targets)(Host& host) = nullptr;

    /// The part of a target's name that it keeps as long as it exists; nullptr: all of it.
    std::string (*identity)(const std::string& target) = nullptr;

    /// Whether something on record that is no target any more still exists: then it is put back to its
    /// baseline.
    Result<bool> (*is_there)(Host& host, const KnobRecord& record) = nullptr;

    /// The target whose value new targets begin with, and what the one at `path` begins with while the origin
    /// reads `value`.
    std::string_view origin = {};
    Result<std::string> (*beginning)(Host& host, const std::string& path, const std::string& value) = nullptr;

    /// Takes away what writing left beside the value (FormTraits::leaves_more). Called before a record is
    /// forgotten, and again when it failed or was cut off; until it has succeeded the record stays. What the
    /// value is then, is the host's or somebody else's: it is not written. Of forms that wait.
    Status (*forget)(Host& host, const KnobRecord& record) = nullptr;

    /// Whether what was written last has not come into effect yet, which takes some time with some targets
    /// only.
    bool (*is_to_come)(Host& host, const KnobRecord& record) = nullptr;

    /// Whether writing waits for another program: other calls are let in meanwhile, and there may be no time
    /// left for it. `before`: what leases ask for is written before the values that do not wait, and goes
    /// back after them; `after`: the other way round.
    enum class Waits { no, before, after };
    Waits waits = Waits::no;
};

const Form& form_of(KnobForm form);

/// A record of a target that nothing is known of yet, to read it by.
KnobRecord unknown_record(const Knob& knob, const std::string& target, const std::string& path);

} // namespace hostlease
