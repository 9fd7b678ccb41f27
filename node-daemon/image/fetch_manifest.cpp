// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/image/fetch_manifest.hpp"

#include <optional>
#include <string>
#include <variant>

namespace redoubt::node::image {
namespace {

/// Lists may lead to lists; nobody nests them deeper than this.
constexpr int k_max_list_depth = 3;

struct FetchedManifest {
    std::string json;
    std::variant<oci::Manifest, oci::Index> document;
};

std::unexpected<Error> unexpected_status(std::string_view what, const http::Response& response) {
    if (response.status == 404) return fail(Code::not_found, "no such {} in the registry", what);
    return fail(Code::unavailable, "registry answered with status {} when asked for {}", response.status,
                what);
}

Task<FetchedManifest> fetch_one(RegistrySession& session, std::string selector,
                                std::optional<crypto::Digest> digest) {
    const http::Headers headers{{"Accept", std::string(oci::k_accept_manifests)}};
    RDT_CO_TRY(auto response, co_await session.get("manifests/" + selector, headers, {}));
    if (!response.is_success()) co_return unexpected_status("image or tag", response);
    if (digest) RDT_CO_CHECK(check_digest("manifest", response.body, *digest));
    const auto content_type = response.headers.find("Content-Type").value_or("");
    RDT_CO_TRY(auto document, oci::parse_manifest_or_index(response.body, content_type));
    co_return FetchedManifest{std::move(response.body), std::move(document)};
}

Task<std::string> fetch_config(RegistrySession& session, oci::Descriptor config) {
    if (config.size > oci::k_max_config_bytes)
        co_return fail(Code::invalid_argument, "image config of {} bytes is too large", config.size);
    RDT_CO_TRY(auto response, co_await session.get("blobs/" + config.digest.str(), {}, {}));
    if (!response.is_success()) co_return unexpected_status("image config", response);
    co_return std::move(response.body);
}

} // namespace

Task<VerifiedImage> fetch_manifest(RegistrySession& session, oci::Reference reference,
                                   oci::Platform platform) {
    auto selector = reference.manifest_selector();
    auto digest = reference.digest;
    for (int depth = 0; depth < k_max_list_depth; ++depth) {
        RDT_CO_TRY(auto fetched, co_await fetch_one(session, selector, digest));
        if (const auto* index = std::get_if<oci::Index>(&fetched.document)) {
            RDT_CO_TRY(const auto chosen, oci::select_manifest(*index, platform));
            digest = chosen.digest;
            selector = chosen.digest.str();
            continue;
        }
        RDT_CO_TRY(auto config,
                   co_await fetch_config(session, std::get<oci::Manifest>(fetched.document).config));
        co_return make_verified_image(std::move(fetched.json), std::move(config), platform);
    }
    co_return fail(Code::invalid_argument, "manifest lists nested more than {} deep", k_max_list_depth);
}

} // namespace redoubt::node::image
