// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/oci/signature/stored_signatures.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <format>
#include <utility>

#include "common/encoding/base64.hpp"
#include "common/encoding/json.hpp"
#include "common/oci/signature/simple_signing.hpp"

namespace redoubt::oci::signature {
namespace {

namespace bj = boost::json;

constexpr std::int64_t k_version = 1;
constexpr json::Limits k_document_limits{.max_bytes = k_max_signatures_bytes, .max_depth = 8};
/// More than this nobody has signed.
constexpr std::size_t k_max_signature_text = 1024;

Result<crypto::Digest> read_digest(const json::Node& node) {
    RDT_TRY(const auto text, node.string());
    auto digest = crypto::Digest::parse(text);
    if (!digest) return node.wrong(digest.error().message);
    return digest;
}

std::string render_one(const StoredSignature& one) {
    return bj::serialize(
        bj::object{{"payload", encoding::to_base64(one.payload)}, {"signature", one.signature}});
}

} // namespace

Result<std::vector<PayloadPlace>> parse_signature_manifest(std::string_view text) {
    RDT_TRY(const auto document, json::parse("signatures", text, {.max_bytes = k_max_manifest_bytes}));
    RDT_TRY(const auto layers, document.root()["layers"].array());
    std::vector<PayloadPlace> places;
    for (const auto& layer : layers) {
        RDT_TRY(auto type, layer["mediaType"].string());
        if (type != k_payload_type) continue;
        RDT_TRY(auto digest, read_digest(layer["digest"]));
        RDT_TRY(const auto size, layer["size"].unsigned_integer());
        RDT_TRY(auto signature, layer["annotations"][k_signature_annotation].string());
        if (size > k_max_payload_bytes || signature.size() > k_max_signature_text) continue;
        places.push_back({.payload = {.media_type = std::move(type),
                                      .digest = std::move(digest),
                                      .size = size,
                                      .annotations = {},
                                      .platform = std::nullopt},
                          .signature = std::move(signature)});
        if (places.size() > k_max_signatures) places.erase(places.begin());
    }
    return places;
}

std::string render_signatures(const std::vector<StoredSignature>& signatures) {
    const std::string head = std::format(R"({{"version":{},"signatures":[)", k_version);
    constexpr std::string_view k_tail = "]}";
    std::string list; // from the newest on, so that the oldest have no place
    std::size_t count = 0;
    for (auto i = signatures.size(); i-- > 0 && count < k_max_signatures; ++count) {
        auto one = render_one(signatures[i]) + (count > 0 ? "," : "");
        if (head.size() + one.size() + list.size() + k_tail.size() > k_max_signatures_bytes) break;
        list.insert(0, one);
    }
    return head + list + std::string(k_tail);
}

Result<std::vector<StoredSignature>> parse_signatures(std::string_view text) {
    RDT_TRY(const auto document, json::parse("signatures", text, k_document_limits));
    const auto root = document.root();
    RDT_TRY(const auto version, root["version"].integer());
    if (version != k_version) return root["version"].wrong("not a version this program knows");
    RDT_TRY(const auto nodes, root["signatures"].array());
    if (nodes.size() > k_max_signatures)
        return fail(Code::resource_exhausted, "{}: {} signatures, at most {} are allowed",
                    root["signatures"].path(), nodes.size(), k_max_signatures);
    std::vector<StoredSignature> signatures;
    for (const auto& node : nodes) {
        StoredSignature one;
        RDT_TRY(const auto payload, node["payload"].string());
        auto decoded = encoding::from_base64(payload);
        if (!decoded) return node["payload"].wrong(decoded.error().message);
        one.payload = *std::move(decoded);
        if (one.payload.size() > k_max_payload_bytes) return node["payload"].wrong("too large");
        RDT_TRY(one.signature, node["signature"].string());
        signatures.push_back(std::move(one));
    }
    return signatures;
}

} // namespace redoubt::oci::signature
