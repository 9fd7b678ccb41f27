// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/image/fetch_signatures.hpp"

#include <utility>
#include <vector>

#include "common/oci/manifest.hpp"
#include "common/oci/signature/simple_signing.hpp"
#include "common/oci/signature/stored_signatures.hpp"
#include "node-daemon/image/verified_image.hpp"

namespace redoubt::node::image {
namespace {

namespace sig = oci::signature;

Task<std::string> fetch_payload(RegistrySession& session, crypto::Digest digest) {
    RDT_CO_TRY(auto response, co_await session.get("blobs/" + digest.str(), {}, {}));
    if (!response.is_success())
        co_return fail(Code::unavailable, "registry answered with status {} when asked for payload {}",
                       response.status, digest.str());
    RDT_CO_CHECK(check_digest("payload", response.body, digest));
    co_return std::move(response.body);
}

Task<std::string> fetch_all(RegistrySession& session, std::string tag) {
    const http::Headers headers{{"Accept", std::string(oci::k_accept_manifests)}};
    RDT_CO_TRY(const auto response, co_await session.get("manifests/" + tag, headers, {}));
    if (response.status == 404) co_return std::string();
    if (!response.is_success())
        co_return fail(Code::unavailable, "registry answered with status {}", response.status);
    RDT_CO_TRY(auto places, sig::parse_signature_manifest(response.body));
    std::vector<sig::StoredSignature> signatures;
    for (auto& place : places) {
        RDT_CO_TRY(auto payload, co_await fetch_payload(session, place.payload.digest));
        signatures.push_back({std::move(payload), std::move(place.signature)});
    }
    co_return signatures.empty() ? std::string() : sig::render_signatures(signatures);
}

} // namespace

Task<std::string> fetch_signatures(RegistrySession& session, crypto::Digest manifest) {
    const auto tag = sig::signature_tag(manifest);
    auto fetched = co_await fetch_all(session, tag);
    co_return std::move(fetched).transform_error(context("signatures ({})", tag));
}

} // namespace redoubt::node::image
