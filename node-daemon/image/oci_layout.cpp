// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <algorithm>
#include <optional>
#include <variant>

#include "common/oci/signature/simple_signing.hpp"
#include "common/oci/signature/stored_signatures.hpp"
#include "node-daemon/image/import_plan.hpp"

namespace redoubt::node::image {
namespace {

namespace sig = oci::signature;

/// Nobody nests lists deeper.
constexpr int k_max_list_depth = 3;

std::string annotation(const oci::Descriptor& entry, const std::string& key) {
    const auto found = entry.annotations.find(key);
    return found == entry.annotations.end() ? std::string() : found->second;
}

/// The image's name as far as the layout says it: ref.name is often no more than a tag.
std::string full_name(const oci::Descriptor& entry) {
    if (auto name = annotation(entry, "io.containerd.image.name"); !name.empty()) return name;
    auto name = annotation(entry, "org.opencontainers.image.ref.name");
    return name.find_first_of("/:") == std::string::npos ? std::string() : name;
}

bool is_named(const oci::Descriptor& entry, const std::string& wanted) {
    if (annotation(entry, "org.opencontainers.image.ref.name") == wanted) return true;
    const auto name = full_name(entry);
    if (name.empty()) return false;
    const auto left = canonical_name(name, {});
    const auto right = canonical_name(wanted, {});
    return left && right && *left == *right;
}

/// What cosign and `redoubtctl image sign` put beside an image.
bool is_signature(const oci::Descriptor& entry) {
    const auto name = annotation(entry, "org.opencontainers.image.ref.name");
    return name.starts_with("sha256-") && name.ends_with(".sig");
}

std::string list_choices(const std::vector<oci::Descriptor>& entries) {
    std::string text;
    for (const auto& entry : entries) {
        auto name = full_name(entry);
        if (name.empty()) name = annotation(entry, "org.opencontainers.image.ref.name");
        if (name.empty()) name = entry.digest.str();
        text += (text.empty() ? "" : ", ") + name;
        if (entry.platform) text += " (" + entry.platform->str() + ")";
    }
    return text;
}

/// The entry that is meant: the only one, the one of that name, or the one for the platform when they all are
/// one image.
Result<oci::Descriptor> choose_entry(const oci::Index& index, const ImportWish& wish) {
    if (index.manifests.empty()) return fail(Code::invalid_argument, "index.json lists no image");
    if (index.manifests.size() == 1) return index.manifests.front();
    oci::Index rest;
    std::ranges::copy_if(index.manifests, std::back_inserter(rest.manifests),
                         [&](const auto& entry) { return !wish.name.empty() && is_named(entry, wish.name); });
    if (rest.manifests.empty()) rest = index;
    if (rest.manifests.size() == 1) return rest.manifests.front();
    const auto name = full_name(rest.manifests.front());
    const bool is_one_image = std::ranges::all_of(
        rest.manifests, [&](const auto& entry) { return entry.platform && full_name(entry) == name; });
    const auto serves = [&](const oci::Descriptor& entry) {
        return entry.platform && entry.platform->os == wish.platform.os &&
               entry.platform->architecture == wish.platform.architecture;
    };
    const auto fitting = std::ranges::count_if(rest.manifests, serves);
    if (is_one_image && fitting <= 1) return oci::select_manifest(rest, wish.platform);
    return fail(Code::invalid_argument, "several images in the archive, say which by its name: {}",
                list_choices(rest.manifests));
}

std::string blob_name(const crypto::Digest& digest) {
    return "blobs/" + std::string(crypto::name_of(digest.algorithm())) + "/" + digest.hex();
}

Result<std::string> read_blob(const ArchiveFiles& files, const oci::Descriptor& blob, std::string_view what) {
    RDT_TRY(auto bytes, files.read(blob_name(blob.digest), oci::k_max_manifest_bytes));
    RDT_CHECK(check_digest(what, bytes, blob.digest));
    return bytes;
}

/// The signatures of a manifest that the layout has, as a guest takes them; empty: none.
Result<std::string> read_signatures(const ArchiveFiles& files, const oci::Index& index,
                                    const crypto::Digest& manifest) {
    const auto tag = sig::signature_tag(manifest);
    const auto found = std::ranges::find_if(index.manifests, [&](const auto& entry) {
        return annotation(entry, "org.opencontainers.image.ref.name") == tag;
    });
    if (found == index.manifests.end()) return std::string();
    RDT_TRY(const auto text, read_blob(files, *found, "manifest of signatures"));
    RDT_TRY(const auto places, sig::parse_signature_manifest(text));
    std::vector<sig::StoredSignature> signatures;
    for (const auto& place : places) {
        RDT_TRY(auto payload, read_blob(files, place.payload, "payload"));
        signatures.push_back({std::move(payload), place.signature});
    }
    return signatures.empty() ? std::string() : sig::render_signatures(signatures);
}

/// Only who unpacks an image itself judges its signatures.
bool is_for_guest(const VerifiedImage& image) {
    return std::ranges::any_of(image.manifest.layers, oci::is_encrypted);
}

} // namespace

Result<ImportPlan> plan_oci_layout(const ArchiveFiles& files, const ImportWish& wish) {
    RDT_TRY(const auto text, files.read("index.json", oci::k_max_manifest_bytes));
    RDT_TRY(const auto index, oci::parse_index(text));
    auto images = index;
    std::erase_if(images.manifests, is_signature);
    RDT_TRY(const auto entry, choose_entry(images, wish));
    RDT_TRY(auto name, canonical_name(wish.name, full_name(entry)));
    auto chosen = entry;
    for (int depth = 0; depth < k_max_list_depth; ++depth) {
        RDT_TRY(auto manifest_json, read_blob(files, chosen, "manifest"));
        RDT_TRY(const auto document, oci::parse_manifest_or_index(manifest_json, chosen.media_type));
        if (const auto* list = std::get_if<oci::Index>(&document)) {
            RDT_TRY(chosen, oci::select_manifest(*list, wish.platform));
            continue;
        }
        const auto& manifest = std::get<oci::Manifest>(document);
        RDT_TRY(auto config_json, read_blob(files, manifest.config, "image config"));
        RDT_TRY(auto image,
                make_verified_image(std::move(manifest_json), std::move(config_json), wish.platform));
        ImportPlan plan{std::move(name), std::move(image), {}};
        for (const auto& layer : plan.image.manifest.layers)
            plan.layer_files.push_back(blob_name(layer.digest));
        if (is_for_guest(plan.image)) {
            RDT_TRY(plan.signatures, read_signatures(files, index, chosen.digest));
        }
        return plan;
    }
    return fail(Code::invalid_argument, "manifest lists nested more than {} deep", k_max_list_depth);
}

} // namespace redoubt::node::image
