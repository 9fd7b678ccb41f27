// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/attestation/verifier/collateral_origin.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>

#include "common/encoding/hex.hpp"
#include "common/encoding/json.hpp"
#include "common/tee/evidence/hash.hpp"

namespace redoubt::services::attestation {
namespace {

namespace bj = boost::json;

constexpr std::array<std::string_view, 5> k_sources{"built-in", "configured", "file", "imported", "fetched"};
constexpr std::uint64_t k_version = 1;
constexpr json::Limits k_limits{.max_bytes = 1U << 20U, .max_depth = 4};

std::string hex_digest(std::string_view bytes) {
    const auto digest = tee::hash_of(tee::Hash::sha256, {bytes});
    return digest ? encoding::to_hex(*digest) : std::string();
}

} // namespace

std::string_view name_of(Source source) {
    return k_sources.at(static_cast<std::size_t>(source));
}

std::string digest_of(const tee::Certificate& certificate) {
    return hex_digest(certificate.der());
}

std::string digest_of(const tee::RevocationList& list) {
    return hex_digest(list.der());
}

std::string digest_of(const tee::tdx::SignedDocument& document) {
    return hex_digest(document.body + document.signature);
}

std::string render_origins(const Origins& origins) {
    bj::object statements;
    for (const auto& [digest, origin] : origins) {
        bj::object value{{"source", name_of(origin.source)}, {"from", origin.from}};
        if (origin.came) value["came"] = tee::render_time(*origin.came);
        statements[digest] = std::move(value);
    }
    return bj::serialize(bj::object{{"version", k_version}, {"statements", std::move(statements)}});
}

Result<Origins> parse_origins(std::string_view text) {
    RDT_TRY(const auto document, json::parse("sources", text, k_limits));
    RDT_TRY(const auto version, document.root()["version"].unsigned_integer());
    if (version != k_version)
        return fail(Code::unimplemented, "sources.version: {} is not known here", version);
    const auto statements = document.root()["statements"];
    RDT_CHECK(statements.expect_object());
    Origins origins;
    for (const auto& member : statements.value()->get_object()) {
        const auto node = statements[member.key()];
        Origin origin;
        RDT_TRY(const auto source, node["source"].string());
        const auto* found = std::ranges::find(k_sources, source);
        if (found == k_sources.end()) return node["source"].wrong("not a source");
        origin.source = static_cast<Source>(found - k_sources.begin());
        RDT_TRY(origin.from, node["from"].string_or());
        if (node["came"].is_present()) {
            RDT_TRY(const auto came, node["came"].string());
            RDT_TRY(origin.came, tee::parse_time(came).transform_error(context("{}", node["came"].path())));
        }
        origins.emplace(member.key(), std::move(origin));
    }
    return origins;
}

} // namespace redoubt::services::attestation
