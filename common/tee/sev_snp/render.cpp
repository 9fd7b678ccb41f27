// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/tee/sev_snp/render.hpp"

#include <algorithm>

#include "common/encoding/hex.hpp"

namespace redoubt::tee::sev_snp {
namespace {

namespace bj = boost::json;
using encoding::to_hex;

std::string hex_number(std::uint64_t number) {
    return std::format("{:#x}", number);
}

bj::object tcb_json(const std::string& raw, std::optional<Product> product) {
    bj::object object;
    if (product) {
        const auto tcb = decode_tcb(*product, raw);
        if (tcb.fmc) object["fmc"] = *tcb.fmc;
        object["bootloader"] = tcb.bootloader;
        object["tee"] = tcb.tee;
        object["snp"] = tcb.snp;
        object["microcode"] = tcb.microcode;
    }
    object["raw"] = to_hex(raw);
    return object;
}

bj::object policy_json(std::uint64_t policy) {
    const auto bit = [policy](unsigned at) { return ((policy >> at) & 1U) != 0; };
    return {{"abi_minor", policy & 0xFFU},
            {"abi_major", (policy >> 8U) & 0xFFU},
            {"smt", bit(16)},
            {"reserved1", bit(17) ? 1 : 0},
            {"migrate_ma", bit(18)},
            {"debug", bit(19)},
            {"single_socket", bit(20)},
            {"cxl_allow", bit(21)},
            {"mem_aes_256_xts", bit(22)},
            {"rapl_dis", bit(23)},
            {"ciphertext_hiding", bit(24)},
            {"page_swap_disable", bit(25)}};
}

bj::object key_info_json(const Report& report) {
    const auto key = signing_key_of(report);
    std::string name = std::format("reserved {}", key);
    if (key == 0) name = "VCEK";
    if (key == 1) name = "VLEK";
    if (key == 7) name = "none";
    return {{"raw", hex_number(report.key_info)},
            {"author_key_en", report.key_info & 1U},
            {"mask_chip_key", (report.key_info >> 1U) & 1U},
            {"signing_key", name}};
}

} // namespace

bj::object report_json(const Report& report, std::optional<Product> product) {
    bj::object object{{"version", report.version},
                      {"guest_svn", report.guest_svn},
                      {"policy", hex_number(report.policy)},
                      {"policy_bits", policy_json(report.policy)},
                      {"family_id", to_hex(report.family_id)},
                      {"image_id", to_hex(report.image_id)},
                      {"vmpl", report.vmpl},
                      {"signature_algo", report.signature_algo},
                      {"product", product ? bj::value(name_of(*product)) : bj::value()},
                      {"current_tcb", tcb_json(report.current_tcb, product)},
                      {"platform_info", hex_number(report.platform_info)},
                      {"key_info", key_info_json(report)},
                      {"report_data", to_hex(report.report_data)},
                      {"measurement", to_hex(report.measurement)},
                      {"host_data", to_hex(report.host_data)},
                      {"id_key_digest", to_hex(report.id_key_digest)},
                      {"author_key_digest", to_hex(report.author_key_digest)},
                      {"report_id", to_hex(report.report_id)},
                      {"report_id_ma", to_hex(report.report_id_ma)},
                      {"reported_tcb", tcb_json(report.reported_tcb, product)},
                      {"chip_id", to_hex(report.chip_id)},
                      {"committed_tcb", tcb_json(report.committed_tcb, product)},
                      {"current_version", render_version(report.current_version)},
                      {"committed_version", render_version(report.committed_version)},
                      {"launch_tcb", tcb_json(report.launch_tcb, product)}};
    if (report.cpuid)
        object["cpuid"] = {{"family", hex_number(report.cpuid->family)},
                           {"model", hex_number(report.cpuid->model)},
                           {"stepping", report.cpuid->stepping}};
    if (report.launch_mit_vector) object["launch_mit_vector"] = hex_number(*report.launch_mit_vector);
    if (report.current_mit_vector) object["current_mit_vector"] = hex_number(*report.current_mit_vector);
    return object;
}

bj::object extensions_json(const Endorsement& endorsement) {
    bj::object object{{"1", endorsement.struct_version}, {"2", endorsement.product_name}};
    for (const auto& [part, number] : endorsement.versions) object[part] = number;
    if (!endorsement.hwid.empty()) object["4"] = to_hex(endorsement.hwid);
    if (endorsement.csp_id) object["5"] = *endorsement.csp_id;
    return object;
}

bj::object verdict_json(const Verdict& verdict) {
    bj::object object;
    object["anchor_class"] = verdict.anchor_class ? bj::value(name_of(*verdict.anchor_class)) : bj::value();
    bj::array chain;
    for (const auto& name : verdict.chain) chain.emplace_back(chain.empty() ? name + " (leaf)" : name);
    object["chain"] = std::move(chain);
    if (verdict.report) {
        object["report"] = report_json(*verdict.report, verdict.product);
        object["signature_r_le"] = to_hex(verdict.report->signature_r);
        object["signature_s_le"] = to_hex(verdict.report->signature_s);
    }
    if (verdict.endorsement) object["leaf_extensions"] = extensions_json(*verdict.endorsement);
    if (verdict.leaf)
        object["leaf_validity"] = {render_time(verdict.leaf->not_before()),
                                   render_time(verdict.leaf->not_after())};
    return object;
}

} // namespace redoubt::tee::sev_snp
