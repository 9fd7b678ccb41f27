// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <algorithm>

#include "common/base/file.hpp"
#include "common/tee/cli/evidence_verify.hpp"
#include "common/tee/cli/inputs.hpp"
#include "common/tee/sev_snp/cert_table.hpp"
#include "common/tee/sev_snp/id_block.hpp"
#include "common/tee/sev_snp/render.hpp"

namespace redoubt::tee::cli {
namespace {

namespace bj = boost::json;

Result<sev_snp::TcbFloor> read_floor(std::string_view flag, const std::string& text) {
    sev_snp::TcbFloor floor;
    for (const auto& piece : split(text, ',')) {
        const auto equals = piece.find('=');
        const auto name = piece.substr(0, equals);
        if (equals == std::string::npos)
            return fail(Code::invalid_argument, "{}: '{}' is not NAME=NUMBER", flag, piece);
        RDT_TRY(const auto number, read_number(flag, std::string_view(piece).substr(equals + 1)));
        if (number > 255) return fail(Code::invalid_argument, "{}: {} is above 255", flag, number);
        const auto value = static_cast<std::uint8_t>(number);
        if (name == "fmc")
            floor.fmc = value;
        else if (name == "bootloader")
            floor.bootloader = value;
        else if (name == "tee")
            floor.tee = value;
        else if (name == "snp")
            floor.snp = value;
        else if (name == "microcode")
            floor.microcode = value;
        else
            return fail(Code::invalid_argument, "{}: '{}' is none of fmc, bootloader, tee, snp, microcode",
                        flag, name);
    }
    return floor;
}

Result<std::optional<sev_snp::FirmwareVersion>> read_firmware(const std::string& text) {
    if (text.empty()) return std::optional<sev_snp::FirmwareVersion>();
    std::vector<std::uint8_t> numbers;
    for (const auto& piece : split(text, '.')) {
        RDT_TRY(const auto number, read_number("--min-firmware", piece));
        if (number > 255) return fail(Code::invalid_argument, "--min-firmware: {} is above 255", number);
        numbers.push_back(static_cast<std::uint8_t>(number));
    }
    if (numbers.size() != 3)
        return fail(Code::invalid_argument, "--min-firmware: '{}' is not MAJOR.MINOR.BUILD", text);
    return std::optional(sev_snp::FirmwareVersion{numbers[0], numbers[1], numbers[2]});
}

Status read_flags(const EvidenceOptions& options, sev_snp::Policy& policy) {
    policy.allows_debug = options.allow_debug;
    policy.allows_vlek = options.allow_vlek;
    policy.allows_migration_agent = options.allow_migration;
    policy.allows_smt = !options.refuse_smt;
    policy.allows_simulation = options.allow_simulation;
    policy.csp_ids = options.csp_ids;
    policy.guest_svn_floor = options.min_guest_svn;
    policy.revocation = options.require_crl ? RevocationRule::required : RevocationRule::when_given;
    if (!options.product.empty()) {
        RDT_TRY(policy.product, sev_snp::parse_product(options.product));
    }
    policy.vmpl.reset();
    if (options.vmpl != "any") {
        RDT_TRY(const auto vmpl, read_number("--vmpl", options.vmpl));
        if (vmpl > 3) return fail(Code::invalid_argument, "--vmpl: {} is above 3", vmpl);
        policy.vmpl = static_cast<std::uint32_t>(vmpl);
    }
    if (!options.platform_info_required.empty()) {
        RDT_TRY(policy.platform_info_required,
                read_number("--platform-info", options.platform_info_required));
    }
    if (!options.platform_info_forbidden.empty()) {
        RDT_TRY(policy.platform_info_forbidden,
                read_number("--no-platform-info", options.platform_info_forbidden));
    }
    return {};
}

Result<sev_snp::Policy> read_policy(const EvidenceOptions& options) {
    sev_snp::Policy policy;
    RDT_CHECK(read_flags(options, policy));
    RDT_TRY(policy.reported_floor, read_floor("--min-tcb", options.min_tcb));
    RDT_TRY(policy.committed_floor, read_floor("--min-committed-tcb", options.min_committed_tcb));
    RDT_TRY(policy.committed_version_floor, read_firmware(options.min_firmware));
    RDT_TRY(policy.measurements, read_hex_list("--measurement", options.measurements, 48));
    RDT_TRY(policy.host_data, read_hex_list("--host-data", options.host_data, 32));
    RDT_TRY(policy.id_key_digests, read_hex_list("--id-key-digest", options.id_key_digests, 48));
    RDT_TRY(policy.author_key_digests, read_hex_list("--author-key-digest", options.author_key_digests, 48));
    if (!options.report_data.empty()) {
        RDT_TRY(policy.report_data, read_hex("--report-data", options.report_data));
        if (policy.report_data->size() > 64)
            return fail(Code::invalid_argument, "--report-data: more than 64 bytes");
    }
    return policy;
}

Result<sev_snp::AmdAuthorities> read_authorities(const EvidenceOptions& options) {
    RDT_TRY(auto authorities, sev_snp::production_authorities());
    RDT_TRY(auto anchors, load_anchors(options.anchors));
    std::ranges::move(anchors, std::back_inserter(authorities.anchors));
    return authorities;
}

bj::object describe_table(std::string_view bytes) {
    bj::object object;
    const auto entries = sev_snp::parse_cert_table(bytes);
    if (!entries) return object;
    bj::array list;
    for (const auto& entry : *entries)
        list.push_back({{"name", entry.name}, {"guid", entry.guid}, {"bytes", entry.bytes.size()}});
    object["entries"] = std::move(list);
    return object;
}

void merge(bj::object& into, bj::object&& from) {
    for (auto& member : from) into[member.key()] = std::move(member.value());
}

Result<bj::object> verify_id_block(const EvidenceOptions& options, const std::string& at,
                                   const std::string& block) {
    if (options.id_auth.empty()) return fail(Code::invalid_argument, "--kind id-block needs --id-auth");
    RDT_TRY(const auto auth, read_file(options.id_auth));
    const auto verdict = sev_snp::verify_id_block(block, auth);
    auto document = make_document(options, at, verdict.explanation);
    if (verdict.block) merge(document, sev_snp::id_block_json(*verdict.block));
    return document;
}

/// An ID block that was given with a report has to be the one the report was launched with.
Status check_id_block(const EvidenceOptions& options, sev_snp::Verdict& verdict) {
    if (options.id_block.empty()) return {};
    if (options.id_auth.empty()) return fail(Code::invalid_argument, "--id-block needs --id-auth");
    RDT_TRY(const auto block, read_file(options.id_block));
    RDT_TRY(const auto auth, read_file(options.id_auth));
    if (verdict.report)
        sev_snp::match_id_block(verdict.explanation, *verdict.report, sev_snp::verify_id_block(block, auth));
    return {};
}

} // namespace

Result<bj::object> verify_snp(const EvidenceOptions& options) {
    RDT_TRY(const auto at, time_of(options));
    const auto shown = render_time(at);
    RDT_TRY(const auto policy, read_policy(options));
    RDT_TRY(const auto authorities, read_authorities(options));
    RDT_TRY(const auto bytes, read_file(options.evidence));
    if (options.kind == "id-block") return verify_id_block(options, shown, bytes);

    auto pool = load_pool(options.certs);
    if (pool && options.kind != "evidence") {
        const auto status = add_to_pool(*pool, bytes);
        if (!status) pool = std::unexpected(status.error());
    }
    if (!pool && pool.error().code != Code::invalid_argument && pool.error().code != Code::resource_exhausted)
        return std::unexpected(pool.error());
    if (!pool) return malformed(options, shown, pool.error());
    const sev_snp::Endorsements endorsements{std::move(pool->certificates),
                                             std::move(pool->revocation_lists)};

    if (options.kind == "certificate" || options.kind == "cert-table") {
        const auto verdict = sev_snp::verify_endorsement(endorsements, authorities, policy, at);
        auto document = make_document(options, shown, verdict.explanation);
        merge(document, sev_snp::verdict_json(verdict));
        if (options.kind == "cert-table") merge(document, describe_table(bytes));
        return document;
    }
    if (options.kind != "evidence")
        return fail(Code::invalid_argument,
                    "--kind '{}': snp has evidence, certificate, cert-table and id-block", options.kind);
    auto verdict = sev_snp::verify_report(bytes, endorsements, authorities, policy, at);
    RDT_CHECK(check_id_block(options, verdict));
    auto document = make_document(options, shown, verdict.explanation);
    merge(document, sev_snp::verdict_json(verdict));
    return document;
}

} // namespace redoubt::tee::cli
