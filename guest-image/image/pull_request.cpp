// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/image/pull_request.hpp"

#include <string_view>

#include "common/encoding/json.hpp"
#include "common/oci/manifest.hpp"
#include "common/oci/reference.hpp"
#include "common/oci/signature/stored_signatures.hpp"

namespace redoubt::guest::image {
namespace {

constexpr std::string_view k_option_prefix = "image_guest_pull=";
constexpr json::Limits k_limits{.max_bytes = 1U << 20U, .max_depth = 8};

Result<std::string> read_disk(const json::Node& node) {
    RDT_TRY(auto text, node.string());
    if (text.empty() || text.size() > 16) return node.wrong("not target:lun");
    return text;
}

Status read_signatures_disk(const json::Node& disks, PullRequest& request) {
    if (!disks["signatures"].is_present()) return {};
    RDT_TRY(request.signatures_disk, read_disk(disks["signatures"]));
    RDT_TRY(request.signatures_size, disks["signatures_size"].unsigned_integer());
    if (request.signatures_size == 0 || request.signatures_size > oci::signature::k_max_signatures_bytes)
        return disks["signatures_size"].wrong("not the size of an image's signatures");
    return {};
}

Status read_disks(const json::Node& disks, PullRequest& request) {
    if (!disks.is_present())
        return fail(
            Code::unimplemented,
            "the request names no disks with the image's bytes, and this guest asks no registry itself");
    RDT_TRY(request.manifest_disk, read_disk(disks["manifest"]));
    RDT_TRY(request.manifest_size, disks["manifest_size"].unsigned_integer());
    if (request.manifest_size == 0 || request.manifest_size > oci::k_max_manifest_bytes)
        return disks["manifest_size"].wrong("not the size of a manifest");
    RDT_TRY(request.config_disk, read_disk(disks["config"]));
    RDT_TRY(request.scratch_disk, read_disk(disks["scratch"]));
    RDT_CHECK(read_signatures_disk(disks, request));
    RDT_TRY(const auto layers, disks["layers"].array());
    if (layers.size() > k_max_pulled_layers)
        return fail(Code::resource_exhausted, "{}: {} layers, at most {} are allowed", disks["layers"].path(),
                    layers.size(), k_max_pulled_layers);
    for (const auto& layer : layers) {
        RDT_TRY(auto disk, read_disk(layer));
        request.layer_disks.push_back(std::move(disk));
    }
    return {};
}

} // namespace

Result<PullRequest> parse_pull_request(const std::string& source,
                                       const std::vector<std::string>& driver_options) {
    RDT_TRY(auto reference, oci::parse_reference(source));
    PullRequest request{.reference = source, .manifest_digest = std::move(reference.digest)};
    if (driver_options.size() > 1)
        return fail(Code::invalid_argument, "{} driver options: one is meant", driver_options.size());
    const std::string_view option = driver_options.empty() ? std::string_view() : driver_options.front();
    if (!option.empty() && !option.starts_with(k_option_prefix))
        return fail(Code::unimplemented, "driver option '{}' is not implemented by this agent",
                    option.substr(0, 64));
    if (option.empty()) return std::unexpected(read_disks({nullptr, ""}, request).error());
    RDT_TRY(const auto document,
            json::parse("image_guest_pull", option.substr(k_option_prefix.size()), k_limits));
    RDT_CHECK(read_disks(document.root()["disks"], request));
    return request;
}

} // namespace redoubt::guest::image
