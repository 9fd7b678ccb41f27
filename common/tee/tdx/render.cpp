// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/tee/tdx/render.hpp"

#include "common/encoding/hex.hpp"

namespace redoubt::tee::tdx {
namespace {

namespace bj = boost::json;
using encoding::to_hex;

bj::array strings(const std::vector<std::string>& list) {
    bj::array array;
    for (const auto& text : list) array.emplace_back(text);
    return array;
}

bj::object enclave_json(const EnclaveReport& report) {
    return {{"cpusvn", to_hex(report.cpu_svn)},
            {"miscselect", to_hex(report.misc_select)},
            {"attributes", to_hex(report.attributes)},
            {"mrenclave", to_hex(report.mr_enclave)},
            {"mrsigner", to_hex(report.mr_signer)},
            {"isvprodid", report.isv_prod_id},
            {"isvsvn", report.isv_svn},
            {"reportdata", to_hex(report.report_data)}};
}

bj::object pck_json(const Pck& pck, const Certificate& certificate) {
    bj::array components;
    for (const auto component : pck.sgx_components) components.emplace_back(component);
    bj::object object{{"ppid", to_hex(pck.ppid)},
                      {"sgx_comp_svn", std::move(components)},
                      {"pcesvn", pck.pce_svn},
                      {"cpusvn", to_hex(pck.cpu_svn)},
                      {"pceid", to_hex(pck.pce_id)},
                      {"fmspc", to_hex(pck.fmspc)},
                      {"sgx_type", std::format("{:02x}", pck.sgx_type)},
                      {"platform_instance_id",
                       pck.platform_instance_id ? bj::value(to_hex(*pck.platform_instance_id)) : bj::value()},
                      {"configuration", nullptr},
                      {"serial", certificate.serial()}};
    if (!pck.configuration.empty()) {
        bj::object configuration;
        for (const auto& [name, value] : pck.configuration) configuration[name] = value;
        object["configuration"] = std::move(configuration);
    }
    return object;
}

bj::object quote_json(const Verdict& verdict) {
    const Quote& quote = *verdict.quote;
    bj::object object{{"version", quote.version},
                      {"att_key_type", quote.att_key_type},
                      {"tee_type", std::format("{:#x}", quote.tee_type)},
                      {"qe_vendor_id", to_hex(quote.qe_vendor_id)},
                      {"user_data", to_hex(quote.user_data)},
                      {"body_type", name_of(quote.body_type)}};
    if (quote.version >= 5) object["body_size"] = quote.body_size;
    object["body"] = quote.td ? body_json(*quote.td) : enclave_json(*quote.enclave);
    object["signed_len"] = quote.signed_bytes.size();
    object["sig_len"] = quote.signature_size;
    object["trailing"] = quote.trailing;
    object["att_pub"] = to_hex(quote.att_key);
    if (quote.outer_cert_type) object["outer_cert_type"] = *quote.outer_cert_type;
    object["qe_report"] = enclave_json(quote.qe_report);
    object["qe_auth_len"] = quote.qe_auth_data.size();
    object["cert_type"] = quote.cert_type;
    bj::array chain;
    for (const auto& certificate : verdict.chain) chain.emplace_back(certificate.subject());
    object["chain"] = std::move(chain);
    if (verdict.pck) {
        const Certificate& leaf = verdict.chain.front();
        object["pck"] = pck_json(*verdict.pck, leaf);
        object["pck_validity"] = {render_time(leaf.not_before()), render_time(leaf.not_after())};
    }
    return object;
}

bj::object tcb_json(const Verdict& verdict) {
    const TcbEvaluation& tcb = *verdict.tcb;
    const TcbInfo& info = *verdict.tcb_info;
    bj::object platform;
    if (tcb.platform)
        platform = {{"tcbDate", tcb.platform->date},
                    {"tcbStatus", name_of(tcb.platform->status)},
                    {"advisoryIDs", strings(tcb.platform->advisories)}};
    bj::value module;
    if (tcb.module_level)
        module = {{"id", tcb.module_id},
                  {"tcbStatus", name_of(tcb.module_level->status)},
                  {"isvsvn", tcb.module_level->isv_svn},
                  {"advisoryIDs", strings(tcb.module_level->advisories)},
                  {"mrsigner_match", tcb.module_signer_matches}};
    bj::object object{{"platform", std::move(platform)},
                      {"module", std::move(module)},
                      {"tcbInfo_issue", info.issue_text},
                      {"nextUpdate", info.next_text},
                      {"evalnum", info.evaluation_number}};
    if (verdict.qe_identity && tcb.qe_level) {
        const auto& identity = *verdict.qe_identity;
        const auto& qe = verdict.quote->qe_report;
        object["qe"] = {
            {"id", identity.id},
            {"mrsigner", qe.mr_signer == identity.mr_signer},
            {"prodid", qe.isv_prod_id == identity.isv_prod_id},
            {"misc", equal_under_mask(qe.misc_select, identity.misc_select, identity.misc_select_mask)},
            {"attr", equal_under_mask(qe.attributes, identity.attributes, identity.attributes_mask)},
            {"status", name_of(tcb.qe_level->status)},
            {"isvsvn", qe.isv_svn},
            {"issue", identity.issue_text},
            {"next", identity.next_text}};
    }
    object["advisoryIDs"] = strings(tcb.advisories);
    return object;
}

} // namespace

bj::object body_json(const TdReport& td) {
    bj::object object{{"tee_tcb_svn", to_hex(td.tee_tcb_svn)},
                      {"mrseam", to_hex(td.mr_seam)},
                      {"mrsignerseam", to_hex(td.mr_signer_seam)},
                      {"seamattributes", to_hex(td.seam_attributes)},
                      {"tdattributes", to_hex(td.td_attributes)},
                      {"xfam", to_hex(td.xfam)},
                      {"mrtd", to_hex(td.mr_td)},
                      {"mrconfigid", to_hex(td.mr_config_id)},
                      {"mrowner", to_hex(td.mr_owner)},
                      {"mrownerconfig", to_hex(td.mr_owner_config)}};
    for (std::size_t i = 0; i < td.rtmr.size(); ++i) object[std::format("rtmr{}", i)] = to_hex(td.rtmr[i]);
    object["reportdata"] = to_hex(td.report_data);
    if (td.tee_tcb_svn2) object["tee_tcb_svn2"] = to_hex(*td.tee_tcb_svn2);
    if (td.mr_service_td) object["mrservicetd"] = to_hex(*td.mr_service_td);
    return object;
}

bj::object verdict_json(const Verdict& verdict) {
    bj::object object;
    object["anchor_class"] = verdict.anchor_class ? bj::value(name_of(*verdict.anchor_class)) : bj::value();
    if (verdict.quote) object["quote"] = quote_json(verdict);
    if (verdict.chain.size() > 1)
        object["quote"].as_object()["pck_issuer_cn"] = verdict.chain[1].common_name();
    if (verdict.tcb) {
        object["tcb"] = tcb_json(verdict);
        object["overall_status"] =
            verdict.tcb->overall ? std::string(name_of(*verdict.tcb->overall)) : "TCB level not supported";
    }
    return object;
}

} // namespace redoubt::tee::tdx
