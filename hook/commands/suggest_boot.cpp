// `suggest --cmdline`: settings for VMs that only the kernel's command line can provide. Does not write to a
// boot loader.
#include "suggest_boot.hpp"

#include "advice/suggest/boot_line.hpp"
#include "audit_host.hpp"
#include "engine/policy_store.hpp"
#include "host/facts.hpp"
#include "plan/fold_targets.hpp"
#include "read/domain_xml.hpp"

namespace hostlease {

namespace {
constexpr const char* definitions = "/etc/libvirt/qemu";

/// The VMs that the line is for, and those whose needs are unknown.
struct BootVms {
    std::vector<BootVm> list;
    std::vector<std::string> left_out; // their files, or names if libvirt was asked
    ExitCode code = ExitCode::done;

    void leave_out(const std::string& name, const Error& error) {
        complain("hostlease: '" + name + "' is left out: " + error.text());
        left_out.push_back(name);
        code = exit_code_of(error.kind);
    }
};

Result<BootVm> read_vm(Host& host, const PolicyHeads& heads, const std::string& xml,
                       const std::string& file) {
    auto domain = read_domain_xml(xml, file, DomainIdentity::may_be_missing);
    if (!domain) return fail(ErrorKind::domain_invalid, domain.error().text());
    Diagnostics warnings;
    auto policy = matching_policy(host, heads, *domain, warnings);
    if (!policy) return fail(ErrorKind::policy_invalid, policy.error().text());
    if (!warnings.all().empty()) complain(folded_text(warnings));
    return BootVm{std::move(*domain), std::move(*policy)};
}

Result<std::string> read_word(const SuggestOptions& options, const std::string& word) {
    return is_xml_file(word) ? read_user_file(word, domain_xml_limit)
                             : read_libvirt_domain(options.connect, word, DomainXml::defined, name_a_file);
}

/// The definition files of all defined VMs.
Result<std::vector<std::string>> definition_files(Host& host) {
    const auto names = host.list(definitions);
    if (!names && !is_missing(names.error())) return tl::unexpected(names.error());
    std::vector<std::string> files;
    for (const auto& name : names.value_or(std::vector<std::string>{}))
        if (name.ends_with(".xml")) files.push_back(std::string(definitions) + "/" + name);
    return files;
}

/// Reads each requested VM: those on the command line, or all defined ones. Omits a VM, with an error
/// message, if its XML or its policy cannot be read.
Result<BootVms> read_vms(Host& host, const SuggestOptions& options) {
    const auto names = options.subjects.empty() ? TRY(definition_files(host)) : options.subjects;
    const auto heads = read_policy_heads(host);
    BootVms vms;
    for (const auto& name : names) {
        const auto xml = options.subjects.empty() ? host.read(name) : read_word(options, name);
        auto vm = xml ? read_vm(host, heads, *xml, name) : tl::unexpected(xml.error());
        if (vm)
            vms.list.push_back(std::move(*vm));
        else
            vms.leave_out(name, vm.error());
    }
    return vms;
}

void print_text(const BootVms& vms, const BootLine& line) {
    if (!line.words.empty()) print(line.text() + "\n");
    for (const auto& one : line.words)
        print("\n" + one.text + (one.is_there ? " (booted with)" : "") + "\n  " + one.why + "\n");
    std::string names;
    for (const auto& vm : vms.list)
        names += (names.empty() ? "" : ", ") + vm.domain.name;
    print((line.words.empty() ? "" : "\n") + std::string("for: ") + names + "\n");
    for (const auto& note : line.notes)
        complain("hostlease: note: " + note);
    if (!line.words.empty())
        complain(
            "hostlease: note: hostlease writes no boot loader configuration: add the words to the kernel's "
            "command line (GRUB_CMDLINE_LINUX in /etc/default/grub and update-grub on Debian; "
            "kernel-install or the loader's entry with systemd-boot) and reboot");
}

ValueArray texts_of(const std::vector<std::string>& texts) {
    ValueArray array;
    for (const auto& text : texts)
        array.push_back({text, {}});
    return array;
}

void print_json(const BootVms& vms, const BootLine& line) {
    ValueTable table;
    put(table, "line", line.text());
    ValueArray words;
    for (const auto& one : line.words) {
        ValueTable row;
        put(row, "text", one.text);
        put(row, "why", one.why);
        put(row, "booted", one.is_there);
        words.push_back({std::move(row), {}});
    }
    put(table, "words", std::move(words));
    ValueArray names;
    for (const auto& vm : vms.list)
        names.push_back({vm.domain.name, {}});
    put(table, "domains", std::move(names));
    put(table, "left_out", texts_of(vms.left_out));
    put(table, "notes", texts_of(line.notes));
    print(to_json({std::move(table), {}}));
}
} // namespace

Status check_boot_options(const SuggestOptions& options) {
    const bool has_others = options.define || options.check || options.yes || !options.write.empty() ||
                            !options.groups.empty() || options.without_pins || options.vcpus ||
                            options.memory;
    if (has_others)
        return fail(ErrorKind::usage, "--cmdline contradicts the options that change or define the XML");
    return {};
}

ExitCode run_suggest_boot(Host& host, const SuggestOptions& options) {
    const auto vms = read_vms(host, options);
    if (!vms) return complain(vms.error());
    if (vms->list.empty()) {
        if (vms->left_out.empty()) complain(std::string("hostlease: no VM is defined in ") + definitions);
        return vms->left_out.empty() ? ExitCode::failed : vms->code;
    }
    const auto facts = read_facts(host);
    if (!facts) return complain(facts.error());
    const auto line = boot_line(vms->list, *facts, host.read("/proc/cmdline").value_or(std::string{}));
    if (options.json)
        print_json(*vms, line);
    else
        print_text(*vms, line);
    return vms->code;
}

} // namespace hostlease
