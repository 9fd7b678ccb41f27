// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/agent/mount/layered_rootfs.hpp"

#include <algorithm>
#include <format>
#include <optional>
#include <string_view>
#include <utility>

#include "guest-image/agent/mount/option_words.hpp"

namespace redoubt::guest::mount {

namespace {

// Source: Kata 4.1.0, the words its shim puts among a layer's options.
constexpr std::string_view k_layer = "X-kata.multi-layer=true";
constexpr std::string_view k_upper = "X-kata.overlay-upper";
constexpr std::string_view k_lower = "X-kata.overlay-lower";
constexpr std::string_view k_make_folder = "X-kata.mkdir.path";
constexpr std::string_view k_upper_place = "{{ mount 0 }}/";
/// An overlay of the kernel has no more. Source: fs/overlayfs, OVL_MAX_STACK.
constexpr std::size_t k_max_layers = 500;

struct Layers {
    std::vector<Storage> lower;
    std::optional<Storage> upper;
    std::vector<std::string> folders; ///< to be made in the upper layer, relative to it
    std::string mount_point;
};

/// "{{ mount 0 }}/upper:0755": a folder of the upper layer's disk, with its mode.
Status take_folders(Layers& layers, std::vector<std::string>& options) {
    const std::string prefix = std::string(k_make_folder) + "=";
    for (const auto& word : options) {
        if (!word.starts_with(prefix)) continue;
        const auto value = word.substr(prefix.size());
        if (!value.starts_with(k_upper_place))
            return fail(Code::invalid_argument, "{}: '{}' does not lie in the upper layer", k_make_folder,
                        value);
        layers.folders.push_back(value.substr(k_upper_place.size()));
    }
    std::erase_if(options, [&](const auto& word) { return word.starts_with(prefix); });
    return {};
}

Status add_layer(Layers& layers, Storage storage) {
    std::ignore = take_word(storage.options, k_layer);
    const bool is_said_upper = take_word(storage.options, k_upper);
    const bool is_said_lower = take_word(storage.options, k_lower);
    if (is_said_upper && is_said_lower)
        return fail(Code::invalid_argument, "a layer cannot be upper and lower");
    if (layers.mount_point.empty()) layers.mount_point = storage.mount_point;
    if (storage.mount_point != layers.mount_point)
        return fail(Code::invalid_argument, "layers are for '{}' and for '{}'", layers.mount_point,
                    storage.mount_point);
    if (storage.fs_group) return fail(Code::invalid_argument, "a layer has no group of its own");
    const bool is_upper = is_said_upper || (!is_said_lower && storage.fstype == "ext4");
    RDT_CHECK(take_folders(layers, storage.options));
    if (is_upper) {
        if (layers.upper) return fail(Code::invalid_argument, "there are two upper layers");
        layers.upper = std::move(storage);
        return {};
    }
    if (storage.fstype != "erofs")
        return fail(Code::invalid_argument, "filesystem type '{}' of a lower layer is not erofs",
                    storage.fstype);
    if (layers.lower.size() == k_max_layers)
        return fail(Code::invalid_argument, "more than {} layers", k_max_layers);
    layers.lower.push_back(std::move(storage));
    return {};
}

/// The folders become words of the overlay, which makes them safely before it is made itself.
Storage overlay_of(const Layers& layers, const std::string& lower, const std::string& upper) {
    Storage overlay{.driver = "overlayfs", .source = "overlay", .fstype = "overlay"};
    overlay.mount_point = layers.mount_point;
    overlay.options = {"lowerdir=" + lower, "upperdir=" + upper + "/upper", "workdir=" + upper + "/work"};
    for (const auto& folder : layers.folders)
        overlay.options.push_back(std::format("{}={}/{}", k_make_folder, upper, folder));
    return overlay;
}

std::vector<Storage> storages_of(Layers layers, const std::string& folder) {
    std::vector<Storage> made;
    std::string lower_list;
    for (std::size_t i = 0; i < layers.lower.size(); ++i) {
        auto& layer = layers.lower[i];
        layer.mount_point = std::format("{}/lower-{}", folder, i);
        lower_list += (i == 0 ? "" : ":") + layer.mount_point;
        made.push_back(std::move(layer));
    }
    const std::string upper = folder + "/upper";
    if (layers.upper) {
        layers.upper->mount_point = upper;
        made.push_back(std::move(*layers.upper));
    }
    made.push_back(overlay_of(layers, lower_list, upper));
    return made;
}

} // namespace

bool is_layer(const Storage& storage) {
    return storage.driver == "erofs.multi-layer" || std::ranges::contains(storage.options, k_layer);
}

Result<std::vector<Storage>> expand_layers(std::vector<Storage> storages, const std::string& folder) {
    Layers layers;
    std::vector<Storage> expanded;
    std::optional<std::size_t> place; // of the first layer: the group is made there
    for (auto& storage : storages) {
        if (!is_layer(storage)) {
            expanded.push_back(std::move(storage));
            continue;
        }
        if (!place) place = expanded.size();
        RDT_CHECK(add_layer(layers, std::move(storage)).transform_error(context("layers")));
    }
    if (!place) return expanded;
    if (layers.lower.empty()) return fail(Code::invalid_argument, "layers: there is no lower layer");
    auto made = storages_of(std::move(layers), folder);
    expanded.insert(expanded.begin() + static_cast<std::ptrdiff_t>(*place),
                    std::make_move_iterator(made.begin()), std::make_move_iterator(made.end()));
    return expanded;
}

} // namespace redoubt::guest::mount
