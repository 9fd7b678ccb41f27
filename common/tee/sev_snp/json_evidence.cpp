// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/tee/sev_snp/json_evidence.hpp"

#include "common/encoding/base64.hpp"

namespace redoubt::tee::sev_snp {
namespace {

constexpr std::size_t k_max_chain = 16;
constexpr std::size_t k_max_certificate = 64U << 10U;
constexpr std::size_t k_signature_at = 0x2A0;

/// A list of numbers below 256 as bytes.
Result<std::string> byte_list(const json::Node& node, std::size_t least, std::size_t most) {
    RDT_TRY(auto bytes, node.bytes());
    if (bytes.size() < least || bytes.size() > most)
        return node.wrong(std::format("{} bytes, where {} are expected", bytes.size(), most));
    return bytes;
}

/// Writes a report field by field.
class ReportWriter {
  public:
    explicit ReportWriter(const json::Node& report) : report_(report), bytes_(k_report_size, '\0') {}

    Status number(const char* name, std::size_t at, std::size_t size) {
        RDT_TRY(const auto value, report_[name].unsigned_integer());
        return put(report_[name], value, at, size);
    }
    Status optional_number(const char* name, std::size_t at, std::size_t size) {
        RDT_TRY(const auto value, report_[name].unsigned_integer_or(0));
        return put(report_[name], value, at, size);
    }
    Status list(const char* name, std::size_t at, std::size_t size) {
        RDT_TRY(const auto value, byte_list(report_[name], size, size));
        bytes_.replace(at, size, value);
        return {};
    }
    Status tcb(const char* name, std::size_t at) {
        const auto node = report_[name];
        RDT_CHECK(node.expect_object());
        const bool has_fmc = node["fmc"].is_present();
        // Turin moved the parts: AMD 56860, TCB_VERSION.
        const std::size_t first = has_fmc ? 1 : 0;
        if (has_fmc) RDT_CHECK(part(node["fmc"], at));
        RDT_CHECK(part(node["bootloader"], at + first));
        RDT_CHECK(part(node["tee"], at + first + 1));
        RDT_CHECK(part(node["snp"], has_fmc ? at + 3 : at + 6));
        return part(node["microcode"], at + 7);
    }
    Status version(const char* name, std::size_t at) {
        const auto node = report_[name];
        RDT_CHECK(part(node["build"], at));
        RDT_CHECK(part(node["minor"], at + 1));
        return part(node["major"], at + 2);
    }
    Status signature() {
        const auto node = report_["signature"];
        RDT_TRY(const auto r, byte_list(node["r"], 72, 72));
        RDT_TRY(const auto s, byte_list(node["s"], 72, 72));
        bytes_.replace(k_signature_at, r.size(), r);
        bytes_.replace(k_signature_at + r.size(), s.size(), s);
        return {};
    }
    [[nodiscard]] std::string take() { return std::move(bytes_); }

  private:
    Status part(const json::Node& node, std::size_t at) {
        RDT_TRY(const auto value, node.unsigned_integer());
        return put(node, value, at, 1);
    }
    Status put(const json::Node& node, std::uint64_t value, std::size_t at, std::size_t size) {
        if (size < 8 && (value >> (8 * size)) != 0) return node.wrong("too large");
        for (std::size_t i = 0; i < size; ++i) bytes_[at + i] = static_cast<char>((value >> (8 * i)) & 0xFFU);
        return {};
    }

    json::Node report_;
    std::string bytes_;
};

Status write_head(ReportWriter& writer) {
    RDT_CHECK(writer.number("version", 0x00, 4));
    RDT_CHECK(writer.number("guest_svn", 0x04, 4));
    RDT_CHECK(writer.number("policy", 0x08, 8));
    RDT_CHECK(writer.list("family_id", 0x10, 16));
    RDT_CHECK(writer.list("image_id", 0x20, 16));
    RDT_CHECK(writer.number("vmpl", 0x30, 4));
    RDT_CHECK(writer.number("sig_algo", 0x34, 4));
    RDT_CHECK(writer.tcb("current_tcb", 0x38));
    RDT_CHECK(writer.number("plat_info", 0x40, 8));
    return writer.number("key_info", 0x48, 4);
}

Status write_values(ReportWriter& writer) {
    RDT_CHECK(writer.list("report_data", 0x50, 64));
    RDT_CHECK(writer.list("measurement", 0x90, 48));
    RDT_CHECK(writer.list("host_data", 0xC0, 32));
    RDT_CHECK(writer.list("id_key_digest", 0xE0, 48));
    RDT_CHECK(writer.list("author_key_digest", 0x110, 48));
    RDT_CHECK(writer.list("report_id", 0x140, 32));
    RDT_CHECK(writer.list("report_id_ma", 0x160, 32));
    RDT_CHECK(writer.tcb("reported_tcb", 0x180));
    RDT_CHECK(writer.optional_number("cpuid_fam_id", 0x188, 1));
    RDT_CHECK(writer.optional_number("cpuid_mod_id", 0x189, 1));
    return writer.optional_number("cpuid_step", 0x18A, 1);
}

Status write_platform(ReportWriter& writer) {
    RDT_CHECK(writer.list("chip_id", 0x1A0, 64));
    RDT_CHECK(writer.tcb("committed_tcb", 0x1E0));
    RDT_CHECK(writer.version("current", 0x1E8));
    RDT_CHECK(writer.version("committed", 0x1EC));
    RDT_CHECK(writer.tcb("launch_tcb", 0x1F0));
    RDT_CHECK(writer.optional_number("launch_mit_vector", 0x1F8, 8));
    RDT_CHECK(writer.optional_number("current_mit_vector", 0x200, 8));
    return writer.signature();
}

} // namespace

Result<std::string> encode_snp_report(const json::Node& report) {
    if (report.value() != nullptr && report.value()->is_string()) {
        RDT_TRY(const auto text, report.string());
        return encoding::from_base64(text).transform_error(context("{}", report.path()));
    }
    RDT_CHECK(report.expect_object());
    ReportWriter writer(report);
    RDT_CHECK(write_head(writer));
    RDT_CHECK(write_values(writer));
    RDT_CHECK(write_platform(writer));
    return writer.take();
}

Status add_snp_chain(const json::Node& chain, Endorsements& endorsements) {
    RDT_TRY(const auto entries, chain.array_or_empty());
    if (entries.size() > k_max_chain) return chain.wrong("more than 16 certificates");
    for (const auto& entry : entries) {
        // Kinds that are not known come as {"OTHER": "<uuid>"}.
        if (!entry["cert_type"].value() || !entry["cert_type"].value()->is_string()) continue;
        RDT_TRY(const auto type, entry["cert_type"].string());
        if (type == "Empty") continue;
        RDT_TRY(const auto bytes, byte_list(entry["data"], 1, k_max_certificate));
        if (type == "CRL") {
            RDT_TRY(auto list, RevocationList::parse(bytes).transform_error(context("{}", entry.path())));
            endorsements.revocation_lists.push_back(std::move(list));
            continue;
        }
        RDT_TRY(auto certificate, Certificate::parse(bytes).transform_error(context("{}", entry.path())));
        endorsements.certificates.push_back(std::move(certificate));
    }
    return {};
}

} // namespace redoubt::tee::sev_snp
