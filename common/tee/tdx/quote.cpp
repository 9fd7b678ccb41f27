// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/tee/tdx/quote.hpp"

#include <array>

#include "common/tee/evidence/byte_reader.hpp"

namespace redoubt::tee::tdx {
namespace {

constexpr std::size_t k_max_quote = 128U << 10U;
constexpr std::size_t k_enclave_size = 384;
constexpr std::size_t k_td_1_0_size = 584;
constexpr std::size_t k_td_1_5_size = 648;
constexpr std::uint16_t k_key_ecdsa_p256 = 2;
constexpr std::uint16_t k_cert_pck_chain = 5;
constexpr std::uint16_t k_cert_qe_report = 6;

EnclaveReport read_enclave(ByteReader& outer) {
    EnclaveReport report;
    report.bytes = std::string(outer.take(k_enclave_size));
    if (report.bytes.size() != k_enclave_size) return report; // the outer reader remembers
    ByteReader reader(report.bytes);
    report.cpu_svn = reader.take(16);
    report.misc_select = reader.take(4);
    (void)reader.take(28);
    report.attributes = reader.take(16);
    report.mr_enclave = reader.take(32);
    (void)reader.take(32);
    report.mr_signer = reader.take(32);
    (void)reader.take(96);
    report.isv_prod_id = reader.u16();
    report.isv_svn = reader.u16();
    (void)reader.take(60);
    report.report_data = reader.take(64);
    return report;
}

/// What the version says about the body: its type, or what is wrong.
Status read_body_type(ByteReader& reader, Quote& quote) {
    if (quote.version == 5) {
        const auto type = reader.u16();
        quote.body_size = reader.u32();
        if (type < 1 || type > 3) return fail(Code::invalid_argument, "quote: body type {}", type);
        quote.body_type = static_cast<BodyType>(type - 1);
    } else {
        quote.body_type = quote.tee_type == k_tee_sgx ? BodyType::sgx : BodyType::td_1_0;
        quote.body_size = quote.body_type == BodyType::sgx ? k_enclave_size : k_td_1_0_size;
    }
    static constexpr std::array k_sizes{k_enclave_size, k_td_1_0_size, k_td_1_5_size};
    const auto wanted = k_sizes.at(static_cast<std::size_t>(quote.body_type));
    if (quote.body_size != wanted)
        return fail(Code::invalid_argument, "quote: a {} body of {} bytes, where it has {}",
                    name_of(quote.body_type), quote.body_size, wanted);
    if ((quote.body_type == BodyType::sgx) != (quote.tee_type == k_tee_sgx))
        return fail(Code::invalid_argument, "quote: a {} body for TEE type {:#x}", name_of(quote.body_type),
                    quote.tee_type);
    return {};
}

Status read_header(ByteReader& reader, Quote& quote) {
    quote.version = reader.u16();
    quote.att_key_type = reader.u16();
    quote.tee_type = reader.u32();
    (void)reader.u32(); // QE and PCE SVN in version 3, reserved later
    quote.qe_vendor_id = reader.take(16);
    quote.user_data = reader.take(20);
    RDT_CHECK(reader.status("quote header"));
    if (quote.version < 3 || quote.version > 5)
        return fail(Code::invalid_argument, "quote: version {} is not supported", quote.version);
    if (quote.att_key_type != k_key_ecdsa_p256)
        return fail(Code::invalid_argument,
                    "quote: attestation key type {}, where only 2 (ECDSA P-256) is known",
                    quote.att_key_type);
    if (quote.version == 3) { // its TEE type bytes are reserved: such quotes are SGX's
        if (quote.tee_type != k_tee_sgx)
            return fail(Code::invalid_argument, "quote: version 3 cannot be TDX's");
    } else if (quote.tee_type != k_tee_tdx && quote.tee_type != k_tee_sgx) {
        return fail(Code::invalid_argument, "quote: TEE type {:#x}", quote.tee_type);
    }
    return {};
}

/// The certification data, of which version 4 and later have one around the QE report.
Status read_certification(std::string_view bytes, Quote& quote) {
    ByteReader reader(bytes);
    if (quote.version >= 4) {
        quote.outer_cert_type = reader.u16();
        const auto size = reader.u32();
        RDT_CHECK(reader.status("quote certification data"));
        if (*quote.outer_cert_type != k_cert_qe_report)
            return fail(Code::invalid_argument, "quote: certification data of type {}, where 6 belongs",
                        *quote.outer_cert_type);
        if (size != reader.rest().size())
            return fail(Code::invalid_argument, "quote: certification data of {} bytes, where {} are left",
                        size, reader.rest().size());
    }
    quote.qe_report = read_enclave(reader);
    quote.qe_report_signature = reader.take(64);
    quote.qe_auth_data = reader.sized16();
    quote.cert_type = reader.u16();
    const auto size = reader.u32();
    quote.cert_data = reader.take(size);
    RDT_CHECK(reader.status("quote QE data"));
    if (quote.cert_type != k_cert_pck_chain)
        return fail(Code::invalid_argument,
                    "quote: PCK data of type {}, where only 5 (certificate chain) is supported",
                    quote.cert_type);
    if (!reader.rest().empty())
        return fail(Code::invalid_argument, "quote: {} bytes behind the PCK data", reader.rest().size());
    return {};
}

} // namespace

std::string_view name_of(BodyType type) {
    static constexpr std::array<std::string_view, 3> k_names{"sgx", "tdx1.0", "tdx1.5"};
    return k_names.at(static_cast<std::size_t>(type));
}

Result<TdReport> parse_td_report(std::string_view bytes, BodyType type) {
    ByteReader reader(bytes);
    const auto text = [&reader](std::size_t size) { return std::string(reader.take(size)); };
    TdReport report;
    report.tee_tcb_svn = text(16);
    report.mr_seam = text(48);
    report.mr_signer_seam = text(48);
    report.seam_attributes = text(8);
    report.td_attributes = text(8);
    report.xfam = text(8);
    report.mr_td = text(48);
    report.mr_config_id = text(48);
    report.mr_owner = text(48);
    report.mr_owner_config = text(48);
    for (int i = 0; i < 4; ++i) report.rtmr.push_back(text(48));
    report.report_data = text(64);
    if (type == BodyType::td_1_5) {
        report.tee_tcb_svn2 = text(16);
        report.mr_service_td = text(48);
    }
    RDT_CHECK(reader.status("TD report"));
    if (!reader.rest().empty())
        return fail(Code::invalid_argument, "TD report: {} bytes too many", reader.rest().size());
    return report;
}

Result<Quote> parse_quote(std::string_view bytes) {
    if (bytes.size() > k_max_quote) return fail(Code::resource_exhausted, "quote: {} bytes", bytes.size());
    Quote quote;
    ByteReader reader(bytes);
    RDT_CHECK(read_header(reader, quote));
    RDT_CHECK(read_body_type(reader, quote));
    if (quote.body_type == BodyType::sgx) {
        quote.enclave = read_enclave(reader);
        RDT_CHECK(reader.status("quote body"));
    } else {
        const auto body = reader.take(quote.body_size);
        RDT_CHECK(reader.status("quote body"));
        RDT_TRY(quote.td, parse_td_report(body, quote.body_type));
    }
    quote.signed_bytes = std::string(bytes.substr(0, reader.offset()));
    quote.signature_size = reader.u32();
    const auto signature_data = reader.take(quote.signature_size);
    RDT_CHECK(reader.status("quote signature data"));
    quote.trailing = reader.rest().size();
    ByteReader data(signature_data);
    quote.signature = data.take(64);
    quote.att_key = data.take(64);
    RDT_CHECK(data.status("quote signature"));
    RDT_CHECK(read_certification(data.rest(), quote));
    return quote;
}

Result<LocalReport> parse_local_report(std::string_view bytes) {
    // REPORTMACSTRUCT 256, TEE_TCB_INFO 239, reserved 17, TDINFO 512. Source: Intel TDX module ABI.
    if (bytes.size() != 1024)
        return fail(Code::invalid_argument, "TDREPORT: {} bytes, where 1024 belong", bytes.size());
    return LocalReport{std::string(bytes.substr(128, 64)), std::string(bytes.substr(80, 48)),
                       std::string(bytes.substr(512, 8)),  std::string(bytes.substr(528, 48)),
                       std::string(bytes.substr(576, 48)), std::string(bytes.substr(512, 400))};
}

std::string td_info_of(const TdReport& td) {
    auto info = td.td_attributes + td.xfam + td.mr_td + td.mr_config_id + td.mr_owner + td.mr_owner_config;
    for (const auto& value : td.rtmr) info += value;
    return info;
}

} // namespace redoubt::tee::tdx
