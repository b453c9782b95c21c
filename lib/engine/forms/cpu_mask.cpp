// "ff,ffffffff": words of 32 bits, the lowest CPUs last. Source: lib/bitmap.c, __bitmap_parse and %*pb
// (6.12). If the kernel keeps the requested mask apart from the one in effect (cpumask_requested of
// workqueues, 6.8), the value is the requested mask.
#include "core/kernel_text.hpp"
#include "engine/forms/forms.hpp"

namespace hostlease {

namespace {
Result<std::string> read(Host& host, const KnobRecord& record) {
    auto found = host.read(record.path + "_requested");
    if (!found && is_missing(found.error())) found = host.read(record.path);
    const std::string text = TRY(std::move(found));
    const auto cpus = parse_cpu_mask(knob_value(text));
    if (!cpus) return fail_io(cpus.error().message, record.path, 0);
    return to_list(*cpus);
}

/// On a fake host, no kernel keeps the two files in step.
Status write(Host& host, const KnobRecord& record, const std::string& value) {
    const CpuSet cpus = TRY(parse_cpu_list(value));
    TRY_VOID(host.write(record.path, to_mask(cpus)));
    if (host.is_machine() || TRY(read(host, record)) == to_list(cpus)) return {};
    const std::string requested = record.path + "_requested";
    return TRY(host.exists(requested)) ? host.write(requested, to_mask(cpus)) : Status{};
}
} // namespace

constinit const Form form_cpu_mask{.read = read, .write = write};

} // namespace hostlease
