// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "installer/setup/doctor.hpp"

#include <algorithm>
#include <charconv>
#include <format>
#include <string_view>

#include "common/base/file.hpp"

namespace redoubt::installer {
namespace {

// 2 GiB, less what the firmware and the kernel keep of them before they are counted.
constexpr std::uint64_t k_least_memory = 1792ULL << 20U;
// EFI_GLOBAL_VARIABLE; a variable's file has four bytes of attributes in front. Source: Linux, efivarfs.rst;
// UEFI 2.10, 3.3.
constexpr std::string_view k_efi_variable =
    "sys/firmware/efi/efivars/{}-8be4df61-93ca-11d2-aa0d-00e098032b8c";

bool is_there(const std::filesystem::path& path) {
    std::error_code ignored;
    return std::filesystem::exists(path, ignored);
}

bool is_set(const std::filesystem::path& root, std::string_view variable) {
    const auto bytes = read_file(root / std::vformat(k_efi_variable, std::make_format_args(variable)), 64);
    return bytes && bytes->size() == 5 && bytes->back() == 1;
}

/// A module's parameter, which says Y or 1.
bool is_on(const std::filesystem::path& path) {
    const auto text = read_file(path, 64);
    return text && (text->starts_with('Y') || text->starts_with('1'));
}

bool has_entries(const std::filesystem::path& folder) {
    std::error_code ignored;
    return std::filesystem::directory_iterator(folder, ignored) != std::filesystem::directory_iterator();
}

std::uint64_t memory(const std::filesystem::path& root) {
    const auto text = read_file(root / "proc/meminfo", 64U << 10U).value_or("");
    constexpr std::string_view k_name = "MemTotal:";
    if (!text.starts_with(k_name)) return 0;
    const auto begin = text.find_first_not_of(' ', k_name.size());
    std::uint64_t kib = 0;
    if (begin == std::string::npos ||
        std::from_chars(text.data() + begin, text.data() + text.size(), kib).ec != std::errc())
        return 0;
    return kib << 10U;
}

} // namespace

std::vector<Finding> examine(const MachineFacts& facts) {
    return {
        {"UEFI", facts.uefi, Weight::needed, "switch off legacy boot (CSM) in the firmware's setup"},
        {"TPM 2.0", facts.tpm2, Weight::needed,
         "switch on the TPM (AMD: fTPM, Intel: PTT) in the firmware's setup: the state is sealed to it"},
        {"Secure Boot, or its setup mode", facts.secure_boot || facts.setup_mode, Weight::needed,
         "clear the Secure Boot keys in the firmware's setup (setup mode): the medium's boot loader enrols "
         "ours"},
        {"2 GiB of memory", facts.memory_bytes >= k_least_memory, Weight::needed, "add memory"},
        {"KVM", facts.kvm, Weight::wanted,
         "switch on virtualisation (AMD: SVM, Intel: VT-x): without it VMs are emulated, many times slower"},
        {"IOMMU", facts.iommu, Weight::wanted,
         "switch on the IOMMU (AMD: AMD-Vi, Intel: VT-d): without it no device goes into a VM"},
        {"SEV-SNP or TDX", facts.sev_snp || facts.tdx, Weight::wanted,
         "switch on SEV-SNP (SMEE, SNP memory coverage) or TDX (TME-MT, SEAM loader) where the processor has "
         "it: without it there are no "
         "confidential containers"},
    };
}

std::string render(const std::vector<Finding>& findings) {
    std::string text;
    for (const auto& finding : findings) {
        const auto* word = finding.there ? "ok" : finding.weight == Weight::needed ? "MISSING" : "without";
        text += std::format("{:<8}{}{}{}\n", word, finding.what, finding.there ? "" : ": ",
                            finding.there ? "" : finding.remedy);
    }
    return text;
}

bool can_be_a_node(const std::vector<Finding>& findings) {
    return std::ranges::all_of(
        findings, [](const Finding& finding) { return finding.there || finding.weight != Weight::needed; });
}

MachineFacts gather_machine_facts(const std::filesystem::path& root) {
    return {
        .uefi = is_there(root / "sys/firmware/efi"),
        .secure_boot = is_set(root, "SecureBoot"),
        .setup_mode = is_set(root, "SetupMode"),
        .tpm2 = is_there(root / "dev/tpmrm0"),
        .kvm = is_there(root / "dev/kvm"),
        .sev_snp = is_on(root / "sys/module/kvm_amd/parameters/sev_snp"),
        .tdx = is_on(root / "sys/module/kvm_intel/parameters/tdx"),
        .iommu = has_entries(root / "sys/class/iommu"),
        .memory_bytes = memory(root),
    };
}

} // namespace redoubt::installer
