// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/oci/manifest.hpp"

#include <algorithm>
#include <array>

#include "common/encoding/json.hpp"

namespace redoubt::oci {
namespace {

constexpr std::array<std::string_view, 6> k_layer_types{
    "application/vnd.oci.image.layer.v1.tar",
    "application/vnd.oci.image.layer.v1.tar+gzip",
    "application/vnd.oci.image.layer.v1.tar+zstd",
    "application/vnd.docker.image.rootfs.diff.tar",
    "application/vnd.docker.image.rootfs.diff.tar.gzip",
    "application/vnd.docker.image.rootfs.diff.tar.zstd",
};

enum class Kind { manifest, index, unknown };

Kind kind_of_type(std::string_view media_type) {
    if (media_type == k_oci_manifest || media_type == k_docker_manifest) return Kind::manifest;
    if (media_type == k_oci_index || media_type == k_docker_list) return Kind::index;
    return Kind::unknown;
}

std::string_view name_of(Kind kind) {
    return kind == Kind::index ? "an index" : "an image manifest";
}

Result<crypto::Digest> read_digest(const json::Node& node) {
    RDT_TRY(const auto text, node.string());
    auto digest = crypto::Digest::parse(text);
    if (!digest) return node.wrong(digest.error().message);
    if (digest->algorithm() == crypto::HashAlgorithm::sha384)
        return node.wrong("algorithm is not one of sha256, sha512");
    return digest;
}

Result<std::optional<Platform>> read_platform(const json::Node& node) {
    if (!node.is_present()) return std::nullopt;
    RDT_CHECK(node.expect_object());
    Platform platform;
    RDT_TRY(platform.os, node["os"].string());
    RDT_TRY(platform.architecture, node["architecture"].string());
    RDT_TRY(platform.variant, node["variant"].string_or());
    return platform;
}

Result<Descriptor> read_descriptor(const json::Node& node) {
    RDT_CHECK(node.expect_object());
    RDT_TRY(auto media_type, node["mediaType"].string());
    RDT_TRY(auto digest, read_digest(node["digest"]));
    RDT_TRY(const auto size, node["size"].unsigned_integer());
    RDT_TRY(auto annotations, node["annotations"].string_map_or_empty());
    RDT_TRY(auto platform, read_platform(node["platform"]));
    return Descriptor{.media_type = std::move(media_type),
                      .digest = std::move(digest),
                      .size = size,
                      .annotations = std::move(annotations),
                      .platform = std::move(platform)};
}

Status check_layer_type(const json::Node& node, const Descriptor& layer) {
    const std::string_view type = layer.media_type;
    if (std::ranges::contains(k_layer_types, type) || is_encrypted(layer)) return {};
    const auto refuse = [&](std::string_view why) {
        return fail(Code::unimplemented, "{}: {} ({})", node.path(), why, type.substr(0, 100));
    };
    if (type.ends_with("+encrypted")) return refuse("an encrypted layer of a kind that is not supported");
    if (type.contains("foreign") || type.contains("nondistributable"))
        return refuse("foreign layers are not supported");
    return refuse("not a layer that can be run");
}

Status check_config_type(const json::Node& node, const Descriptor& config) {
    if (config.media_type == k_oci_config || config.media_type == k_docker_config) return {};
    return fail(Code::unimplemented, "{}: not a container image but an artifact ({})", node.path(),
                config.media_type.substr(0, 100));
}

Status check_schema(const json::Node& root) {
    RDT_CHECK(root.expect_object());
    RDT_TRY(const auto version, root["schemaVersion"].integer());
    if (version == 1)
        return fail(Code::unimplemented,
                    "{}: schema 1 is not supported, the image must be pushed again in a newer form",
                    root.path());
    if (version != 2) return root["schemaVersion"].wrong("not 2");
    return {};
}

Result<Manifest> read_manifest(const json::Node& root) {
    RDT_TRY(auto config, read_descriptor(root["config"]));
    RDT_CHECK(check_config_type(root["config"], config));
    RDT_TRY(const auto nodes, root["layers"].array());
    if (nodes.size() > k_max_layers)
        return fail(Code::resource_exhausted, "{}: {} layers, at most {} are allowed", root["layers"].path(),
                    nodes.size(), k_max_layers);
    std::vector<Descriptor> layers;
    for (const auto& node : nodes) {
        RDT_TRY(auto layer, read_descriptor(node));
        RDT_CHECK(check_layer_type(node, layer));
        layers.push_back(std::move(layer));
    }
    RDT_TRY(auto annotations, root["annotations"].string_map_or_empty());
    return Manifest{std::move(config), std::move(layers), std::move(annotations)};
}

Result<Index> read_index(const json::Node& root) {
    RDT_TRY(const auto nodes, root["manifests"].array());
    if (nodes.size() > k_max_index_entries)
        return fail(Code::resource_exhausted, "{}: {} entries, at most {} are allowed",
                    root["manifests"].path(), nodes.size(), k_max_index_entries);
    Index index;
    for (const auto& node : nodes) {
        RDT_TRY(auto entry, read_descriptor(node));
        index.manifests.push_back(std::move(entry));
    }
    RDT_TRY(index.annotations, root["annotations"].string_map_or_empty());
    return index;
}

/// What a document is, by its own word or, where it says nothing, by its members.
Result<Kind> kind_of(const json::Node& root) {
    RDT_TRY(const auto type, root["mediaType"].string_or());
    const bool has_layers = root["layers"].is_present() || root["config"].is_present();
    const bool has_manifests = root["manifests"].is_present();
    // A document that is both would be read differently by different readers.
    if (has_layers && has_manifests) return root.wrong("has the members of a manifest and of an index");
    const Kind kind = kind_of_type(type);
    if (!type.empty() && kind == Kind::unknown)
        return root["mediaType"].wrong(
            std::format("'{}' is neither a manifest nor an index", type.substr(0, 100)));
    if (kind != Kind::unknown) return kind;
    return has_manifests ? Kind::index : has_layers ? Kind::manifest : Kind::unknown;
}

/// Parses and checks what all forms share; fails unless the document is of the wanted kind.
Result<json::Document> parse_as(Kind wanted, std::string_view text) {
    const auto* name = wanted == Kind::index ? "image index" : "image manifest";
    RDT_TRY(auto document, json::parse(name, text, {.max_bytes = k_max_manifest_bytes}));
    RDT_CHECK(check_schema(document.root()));
    RDT_TRY(const auto kind, kind_of(document.root()));
    if (kind != wanted && kind != Kind::unknown)
        return document.root().wrong(std::format("it is {}", name_of(kind)));
    return document;
}

bool serves(const Platform& offered, const Platform& wanted) {
    if (offered.os != wanted.os || offered.architecture != wanted.architecture) return false;
    if (offered.variant.empty() || offered.variant == wanted.variant) return true;
    return wanted.variant.empty() && ((offered.architecture == "arm64" && offered.variant == "v8") ||
                                      (offered.architecture == "amd64" && offered.variant == "v1"));
}

} // namespace

bool is_encrypted(const Descriptor& layer) {
    constexpr std::string_view k_suffix = "+encrypted";
    std::string_view type = layer.media_type;
    if (!type.ends_with(k_suffix) || !type.starts_with("application/vnd.oci.")) return false;
    type.remove_suffix(k_suffix.size());
    return std::ranges::contains(k_layer_types, type);
}

std::string Platform::str() const {
    return os + "/" + architecture + (variant.empty() ? std::string() : "/" + variant);
}

Result<Platform> parse_platform(std::string_view text) {
    std::vector<std::string> parts(1);
    for (const char c : text) {
        if (c == '/')
            parts.emplace_back();
        else
            parts.back() += c;
    }
    if (parts.size() < 2 || parts.size() > 3 || std::ranges::contains(parts, std::string()))
        return fail(Code::invalid_argument, "platform '{}': not of the form os/architecture[/variant]", text);
    return Platform{parts[0], parts[1], parts.size() == 3 ? parts[2] : std::string()};
}

Result<Manifest> parse_manifest(std::string_view text) {
    RDT_TRY(const auto document, parse_as(Kind::manifest, text));
    return read_manifest(document.root());
}

Result<Index> parse_index(std::string_view text) {
    RDT_TRY(const auto document, parse_as(Kind::index, text));
    return read_index(document.root());
}

Result<std::variant<Manifest, Index>> parse_manifest_or_index(std::string_view text,
                                                              std::string_view content_type) {
    RDT_TRY(const auto document, json::parse("manifest", text, {.max_bytes = k_max_manifest_bytes}));
    const auto root = document.root();
    RDT_CHECK(check_schema(root));
    RDT_TRY(const auto kind, kind_of(root));
    const auto announced = kind_of_type(content_type.substr(0, content_type.find_first_of("; ")));
    if (announced != Kind::unknown && kind != Kind::unknown && announced != kind)
        return root.wrong(std::format("announced as {}, but it is {}", name_of(announced), name_of(kind)));
    switch (kind == Kind::unknown ? announced : kind) {
    case Kind::index:
        return read_index(root).transform(
            [](Index index) { return std::variant<Manifest, Index>(std::move(index)); });
    case Kind::manifest:
        return read_manifest(root).transform(
            [](Manifest manifest) { return std::variant<Manifest, Index>(std::move(manifest)); });
    case Kind::unknown: break;
    }
    return root.wrong("neither a manifest nor an index");
}

Result<Descriptor> select_manifest(const Index& index, const Platform& wanted) {
    std::string offered;
    for (const auto& entry : index.manifests) {
        if (kind_of_type(entry.media_type) != Kind::manifest || !entry.platform) continue;
        if (serves(*entry.platform, wanted)) return entry;
        if (entry.platform->os == "unknown" || offered.size() > 500)
            continue; // attestations say unknown/unknown
        offered += (offered.empty() ? "" : ", ") + entry.platform->str();
    }
    // Tools leave the platform out when there is just one image.
    if (offered.empty() && index.manifests.size() == 1 && !index.manifests[0].platform &&
        kind_of_type(index.manifests[0].media_type) == Kind::manifest)
        return index.manifests[0];
    return fail(Code::not_found, "no image for platform {} in the index; it offers: {}", wanted.str(),
                offered.empty() ? "none" : offered);
}

} // namespace redoubt::oci
