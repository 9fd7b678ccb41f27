// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Image manifests, manifest lists and image configs, in their OCI and Docker v2 schema 2 forms, which differ
/// in media types only. Parsing is strict where bytes are named (digests, sizes) and indifferent to members
/// it does not know. Source: OCI image-spec 1.1 (manifest.md, image-index.md, config.md); docker/distribution
/// manifest-v2-2.md. Errors of all parsers: invalid_argument "image manifest.layers[2].digest: missing";
/// resource_exhausted beyond a limit; unimplemented for layer kinds that cannot be run.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/base/error.hpp"
#include "common/crypto/digest.hpp"

namespace redoubt::oci {

inline constexpr std::string_view k_oci_manifest = "application/vnd.oci.image.manifest.v1+json";
inline constexpr std::string_view k_oci_index = "application/vnd.oci.image.index.v1+json";
inline constexpr std::string_view k_oci_config = "application/vnd.oci.image.config.v1+json";
inline constexpr std::string_view k_docker_manifest = "application/vnd.docker.distribution.manifest.v2+json";
inline constexpr std::string_view k_docker_list = "application/vnd.docker.distribution.manifest.list.v2+json";
inline constexpr std::string_view k_docker_config = "application/vnd.docker.container.image.v1+json";
/// Value of the Accept header when a manifest is asked for.
inline constexpr std::string_view k_accept_manifests =
    "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, "
    "application/vnd.docker.distribution.manifest.list.v2+json, "
    "application/vnd.docker.distribution.manifest.v2+json";

inline constexpr std::size_t k_max_manifest_bytes = 4U << 20U;
inline constexpr std::size_t k_max_config_bytes = 4U << 20U;
inline constexpr std::size_t k_max_layers = 512;
inline constexpr std::size_t k_max_index_entries = 4096;

/// What an image runs on. Names are Go's GOOS and GOARCH.
struct Platform {
    std::string os;
    std::string architecture;
    std::string variant; ///< "v8"; empty: none

    /// "linux/arm64/v8".
    [[nodiscard]] std::string str() const;
    [[nodiscard]] bool operator==(const Platform&) const = default;
};

/// Parses "linux/amd64" or "linux/arm64/v8".
[[nodiscard]] Result<Platform> parse_platform(std::string_view text);

/// A pointer to bytes elsewhere. The digest is sha256 or sha512.
struct Descriptor {
    std::string media_type;
    crypto::Digest digest;
    std::uint64_t size = 0; ///< bytes
    std::map<std::string, std::string> annotations;
    std::optional<Platform> platform; ///< in lists

    [[nodiscard]] bool operator==(const Descriptor&) const = default;
};

/// Whether a layer of a manifest is an encrypted one, of OCI's media types: common/oci/encryption.
[[nodiscard]] bool is_encrypted(const Descriptor& layer);

struct Manifest {
    Descriptor config;
    /// Lowest first; every one a tar, plain or compressed with gzip or zstd, and then perhaps encrypted.
    std::vector<Descriptor> layers;
    std::map<std::string, std::string> annotations;
};

struct Index {
    std::vector<Descriptor> manifests;
    std::map<std::string, std::string> annotations;
};

/// Parses an image manifest. Refuses in words: foreign layers, artifacts that are not images, schema 1.
[[nodiscard]] Result<Manifest> parse_manifest(std::string_view json);

/// Parses an index or manifest list.
[[nodiscard]] Result<Index> parse_index(std::string_view json);

/// Parses whichever of the two it is. The document's own mediaType decides; without one, `content_type`
/// (parameters are ignored, may be empty), and without that, whether it has "manifests" or "layers". When
/// document and content type contradict each other, it is refused.
[[nodiscard]] Result<std::variant<Manifest, Index>> parse_manifest_or_index(std::string_view json,
                                                                            std::string_view content_type);

/// The first entry for `wanted`. An entry without a variant serves any; amd64 without a variant does not take
/// v2 and up, arm64 without a variant takes v8. Entries that are not images (attestations) are passed over.
/// Errors: not_found naming the platforms that there are.
[[nodiscard]] Result<Descriptor> select_manifest(const Index& index, const Platform& wanted);

} // namespace redoubt::oci
