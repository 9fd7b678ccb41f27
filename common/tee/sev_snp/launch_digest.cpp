// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/tee/sev_snp/launch_digest.hpp"

#include <algorithm>
#include <array>

#include "common/tee/evidence/byte_reader.hpp"
#include "common/tee/evidence/guid.hpp"
#include "common/tee/evidence/hash.hpp"
#include "common/tee/sev_snp/vmsa.hpp"

namespace redoubt::tee::sev_snp {
namespace {

constexpr std::size_t k_page = 4096;
constexpr std::uint64_t k_vmsa_gpa = 0xFFFFFFFFF000;
constexpr std::uint32_t k_first_eip = 0xFFFFFFF0;
constexpr std::uint32_t k_max_vcpus = 4096;
constexpr auto k_svsm_info_guid = "a789a612-0597-4c4b-a49f-cbb1fe9d1ddd";

// AMD 56860, PAGE_INFO.PAGE_TYPE.
constexpr std::uint8_t k_page_normal = 1;
constexpr std::uint8_t k_page_vmsa = 2;
constexpr std::uint8_t k_page_zero = 3;
constexpr std::uint8_t k_page_unmeasured = 4;
constexpr std::uint8_t k_page_secrets = 5;
constexpr std::uint8_t k_page_cpuid = 6;

std::string little_endian(std::uint64_t value, std::size_t size) {
    std::string bytes;
    for (std::size_t i = 0; i < size; ++i) bytes += static_cast<char>(value >> (8 * i) & 0xFFU);
    return bytes;
}

/// The digest as the firmware updates it, page by page.
class GuestContext {
  public:
    explicit GuestContext(std::string seed) : digest_(std::move(seed)) {}

    Status add_bytes(std::uint64_t gpa, std::string_view bytes, std::uint8_t type = k_page_normal) {
        for (std::size_t at = 0; at < bytes.size(); at += k_page) {
            RDT_TRY(const auto contents, hash_of(Hash::sha384, {bytes.substr(at, k_page)}));
            RDT_CHECK(update(type, gpa + at, contents));
        }
        return {};
    }
    /// Pages whose contents do not count.
    Status add_blank(std::uint64_t gpa, std::uint64_t size, std::uint8_t type) {
        for (std::uint64_t at = 0; at < size; at += k_page)
            RDT_CHECK(update(type, gpa + at, std::string(48, '\0')));
        return {};
    }
    [[nodiscard]] const std::string& digest() const { return digest_; }

