// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/host/secure_processor.hpp"

#ifdef __x86_64__
#include <cpuid.h>
#endif

#include <algorithm>
#include <format>

#include "common/base/file.hpp"

namespace redoubt::node::host {
namespace {

struct Sign {
    std::string_view name;
    std::string_view flag;      ///< of /proc/cpuinfo
    std::string_view parameter; ///< of KVM's module; "Y" or "1" is on
};
constexpr Sign k_snp{"SEV-SNP", "sev_snp", "sys/module/kvm_amd/parameters/sev_snp"};
constexpr Sign k_tdx{"TDX", "tdx_host_platform", "sys/module/kvm_intel/parameters/tdx"};

SecureProcessor look_at(const Sign& sign, std::string_view cpuinfo, const std::filesystem::path& root) {
    const auto value = read_file(root / sign.parameter);
    if (value && (value->starts_with('Y') || value->starts_with('1')))
        return {.offer = Offer::ready, .detail = std::format("{}: KVM offers it", sign.name)};
    if (!has_cpu_flag(cpuinfo, sign.flag))
        return {.offer = Offer::absent,
                .detail = std::format("{}: not among this CPU's flags ({})", sign.name, sign.flag)};
    return {.offer = Offer::off,
            .detail =
                std::format("{}: this CPU has it, KVM does not offer it (/{})", sign.name, sign.parameter)};
}

/// CPUID 0x8000001F EBX: bits 5:0 the C-bit, 11:6 how many bits of addresses it costs.
void read_memory_encryption([[maybe_unused]] SecureProcessors& found) {
#ifdef __x86_64__
    constexpr unsigned k_leaf = 0x8000001FU;
    unsigned eax = 0;
    unsigned ebx = 0;
    unsigned ecx = 0;
    unsigned edx = 0;
    if (__get_cpuid_count(k_leaf, 0, &eax, &ebx, &ecx, &edx) == 0) return;
    found.c_bit = ebx & 0x3FU;
    found.reduced_phys_bits = (ebx >> 6U) & 0x3FU;
#endif
}

} // namespace

bool has_cpu_flag(std::string_view cpuinfo, std::string_view flag) {
    const auto begin = cpuinfo.starts_with("flags") ? 0 : cpuinfo.find("\nflags");
    if (begin == std::string_view::npos) return false;
    auto line = cpuinfo.substr(begin + 1);
    line = line.substr(0, line.find('\n'));
    line = line.substr(std::min(line.find(':'), line.size()));
    while (!line.empty()) {
        const auto end = std::min(line.find(' '), line.size());
        if (line.substr(0, end) == flag) return true;
        line.remove_prefix(std::min(end + 1, line.size()));
    }
    return false;
}

SecureProcessors find_secure_processors(const std::filesystem::path& root) {
    const auto cpuinfo = read_file(root / "proc/cpuinfo").value_or("");
    SecureProcessors found{.snp = look_at(k_snp, cpuinfo, root), .tdx = look_at(k_tdx, cpuinfo, root)};
    if (found.snp.offer == Offer::ready) read_memory_encryption(found);
    return found;
}

} // namespace redoubt::node::host
