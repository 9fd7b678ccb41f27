// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/attester/sev_snp/snp_evidence.hpp"

#include <boost/json/array.hpp>

#include "common/tee/sev_snp/cert_table.hpp"
#include "common/tee/sev_snp/report.hpp"

namespace redoubt::guest::attester::sev_snp {
namespace {

namespace bj = boost::json;
namespace snp = tee::sev_snp;

/// Bytes as the protocol has them: a list of numbers.
bj::array byte_list(std::string_view bytes) {
    bj::array list;
    list.reserve(bytes.size());
    for (const char byte : bytes) list.emplace_back(static_cast<unsigned>(static_cast<unsigned char>(byte)));
    return list;
}

bj::object tcb_json(const snp::TcbVersion& tcb) {
    bj::object out;
    if (tcb.fmc) out["fmc"] = *tcb.fmc;
    out["bootloader"] = tcb.bootloader;
    out["tee"] = tcb.tee;
    out["snp"] = tcb.snp;
    out["microcode"] = tcb.microcode;
    return out;
}

bj::object version_json(const snp::FirmwareVersion& version) {
    return {{"major", version.major}, {"minor", version.minor}, {"build", version.build}};
}

void add_identities(bj::object& out, const snp::Report& report) {
    out["version"] = report.version;
    out["guest_svn"] = report.guest_svn;
    out["policy"] = report.policy;
    out["family_id"] = byte_list(report.family_id);
    out["image_id"] = byte_list(report.image_id);
    out["vmpl"] = report.vmpl;
    out["sig_algo"] = report.signature_algo;
    out["plat_info"] = report.platform_info;
    out["key_info"] = report.key_info;
    out["report_data"] = byte_list(report.report_data);
    out["measurement"] = byte_list(report.measurement);
    out["host_data"] = byte_list(report.host_data);
    out["id_key_digest"] = byte_list(report.id_key_digest);
    out["author_key_digest"] = byte_list(report.author_key_digest);
    out["report_id"] = byte_list(report.report_id);
    out["report_id_ma"] = byte_list(report.report_id_ma);
    out["chip_id"] = byte_list(report.chip_id);
}

void add_platform(bj::object& out, const snp::Report& report, snp::Product product) {
    const auto tcb = [&](const std::string& raw) { return tcb_json(snp::decode_tcb(product, raw)); };
    out["current_tcb"] = tcb(report.current_tcb);
    out["reported_tcb"] = tcb(report.reported_tcb);
    out["committed_tcb"] = tcb(report.committed_tcb);
    out["launch_tcb"] = tcb(report.launch_tcb);
    if (report.cpuid) {
        out["cpuid_fam_id"] = report.cpuid->family;
        out["cpuid_mod_id"] = report.cpuid->model;
        out["cpuid_step"] = report.cpuid->stepping;
    }
    out["current"] = version_json(report.current_version);
    out["committed"] = version_json(report.committed_version);
    if (report.launch_mit_vector) out["launch_mit_vector"] = *report.launch_mit_vector;
    if (report.current_mit_vector) out["current_mit_vector"] = *report.current_mit_vector;
    out["signature"] = {{"r", byte_list(report.signature_r)}, {"s", byte_list(report.signature_s)}};
}

/// The host's table, as it is: who verifies takes nothing of it on trust.
Result<bj::value> chain_json(std::string_view table) {
    if (table.empty()) return bj::value(nullptr);
    RDT_TRY(const auto entries, snp::parse_cert_table(table));
    bj::array chain;
    for (const auto& entry : entries) {
        bj::value type(entry.name);
        if (entry.name.empty()) type = bj::object{{"OTHER", entry.guid}};
        chain.push_back(bj::object{{"cert_type", std::move(type)}, {"data", byte_list(entry.bytes)}});
    }
    return chain;
}

} // namespace

Result<Evidence> read_snp_evidence(const RawEvidence& raw) {
    RDT_TRY(const auto report, snp::parse_report(raw.outblob));
    if (report.vmpl != 0)
        return fail(Code::permission_denied, "the report is of VMPL {}, and this guest runs at 0",
                    report.vmpl);
    // Reports that do not name their processor are of generations with the first order of the parts.
    RDT_TRY(const auto named, snp::product_of(report));
    bj::object members;
    add_identities(members, report);
    add_platform(members, report, named.value_or(snp::Product::milan));
    RDT_TRY(auto chain, chain_json(raw.auxblob).transform_error(context("certificates of the host")));
    Evidence evidence{
        .tee = "snp", .json = {}, .report_data = report.report_data, .init_data = report.host_data};
    evidence.json["attestation_report"] = std::move(members);
    evidence.json["cert_chain"] = std::move(chain);
    return evidence;
}

} // namespace redoubt::guest::attester::sev_snp
