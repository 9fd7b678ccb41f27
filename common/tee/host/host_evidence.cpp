// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/tee/host/host_evidence.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "common/encoding/base64.hpp"
#include "common/encoding/hex.hpp"
#include "common/encoding/json.hpp"
#include "common/tee/evidence/hash.hpp"

namespace redoubt::tee::host {
namespace {

namespace bj = boost::json;
using encoding::to_base64;

constexpr std::string_view k_domain{"org.redoubt.host-quote.v1\0", 26};
constexpr std::size_t k_max_structure = 4U << 10U;
constexpr std::size_t k_max_certificate = 64U << 10U;
constexpr std::size_t k_max_document = 8U << 20U;

Result<std::string> bytes_of(const json::Node& node, std::size_t most) {
    RDT_TRY(const auto text, node.string());
    RDT_TRY(auto bytes, encoding::from_base64(text).transform_error(context("{}", node.path())));
    if (bytes.size() > most) return node.wrong(std::format("more than {} bytes", most));
    return bytes;
}

Result<std::string> bytes_if_there(const json::Node& node, std::size_t most) {
    if (!node.is_present()) return std::string();
    return bytes_of(node, most);
}

Status read_pcrs(const json::Node& list, HostEvidence& evidence) {
    RDT_TRY(const auto values, list.array());
    if (values.size() != k_pcrs) return list.wrong("not the values of 24 PCRs");
    for (std::size_t i = 0; i < k_pcrs; ++i) {
        RDT_TRY(const auto text, values[i].string());
        RDT_TRY(auto value, encoding::from_hex(text).transform_error(context("{}", values[i].path())));
        if (value.size() != k_digest_size) return values[i].wrong("not a SHA-256 value");
        evidence.pcrs.at(i) = std::move(value);
    }
    return {};
}

} // namespace

Result<std::string> quoted_data(std::string_view nonce, std::string_view guest_digest) {
    if (nonce.size() != k_nonce_size)
        return fail(Code::invalid_argument, "nonce: {} bytes, where {} are expected", nonce.size(),
                    k_nonce_size);
    if (!guest_digest.empty() && guest_digest.size() != k_digest_size)
        return fail(Code::invalid_argument, "digest of the guest's evidence: {} bytes, where {} are expected",
                    guest_digest.size(), k_digest_size);
    const std::string no_guest(k_digest_size, '\0');
    return hash_of(Hash::sha256, {k_domain, nonce, guest_digest.empty() ? no_guest : guest_digest});
}

std::string render_host_evidence(const HostEvidence& evidence) {
    bj::array pcrs;
    for (const auto& value : evidence.pcrs) pcrs.emplace_back(encoding::to_hex(value));
    bj::object document{{"format", k_evidence_format},
                        {"ak_public", to_base64(evidence.ak_public)},
                        {"tpm_quote",
                         {{"message", to_base64(evidence.message)},
                          {"signature", to_base64(evidence.signature)},
                          {"pcrs", std::move(pcrs)}}}};
    if (!evidence.ek_certificate.empty()) document["ek_certificate"] = to_base64(evidence.ek_certificate);
    if (!evidence.event_log.empty()) document["event_log"] = to_base64(evidence.event_log);
    return bj::serialize(document);
}

Result<HostEvidence> parse_host_evidence(std::string_view text) {
    RDT_TRY(const auto document, json::parse("evidence", text, {.max_bytes = k_max_document}));
    const auto root = document.root();
    RDT_TRY(const auto format, root["format"].string());
    if (format != k_evidence_format) return root["format"].wrong("not redoubt-node-evidence/1");
    HostEvidence evidence;
    RDT_TRY(evidence.ak_public, bytes_of(root["ak_public"], k_max_structure));
    RDT_TRY(evidence.ek_certificate, bytes_if_there(root["ek_certificate"], k_max_certificate));
    RDT_TRY(evidence.message, bytes_of(root["tpm_quote"]["message"], k_max_structure));
    RDT_TRY(evidence.signature, bytes_of(root["tpm_quote"]["signature"], k_max_structure));
    RDT_CHECK(read_pcrs(root["tpm_quote"]["pcrs"], evidence));
    RDT_TRY(evidence.event_log, bytes_if_there(root["event_log"], k_max_log));
    return evidence;
}

} // namespace redoubt::tee::host
