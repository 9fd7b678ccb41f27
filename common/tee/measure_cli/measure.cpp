// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/tee/measure_cli/measure.hpp"

#include <boost/json/value.hpp>

#include "common/base/file.hpp"
#include "common/encoding/hex.hpp"
#include "common/tee/cli/inputs.hpp"
#include "common/tee/evidence/pe_image.hpp"
#include "common/tee/sev_snp/launch_digest.hpp"
#include "common/tee/tdx/launch_measurement.hpp"
#include "common/tee/tpm/uki_pcrs.hpp"

namespace redoubt::tee::measure {
namespace {

namespace bj = boost::json;
constexpr std::uint64_t k_max_file = std::uint64_t{2} << 30U;

Result<std::string> read_optional(const std::string& path) {
    if (path.empty()) return std::string();
    return read_file(path, k_max_file);
}

Result<std::uint32_t> read_number32(std::string_view flag, const std::string& text) {
    RDT_TRY(const auto number, cli::read_number(flag, text));
    if (number > 0xFFFFFFFFU) return fail(Code::invalid_argument, "{}: {} is above 32 bits", flag, text);
    return static_cast<std::uint32_t>(number);
}

Result<std::string> read_hash(std::string_view flag, const std::string& text, std::size_t size) {
    RDT_TRY(auto bytes, cli::read_hex(flag, text));
    if (bytes.size() != size)
        return fail(Code::invalid_argument, "{}: {} bytes, where {} belong", flag, bytes.size(), size);
    return bytes;
}

/// Files, or the hashes given in their place.
Result<std::optional<sev_snp::KernelHashes>> read_kernel(const Options& options) {
    if (options.kernel.empty() && options.kernel_hash.empty()) {
        if (!options.initrd.empty() || !options.append.empty() || !options.initrd_hash.empty())
            return fail(Code::invalid_argument, "--initrd and --append need --kernel");
        return std::optional<sev_snp::KernelHashes>();
    }
    RDT_TRY(const auto kernel, read_optional(options.kernel));
    RDT_TRY(const auto initrd, read_optional(options.initrd));
    RDT_TRY(auto hashes, sev_snp::hash_kernel(kernel, initrd, options.append));
    if (!options.kernel_hash.empty()) {
        RDT_TRY(hashes.kernel, read_hash("--kernel-hash", options.kernel_hash, 32));
    }
    if (!options.initrd_hash.empty()) {
        RDT_TRY(hashes.initrd, read_hash("--initrd-hash", options.initrd_hash, 32));
    }
    return std::optional(std::move(hashes));
}

/// Tables that the caller knows of a firmware whose image he does not have.
Result<sev_snp::Firmware> read_tables(const Options& options) {
    sev_snp::Firmware firmware;
    for (const auto& text : options.sections) {
        const auto parts = cli::split(text, ',');
        if (parts.size() != 3)
            return fail(Code::invalid_argument, "--section: '{}' is not GPA,SIZE,TYPE", text);
        RDT_TRY(const auto gpa, cli::read_number("--section", parts[0]));
        RDT_TRY(const auto size, cli::read_number("--section", parts[1]));
        RDT_TRY(const auto type, read_number32("--section", parts[2]));
        if (gpa % 4096 != 0 || size % 4096 != 0 || size > (64U << 20U))
            return fail(Code::invalid_argument, "--section: '{}' is not whole pages", text);
        firmware.sections.push_back({gpa, size, static_cast<sev_snp::SectionType>(type)});
    }
    if (!options.hash_table.empty()) {
        RDT_TRY(firmware.hash_table_base, read_number32("--hash-table", options.hash_table));
    }
    if (!options.reset_eip.empty()) {
        RDT_TRY(firmware.ap_reset_eip, read_number32("--reset-eip", options.reset_eip));
    }
    return firmware;
}

Result<std::uint32_t> read_cpu(const Options& options) {
    if (!options.vcpu_signature.empty()) return read_number32("--vcpu-sig", options.vcpu_signature);
    if (!options.vcpu_type.empty()) return sev_snp::signature_of_cpu(options.vcpu_type);
    if (options.mode == "sev" || options.mode == "SEV" || options.vmm != "qemu") return 0;
    return fail(Code::invalid_argument, "--vcpu-type or --vcpu-sig is needed: the digest depends on it");
}

Result<bj::object> measure_snp(const Options& options) {
    sev_snp::LaunchInputs inputs;
    RDT_TRY(inputs.mode, sev_snp::parse_launch_mode(options.mode));
    RDT_TRY(inputs.vmm, sev_snp::parse_vmm(options.vmm));
    RDT_TRY(const auto image, read_optional(options.firmware));
    inputs.image = image;
    if (image.empty() && options.firmware_seed.empty())
        return fail(Code::invalid_argument, "--firmware or --firmware-digest is needed");
    if (!options.firmware_seed.empty()) {
        RDT_TRY(inputs.firmware_seed, read_hash("--firmware-digest", options.firmware_seed, 48));
    }
    if (image.empty()) {
        RDT_TRY(inputs.firmware, read_tables(options));
    } else {
        RDT_TRY(inputs.firmware, sev_snp::parse_firmware(image));
    }
    RDT_TRY(inputs.kernel, read_kernel(options));
    RDT_TRY(inputs.vcpu_signature, read_cpu(options));
    RDT_TRY(inputs.guest_features, cli::read_number("--guest-features", options.guest_features));
    inputs.vcpus = options.vcpus;
    RDT_TRY(const auto svsm, read_optional(options.svsm));
    RDT_TRY(const auto vars_size, cli::read_number("--vars-size", options.vars_size));
    if (!svsm.empty()) inputs.svsm = sev_snp::Svsm{svsm, vars_size};
    RDT_TRY(const auto digest, sev_snp::launch_digest(inputs));
    bj::object document{{"measurement", encoding::to_hex(digest)},
                        {"mode", options.mode},
                        {"vmm", options.vmm},
                        {"vcpus", options.vcpus},
                        {"vcpu_sig", std::format("{:#x}", inputs.vcpu_signature)},
                        {"guest_features", std::format("{:#x}", inputs.guest_features)},
                        {"kernel_hashes", inputs.kernel.has_value()}};
    if (!image.empty()) {
        RDT_TRY(const auto seed, sev_snp::firmware_digest(image));
        document["firmware_digest"] = encoding::to_hex(seed);
    }
    return document;
}

Result<std::string> kernel_hash_of(const Options& options) {
    if (!options.kernel_authenticode.empty())
        return read_hash("--kernel-authenticode", options.kernel_authenticode, 48);
    RDT_TRY(const auto kernel, read_file(options.kernel, k_max_file));
    RDT_TRY(const auto image, parse_pe_image(kernel).transform_error(context("{}", options.kernel)));
    return authenticode_hash(image, Hash::sha384);
}

Result<bj::object> measure_tdx(const Options& options) {
    bj::object document;
    if (!options.firmware.empty()) {
        if (options.page_order != "two-passes" && options.page_order != "page-by-page")
            return fail(Code::invalid_argument, "--page-order '{}' is neither two-passes nor page-by-page",
                        options.page_order);
        RDT_TRY(const auto image, read_file(options.firmware, k_max_file));
        RDT_TRY(const auto mrtd,
                tdx::mrtd_of(image, options.page_order == "two-passes" ? tdx::PageOrder::two_passes
                                                                       : tdx::PageOrder::page_by_page));
        document["mrtd"] = encoding::to_hex(mrtd);
        document["page_order"] = options.page_order;
    }
    if (!options.kernel.empty() || !options.kernel_authenticode.empty()) {
        if (options.separator != "rtmr0" && options.separator != "rtmr1")
            return fail(Code::invalid_argument, "--separator '{}' is neither rtmr0 nor rtmr1",
                        options.separator);
        RDT_TRY(const auto kernel, kernel_hash_of(options));
        RDT_TRY(const auto rtmr1,
                tdx::rtmr1_of(kernel, options.separator == "rtmr1" ? tdx::SeparatorPlace::rtmr1
                                                                   : tdx::SeparatorPlace::rtmr0));
        RDT_TRY(const auto initrd, read_optional(options.initrd));
        RDT_TRY(const auto rtmr2, tdx::rtmr2_of(options.append, initrd));
        document["kernel_authenticode"] = encoding::to_hex(kernel);
        document["rtmr1"] = encoding::to_hex(rtmr1);
        document["rtmr2"] = encoding::to_hex(rtmr2);
    }
    if (document.empty()) return fail(Code::invalid_argument, "--firmware or --kernel is needed");
    return document;
}

Result<bj::object> measure_tpm(const Options& options) {
    const auto bank = hash_of_name(options.bank);
    if (!bank)
        return fail(Code::invalid_argument, "--bank '{}' is none of sha1, sha256, sha384, sha512",
                    options.bank);
    if (options.uki.empty()) return fail(Code::invalid_argument, "--uki is needed");
    RDT_TRY(const auto image, read_file(options.uki, k_max_file));
    RDT_TRY(const auto pcr4, tpm::uki_pcr4(image, *bank));
    RDT_TRY(const auto pcr11, tpm::uki_pcr11(image, *bank, options.phases));
    return bj::object{{"bank", options.bank},
                      {"pcrs", {{"4", encoding::to_hex(pcr4)}, {"11", encoding::to_hex(pcr11)}}}};
}

} // namespace

Result<bj::object> measure(const Options& options) {
    bj::object document{{"format", "redoubt-measurement/1"}, {"tee", options.tee}};
    Result<bj::object> values = fail(Code::invalid_argument, "'{}' is none of snp, tdx, tpm", options.tee);
    if (options.tee == "snp") values = measure_snp(options);
    if (options.tee == "tdx") values = measure_tdx(options);
    if (options.tee == "tpm") values = measure_tpm(options);
    RDT_TRY(auto found, std::move(values));
    for (auto& member : found) document[member.key()] = std::move(member.value());
    return document;
}

} // namespace redoubt::tee::measure
