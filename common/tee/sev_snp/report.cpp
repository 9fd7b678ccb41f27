// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/tee/sev_snp/report.hpp"

#include <algorithm>
#include <array>

#include "common/tee/evidence/byte_reader.hpp"
#include "common/tee/evidence/hash.hpp"

namespace redoubt::tee::sev_snp {
namespace {

constexpr std::array<std::string_view, 3> k_products{"Milan", "Genoa", "Turin"};

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

FirmwareVersion read_version(ByteReader& reader) {
    FirmwareVersion version; // build first: 56860, CURRENT_BUILD at 0x1E8
    version.build = reader.u8();
    version.minor = reader.u8();
    version.major = reader.u8();
    (void)reader.u8(); // reserved, judged by broken_reserved_fields
    return version;
}

std::uint64_t number_at(std::string_view bytes, std::size_t offset) {
    ByteReader reader(bytes.substr(offset));
    return reader.u64();
}

Status check_identity(std::string_view bytes) {
    if (bytes.size() != k_report_size)
        return fail(Code::invalid_argument, "SNP report: {} bytes, where a report has {}", bytes.size(),
                    k_report_size);
    ByteReader reader(bytes);
    const auto version = reader.u32();
    if (version != 2 && version != 3 && version != 5)
        return fail(Code::invalid_argument, "SNP report: version {} is not supported (2, 3 and 5 are)",
                    version);
    const auto algorithm = ByteReader(bytes.substr(0x34)).u32();
    if (algorithm != 1)
        return fail(Code::invalid_argument,
                    "SNP report: signature algorithm {}, where only 1 (ECDSA P-384 with SHA-384) is known",
                    algorithm);
    return {};
}

} // namespace

std::string_view name_of(Product product) {
    return k_products.at(static_cast<std::size_t>(product));
}

Result<Product> parse_product(std::string_view name) {
    for (std::size_t i = 0; i < k_products.size(); ++i)
        if (std::ranges::equal(name, k_products.at(i), {}, lower, lower)) return static_cast<Product>(i);
    return fail(Code::invalid_argument, "'{}' is none of Milan, Genoa, Turin", name.substr(0, 40));
}

TcbVersion decode_tcb(Product product, std::string_view raw) {
    const auto at = [raw](std::size_t i) {
        return i < raw.size() ? static_cast<std::uint8_t>(raw[i]) : std::uint8_t{0};
    };
    if (product == Product::turin) return {at(0), at(1), at(2), at(3), at(7), std::string(raw)};
    return {std::nullopt, at(0), at(1), at(6), at(7), std::string(raw)};
}

bool is_at_least(const TcbVersion& tcb, const TcbVersion& minimum) {
    return tcb.fmc.value_or(0) >= minimum.fmc.value_or(0) && tcb.bootloader >= minimum.bootloader &&
           tcb.tee >= minimum.tee && tcb.snp >= minimum.snp && tcb.microcode >= minimum.microcode;
}

std::string render_tcb(const TcbVersion& tcb) {
    const std::string fmc = tcb.fmc ? std::format("fmc {}, ", *tcb.fmc) : "";
    return fmc + std::format("bootloader {}, tee {}, snp {}, microcode {}", tcb.bootloader, tcb.tee, tcb.snp,
                             tcb.microcode);
}

std::string render_version(const FirmwareVersion& version) {
    return std::format("{}.{}.{}", version.major, version.minor, version.build);
}

Result<Report> parse_report(std::string_view bytes) {
    RDT_CHECK(check_identity(bytes));
    ByteReader reader(bytes);
    const auto text = [&reader](std::size_t size) { return std::string(reader.take(size)); };
    Report report;
    report.version = reader.u32();
    report.guest_svn = reader.u32();
    report.policy = reader.u64();
    report.family_id = text(16);
    report.image_id = text(16);
    report.vmpl = reader.u32();
    report.signature_algo = reader.u32();
    report.current_tcb = text(8);
    report.platform_info = reader.u64();
    report.key_info = reader.u32();
    (void)reader.u32();
    report.report_data = text(64);
    report.measurement = text(48);
    report.host_data = text(32);
    report.id_key_digest = text(48);
    report.author_key_digest = text(48);
    report.report_id = text(32);
    report.report_id_ma = text(32);
    report.reported_tcb = text(8);
    const auto cpuid = reader.take(24);
    report.chip_id = text(64);
    report.committed_tcb = text(8);
    report.current_version = read_version(reader);
    report.committed_version = read_version(reader);
    report.launch_tcb = text(8);
    if (report.version >= 3)
        report.cpuid = Cpuid{static_cast<std::uint8_t>(cpuid[0]), static_cast<std::uint8_t>(cpuid[1]),
                             static_cast<std::uint8_t>(cpuid[2])};
    if (report.version >= 5) {
        report.launch_mit_vector = reader.u64();
        report.current_mit_vector = reader.u64();
    }
    report.signature_r = std::string(bytes.substr(k_signed_size, 72));
    report.signature_s = std::string(bytes.substr(k_signed_size + 72, 72));
    report.bytes = std::string(bytes);
    RDT_CHECK(reader.status("SNP report"));
    return report;
}

Result<std::optional<Product>> product_of(const Report& report) {
    if (!report.cpuid) return std::optional<Product>();
    const auto [family, model, stepping] = *report.cpuid;
    if (family == 0x19 && model <= 0x0F) return std::optional(Product::milan);
    if (family == 0x19 && ((model >= 0x10 && model <= 0x1F) || (model >= 0xA0 && model <= 0xAF)))
        return std::optional(Product::genoa);
    if (family == 0x1A && model <= 0x1F) return std::optional(Product::turin);
    return fail(Code::invalid_argument, "processor family {:#x} model {:#x} is not known", family, model);
}

std::vector<std::string> broken_reserved_fields(const Report& report) {
    std::vector<std::string> broken;
    const std::string_view bytes = report.bytes;
    const auto want_zero = [&](std::size_t from, std::size_t to) {
        if (!is_zero(bytes.substr(from, to - from)))
            broken.push_back(std::format("bytes {:#x} to {:#x}", from, to - 1));
    };
    if (number_at(bytes, 8) >> 26U != 0) broken.emplace_back("policy bits 26 to 63");
    if ((report.policy & k_policy_reserved_one) == 0) broken.emplace_back("policy bit 17, which must be one");
    if (report.key_info >> 5U != 0) broken.emplace_back("key info bits 5 to 31");
    want_zero(0x4C, 0x50);
    want_zero(report.version >= 3 ? 0x18B : 0x188, 0x1A0);
    want_zero(0x1EB, 0x1EC);
    want_zero(0x1EF, 0x1F0);
    want_zero(report.version >= 5 ? 0x208 : 0x1F8, k_signed_size);
    want_zero(k_signed_size + 144, k_report_size);
    return broken;
}

} // namespace redoubt::tee::sev_snp