  private:
    Status update(std::uint8_t type, std::uint64_t gpa, std::string_view contents) {
        const std::string info = digest_ + std::string(contents) + little_endian(0x70, 2) +
                                 static_cast<char>(type) + std::string(5, '\0') +
                                 little_endian(gpa, 8); // no IMI, no VMPL permissions
        RDT_TRY(digest_, hash_of(Hash::sha384, {info}));
        return {};
    }
    std::string digest_;
};

std::string hash_entry(std::string_view guid, const std::string& hash) {
    return guid_bytes(guid) + little_endian(50, 2) + hash;
}

/// The table that firmware reads the hashes from, padded to 16 bytes. Source: QEMU target/i386/sev.c,
/// PaddedSevHashTable.
std::string make_hash_table(const KernelHashes& hashes) {
    std::string table = guid_bytes("9438d606-4f22-4cc9-b479-a793d411fd21") + little_endian(168, 2) +
                        hash_entry("97d02dd8-bd20-4c94-aa78-e7714d36ab2a", hashes.cmdline) +
                        hash_entry("44baf731-3a2f-4bd7-9af1-41e29169781d", hashes.initrd) +
                        hash_entry("4de79437-abd2-427f-b835-d5b172d2045b", hashes.kernel);
    table.resize(176, '\0');
    return table;
}

/// A kernel that nobody checks is the classic hole: the host could boot another.
Status check_kernel(const LaunchInputs& inputs) {
    if (!inputs.kernel) return {};
    const bool has_section =
        std::ranges::contains(inputs.firmware.sections, SectionType::kernel_hashes, &FirmwareSection::type);
    if (inputs.firmware.hash_table_base == 0 || (inputs.mode == LaunchMode::sev_snp && !has_section))
        return fail(Code::failed_precondition, "the firmware does not check kernel hashes: it has no {}",
                    inputs.firmware.hash_table_base == 0 ? "hash table" : "section for them");
    return {};
}

Status add_kernel_hashes(GuestContext& context, const LaunchInputs& inputs, const FirmwareSection& section) {
    if (!inputs.kernel) return context.add_blank(section.gpa, section.size, k_page_zero);
    const std::size_t offset = inputs.firmware.hash_table_base & (k_page - 1);
    const auto table = make_hash_table(*inputs.kernel);
    if (section.size != k_page || offset + table.size() > k_page)
        return fail(Code::invalid_argument, "the firmware's hash table does not fit its page");
    std::string page(k_page, '\0');
    page.replace(offset, table.size(), table);
    return context.add_bytes(section.gpa, page);
}

Status add_section(GuestContext& context, const LaunchInputs& inputs, const FirmwareSection& section) {
    switch (section.type) {
    case SectionType::sec_mem:
        return context.add_blank(section.gpa, section.size,
                                 inputs.vmm == Vmm::gce ? k_page_unmeasured : k_page_zero);
    case SectionType::secrets: return context.add_blank(section.gpa, k_page, k_page_secrets);
    case SectionType::cpuid: return context.add_blank(section.gpa, k_page, k_page_cpuid);
    case SectionType::svsm_caa: return context.add_blank(section.gpa, section.size, k_page_zero);
    case SectionType::kernel_hashes: return add_kernel_hashes(context, inputs, section);
    }
    return fail(Code::invalid_argument, "firmware: section type {:#x} is not known",
                static_cast<std::uint32_t>(section.type));
}

Status add_sections(GuestContext& context, const LaunchInputs& inputs) {
    const bool is_cpuid_last = inputs.vmm == Vmm::ec2;
    for (const auto& section : inputs.firmware.sections)
        if (!is_cpuid_last || section.type != SectionType::cpuid)
            RDT_CHECK(add_section(context, inputs, section));
    for (const auto& section : inputs.firmware.sections)
        if (is_cpuid_last && section.type == SectionType::cpuid)
            RDT_CHECK(add_section(context, inputs, section));
    return {};
}

std::string vmsa_of(const LaunchInputs& inputs, std::uint32_t number) {
    const auto eip = number == 0 ? k_first_eip : inputs.firmware.ap_reset_eip.value_or(0);
    const auto features = inputs.mode == LaunchMode::sev_snp ? inputs.guest_features : 0;
    return make_vmsa(inputs.vmm, eip, features, inputs.vcpu_signature);
}

/// The module's pages, its sections, and CPUs that start in it. Source: COCONUT-SVSM, GUIDed table "SVSM
/// info".
Result<std::string> svsm_digest(GuestContext context, const LaunchInputs& inputs) {
    const auto& [image, vars_size] = *inputs.svsm;
    const std::uint64_t top = (std::uint64_t{1} << 32U) - inputs.image.size();
    if (inputs.kernel || inputs.image.empty() || image.empty() || image.size() % k_page != 0 ||
        vars_size % k_page != 0 || vars_size + image.size() > top)
        return fail(Code::invalid_argument,
                    "an SVSM needs the firmware's image, whole pages, and no direct boot");
    const auto base = top - vars_size - image.size();
    RDT_TRY(const auto info, find_firmware_entry(image, k_svsm_info_guid));
    if (!info || info->size() < 4)
        return fail(Code::invalid_argument, "the SVSM does not say where it starts");
    const auto eip = static_cast<std::uint32_t>(base + ByteReader(*info).u32());
    LaunchInputs module = inputs;
    RDT_TRY(module.firmware, parse_firmware(image));
    RDT_CHECK(context.add_bytes(base, image));
    RDT_CHECK(add_sections(context, module));
    const auto page = make_svsm_vmsa(eip, inputs.guest_features, inputs.vcpu_signature);
    for (std::uint32_t i = 0; i < inputs.vcpus; ++i)
        RDT_CHECK(context.add_bytes(k_vmsa_gpa, page, k_page_vmsa));
    return context.digest();
}

Result<std::string> snp_digest(const LaunchInputs& inputs) {
    auto seed = inputs.firmware_seed;
    if (seed.empty()) {
        RDT_TRY(seed, firmware_digest(inputs.image));
    }
    if (seed.size() != 48) return fail(Code::invalid_argument, "a firmware digest of {} bytes", seed.size());
    GuestContext context(std::move(seed));
    if (inputs.svsm) return svsm_digest(std::move(context), inputs);
    RDT_CHECK(add_sections(context, inputs));
    for (std::uint32_t i = 0; i < inputs.vcpus; ++i)
        RDT_CHECK(context.add_bytes(k_vmsa_gpa, vmsa_of(inputs, i), k_page_vmsa));
    return context.digest();
}

Result<std::string> legacy_digest(const LaunchInputs& inputs) {
    if (inputs.image.empty()) return fail(Code::invalid_argument, "this mode needs the firmware itself");
    std::string measured(inputs.image);
    if (inputs.kernel) measured += make_hash_table(*inputs.kernel);
    if (inputs.mode == LaunchMode::sev_es)
        for (std::uint32_t i = 0; i < inputs.vcpus; ++i) measured += vmsa_of(inputs, i);
    return hash_of(Hash::sha256, {measured});
}

struct CpuModel {
    std::string_view name;
    std::uint32_t family;
    std::uint32_t model;
    std::uint32_t stepping;
};
// Source: QEMU target/i386/cpu.c, builtin_x86_defs.
constexpr std::array k_cpus{
    CpuModel{"EPYC", 23, 1, 2},           CpuModel{"EPYC-v1", 23, 1, 2},
    CpuModel{"EPYC-v2", 23, 1, 2},        CpuModel{"EPYC-IBPB", 23, 1, 2},
    CpuModel{"EPYC-v3", 23, 1, 2},        CpuModel{"EPYC-v4", 23, 1, 2},
    CpuModel{"EPYC-Rome", 23, 49, 0},     CpuModel{"EPYC-Rome-v1", 23, 49, 0},
    CpuModel{"EPYC-Rome-v2", 23, 49, 0},  CpuModel{"EPYC-Rome-v3", 23, 49, 0},
    CpuModel{"EPYC-Rome-v4", 23, 49, 0},  CpuModel{"EPYC-Milan", 25, 1, 1},
    CpuModel{"EPYC-Milan-v1", 25, 1, 1},  CpuModel{"EPYC-Milan-v2", 25, 1, 1},
    CpuModel{"EPYC-Genoa", 25, 17, 0},    CpuModel{"EPYC-Genoa-v1", 25, 17, 0},
    CpuModel{"EPYC-Genoa-v2", 25, 17, 0}, CpuModel{"EPYC-Turin", 26, 0, 0},
    CpuModel{"EPYC-Turin-v1", 26, 0, 0},
};

} // namespace

Result<LaunchMode> parse_launch_mode(std::string_view name) {
    if (name == "snp" || name == "SEV_SNP") return LaunchMode::sev_snp;
    if (name == "seves" || name == "sev-es" || name == "SEV_ES") return LaunchMode::sev_es;
    if (name == "sev" || name == "SEV") return LaunchMode::sev;
    return fail(Code::invalid_argument, "mode '{}' is none of snp, sev-es, sev", name.substr(0, 40));
}

Result<Vmm> parse_vmm(std::string_view name) {
    if (name == "qemu") return Vmm::qemu;
    if (name == "ec2") return Vmm::ec2;
    if (name == "gce") return Vmm::gce;
    return fail(Code::invalid_argument, "VMM '{}' is none of qemu, ec2, gce", name.substr(0, 40));
}

Result<KernelHashes> hash_kernel(std::string_view kernel, std::string_view initrd, std::string_view cmdline) {
    KernelHashes hashes;
    RDT_TRY(hashes.kernel, hash_of(Hash::sha256, {kernel}));
    RDT_TRY(hashes.initrd, hash_of(Hash::sha256, {initrd}));
    RDT_TRY(hashes.cmdline, hash_of(Hash::sha256, {cmdline, std::string_view("\0", 1)}));
    return hashes;
}

Result<std::string> firmware_digest(std::string_view image) {
    if (image.empty() || image.size() % k_page != 0)
        return fail(Code::invalid_argument, "a firmware of {} bytes", image.size());
    GuestContext context(std::string(48, '\0'));
    RDT_CHECK(context.add_bytes((std::uint64_t{1} << 32U) - image.size(), image));
    return context.digest();
}

Result<std::string> launch_digest(const LaunchInputs& inputs) {
    if (inputs.vcpus == 0 || inputs.vcpus > k_max_vcpus)
        return fail(Code::invalid_argument, "{} vCPUs", inputs.vcpus);
    RDT_CHECK(check_kernel(inputs));
    if (inputs.svsm && inputs.mode != LaunchMode::sev_snp)
        return fail(Code::invalid_argument, "an SVSM needs mode snp");
    if (inputs.mode != LaunchMode::sev && inputs.vcpus > 1 && !inputs.svsm && !inputs.firmware.ap_reset_eip)
        return fail(Code::failed_precondition, "the firmware does not say where further vCPUs start");
    return inputs.mode == LaunchMode::sev_snp ? snp_digest(inputs) : legacy_digest(inputs);
}

std::uint32_t cpu_signature(std::uint32_t family, std::uint32_t model, std::uint32_t stepping) {
    const std::uint32_t families = family > 15 ? (family - 15) << 20U | 15U << 8U : family << 8U;
    return families | (model >> 4U) << 16U | (model & 15U) << 4U | stepping;
}

Result<std::uint32_t> signature_of_cpu(std::string_view model) {
    const auto* found = std::ranges::find(k_cpus, model, &CpuModel::name);
    if (found == k_cpus.end())
        return fail(Code::not_found, "no CPU model '{}'; give its signature instead", model.substr(0, 40));
    return cpu_signature(found->family, found->model, found->stepping);
}

} // namespace redoubt::tee::sev_snp
