#include "engine/neighbours.hpp"

#include "engine/form.hpp"

#include <algorithm>
#include <cerrno>

namespace hostlease {

namespace {
/// The paths that match a glob with one '*'; none if the directory does not exist.
Result<std::vector<std::string>> expand(Host& host, const std::string& glob) {
    const auto star = glob.find('*');
    if (star == std::string::npos) return std::vector{glob};
    const std::string directory = glob.substr(0, glob.rfind('/', star));
    const auto rest = std::min(glob.find('/', star), glob.size());
    std::vector<std::string> paths;
    for (const auto& name : TRY(host.list_if_present(directory)))
        if (const std::string path = directory + "/" + name;
            matches_path(std::string_view(glob).substr(0, rest), path))
            paths.push_back(path + glob.substr(rest));
    return paths;
}

/// Reading writeback throttling fails with EINVAL if the device does not support it. Source:
/// queue_wb_lat_show, block/blk-sysfs.c (6.12).
bool is_absent(const Error& error) {
    return is_missing(error) || (error.errno_value == EINVAL && error.path.ends_with("/wbt_lat_usec"));
}

/// Knobs of cpufreq policies name their targets by directory.
std::string target_of(const Knob& knob, const std::string& path) {
    if (knob.paths.empty()) return path;
    const auto end = path.rfind('/');
    const auto begin = path.rfind('/', end - 1) + 1;
    return path.substr(begin, end - begin);
}

void keep_foreign(KnobRecord& record, const std::string& value, Report& report) {
    report.add(Severity::warning,
               record.path + " is '" + value + "': another program changed it from '" + record.wrote +
                   "' while a VM held a setting that changes it; it stays",
               record.knob, record.target);
    record.baseline = record.wrote = value;
}
} // namespace

Result<std::vector<KnobRecord>> neighbour_records(Host& host, const Knob& knob, const KnobRecord& record) {
    std::vector<KnobRecord> records;
    if (knob.neighbours == nullptr) return records;
    for (const auto& neighbour : knob.neighbours(record)) {
        const Knob& owner = *find_knob(neighbour.knob);
        for (const auto& path : TRY(expand(host, neighbour.path))) {
            if (path == record.path) continue;
            KnobRecord beside = unknown_record(owner, target_of(owner, path), path);
            const auto value = form_of(owner.form).read(host, beside);
            if (!value && is_absent(value.error())) continue;
            TRY_VOID(value);
            beside.baseline = beside.wrote = *value;
            beside.beside = {{record.knob, record.target}};
            records.push_back(std::move(beside));
        }
    }
    return records;
}

namespace {
bool is_beside(const KnobRecord& record, const TargetName& name) {
    return std::find(record.beside.begin(), record.beside.end(), name) != record.beside.end();
}

/// Notes in `record` that it is beside each record that may change it and for which `among` is true.
template <typename Among>
void join(const Knob& knob, const KnobRecord& record, std::vector<KnobRecord>& records, Among among) {
    if (knob.neighbours == nullptr) return;
    const TargetName name{record.knob, record.target};
    for (const auto& neighbour : knob.neighbours(record))
        for (auto& other : records) {
            const bool is_one = other.knob == neighbour.knob && other.path != record.path &&
                                matches_path(neighbour.path, other.path);
            if (is_one && among(other) && !is_beside(other, name)) other.beside.push_back(name);
        }
}
} // namespace

void join_absent_neighbours(const Knob& knob, const KnobRecord& record, std::vector<KnobRecord>& records) {
    join(knob, record, records, [](const KnobRecord& other) { return !other.beside.empty(); });
}

void join_neighbours(const TargetName& name, const std::vector<KnobRecord>& neighbours,
                     std::vector<KnobRecord>& records) {
    for (const auto& neighbour : neighbours)
        join(*find_knob(neighbour.knob), neighbour, records,
             [&](const KnobRecord& other) { return is_beside(other, name); });
}

void expect_changes_beside(Host& host, const std::set<TargetName>& to_write, const WishList& wishes,
                           std::vector<KnobRecord>& records, Report& report) {
    const auto is_to_write = [&](const TargetName& name) { return to_write.contains(name); };
    for (auto& record : records) {
        if (std::none_of(record.beside.begin(), record.beside.end(), is_to_write)) continue;
        const Wish* wish = wishes.find(record);
        const Knob& knob = *find_knob(record.knob);
        const auto value = form_of(knob.form).read(host, record);
        const bool is_foreign = value && !knob.knows(record, *value);
        if (is_foreign && wish != nullptr) continue; // drift
        if (is_foreign) keep_foreign(record, *value, report);
        record.intended = wishes.wanted(host, record);
    }
}

void note_neighbour(Host& host, KnobRecord& record) {
    if (!record.intended) return;
    const auto value = form_of(find_knob(record.knob)->form).read(host, record);
    if (value) record.wrote = *value;
    if (value || is_missing(value.error())) record.intended.reset();
}

} // namespace hostlease
