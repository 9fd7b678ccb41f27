// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/image/image_store.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <system_error>

#include "common/base/durable_file.hpp"
#include "common/base/file.hpp"
#include "common/oci/reference.hpp"
#include "node-daemon/image/image_record.hpp"
#include "node-daemon/image/import_plan.hpp"

namespace redoubt::node::image {
namespace {

constexpr std::uint64_t k_max_record_bytes = 64U << 20U;
constexpr std::string_view k_suffix = ".json";

/// True when an unqualified name ("app:1") can mean `name` ("host/team/app:1").
bool is_short_for(const oci::Reference& wanted, const oci::Reference& name) {
    if (wanted.tag != name.tag) return false;
    return name.repository == wanted.repository || name.repository.ends_with("/" + wanted.repository);
}

bool is_hex(std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::string join(const std::vector<std::string>& items) {
    std::string text;
    for (const auto& item : items) text += (text.empty() ? "" : ", ") + item;
    return text;
}

} // namespace

std::filesystem::path ImageStore::file_of(const std::string& id) const {
    return directory_ / (id.substr(id.find(':') + 1) + std::string(k_suffix));
}

Result<ImageStore> ImageStore::open(std::filesystem::path directory) {
    std::error_code error;
    std::filesystem::create_directories(directory, error);
    if (error) return fail_errno(error.value(), "create {}", directory.native());
    ImageStore store(std::move(directory));
    for (const auto& entry : std::filesystem::directory_iterator(store.directory_, error)) {
        const auto name = entry.path().filename().native();
        std::error_code ignored;
        if (name.ends_with(k_suffix))
            store.load(entry.path());
        else if (entry.is_regular_file(ignored))
            std::filesystem::remove(entry.path(), ignored); // a write cut short
    }
    if (error) return fail_errno(error.value(), "read {}", store.directory_.native());
    store.settle_names();
    return store;
}

void ImageStore::load(const std::filesystem::path& file) {
    auto text = read_file(file, k_max_record_bytes);
    auto image = text ? parse_image_record(*text) : std::unexpected(text.error());
    if (image && file_of(image->id) != file) image = fail(Code::data_loss, "holds the image {}", image->id);
    if (!image) {
        problems_.push_back(image.error().within(file.native()));
        return;
    }
    auto id = image->id;
    images_.emplace(std::move(id), *std::move(image));
}

void ImageStore::settle_names() {
    std::map<std::string, std::int64_t> newest;
    for (const auto& [id, image] : images_) {
        for (const auto& [name, since] : image.names) newest[name] = std::max(newest[name], since);
    }
    for (auto& [id, image] : images_)
        std::erase_if(image.names, [&](const auto& named) { return named.second < newest[named.first]; });
}

Status ImageStore::save(const StoredImage& image) const {
    return replace_durably(file_of(image.id), render_image_record(image), 0600)
        .transform_error(context("keep image {}", image.id));
}

/// First here, then away from there: in between both have it and the newer counts.
Status ImageStore::move_name(StoredImage& image, const std::string& name, std::int64_t now) {
    for (const auto& [id, other] : images_) {
        if (const auto held = other.names.find(name); held != other.names.end())
            now = std::max(now, held->second + 1);
    }
    image.names[name] = now;
    RDT_CHECK(save(image));
    for (auto& [id, other] : images_) {
        if (id == image.id || other.names.erase(name) == 0) continue;
        RDT_CHECK(save(other));
    }
    return {};
}

Result<StoredImage> ImageStore::add(const FetchedImage& fetched, std::int64_t now) {
    StoredImage image;
    image.is_encrypted = std::ranges::any_of(fetched.layers, &FetchedLayer::is_for_guest);
    image.id = image.is_encrypted ? fetched.manifest_digest : fetched.config_digest;
    if (const auto known = images_.find(image.id); known != images_.end()) image.names = known->second.names;
    RDT_TRY(image.config, oci::parse_image_config(fetched.config_json));
    image.config_digest = fetched.config_digest;
    image.manifest_digest = fetched.manifest_digest;
    image.manifest_json = fetched.manifest_json;
    image.config_json = fetched.config_json;
    image.platform = fetched.platform;
    image.created_at = parse_rfc3339(image.config.created);
    image.pulled_at = now;
    RDT_CHECK(set_signatures(image, fetched.signatures));
    for (const auto& layer : fetched.layers)
        image.layers.push_back({layer.digest, layer.diff_id, layer.size_bytes});
    RDT_CHECK(fetched.name.empty() ? save(image) : move_name(image, fetched.name, now));
    images_.insert_or_assign(image.id, image);
    return image;
}

std::vector<ImageStore::Match> ImageStore::match_name(const std::string& text) const {
    const auto parsed = oci::parse_reference(text);
    if (!parsed) return {};
    const auto wanted = parsed->with_default_tag();
    const auto exact = wanted.is_qualified() ? wanted : wanted.at_registry("localhost");
    std::vector<Match> shorts;
    for (const auto& [id, image] : images_) {
        if (image.names.contains(exact.str())) return {{id, exact.str()}};
        for (const auto& [name, since] : image.names) {
            const auto reference = oci::parse_reference(name);
            if (!reference) continue;
            const bool is_digest = wanted.digest && wanted.digest->str() == image.manifest_digest;
            const bool is_same = wanted.is_qualified() ? is_digest && reference->name() == wanted.name()
                                 : wanted.digest       ? is_digest
                                                       : is_short_for(wanted, *reference);
            if (is_same) shorts.push_back({id, is_digest ? std::string() : name});
        }
    }
    return shorts;
}

std::vector<ImageStore::Match> ImageStore::match_id(const std::string& text) const {
    const std::string_view hex = std::string_view(text).substr(text.starts_with("sha256:") ? 7 : 0);
    if (!is_hex(hex)) return {};
    std::vector<Match> found;
    for (const auto& [id, image] : images_) {
        if (std::string_view(id).substr(id.find(':') + 1).starts_with(hex)) found.push_back({id, {}});
    }
    return found;
}

Result<ImageStore::Match> ImageStore::match(const std::string& text) const {
    const bool is_id = text.starts_with("sha256:") || (text.size() == 64 && is_hex(text));
    auto found = is_id ? match_id(text) : match_name(text);
    if (found.empty() && !is_id) found = match_id(text);
    std::set<std::string> ids;
    std::vector<std::string> choices;
    for (const auto& each : found) {
        if (ids.insert(each.id).second) choices.push_back(each.name.empty() ? each.id : each.name);
    }
    if (ids.empty()) {
        return fail(Code::not_found, "no image '{0}' on this node; bring it here: redoubtctl image pull {0}",
                    text);
    }
    if (ids.size() > 1)
        return fail(Code::invalid_argument, "'{}' may be any of these images, say which: {}", text,
                    join(choices));
    return found.front();
}

Result<StoredImage> ImageStore::find(const std::string& text) const {
    RDT_TRY(const auto found, match(text));
    return images_.at(found.id);
}

std::vector<StoredImage> ImageStore::list() const {
    std::vector<StoredImage> all;
    all.reserve(images_.size());
    for (const auto& [id, image] : images_) all.push_back(image);
    return all;
}

bool ImageStore::is_used(const std::string& diff_id) const {
    return std::ranges::any_of(images_, [&](const auto& each) {
        return std::ranges::any_of(each.second.layers,
                                   [&](const auto& layer) { return layer.diff_id == diff_id; });
    });
}

bool ImageStore::is_blob_used(const std::string& digest) const {
    return std::ranges::any_of(images_, [&](const auto& each) {
        return each.second.is_encrypted && std::ranges::contains(list_blobs(each.second), digest);
    });
}

std::vector<std::string> list_blobs(const StoredImage& image) {
    std::vector<std::string> digests{image.manifest_digest, image.config_digest};
    for (const auto& layer : image.layers) digests.push_back(layer.digest);
    if (!image.signatures_digest.empty()) digests.push_back(image.signatures_digest);
    return digests;
}

Status ImageStore::tag(const std::string& text, const std::string& name, std::int64_t now) {
    RDT_TRY(const auto found, match(text));
    RDT_TRY(const auto canonical, canonical_name(name, {}));
    if (canonical.empty()) return fail(Code::invalid_argument, "tag {}: empty name", text);
    auto image = images_.at(found.id);
    RDT_CHECK(move_name(image, canonical, now));
    images_.insert_or_assign(found.id, std::move(image));
    return {};
}

Result<RemovedNames> ImageStore::remove(const std::string& text, RemoveExtent extent) {
    RDT_TRY(const auto found, match(text));
    auto& image = images_.at(found.id);
    RemovedNames removed;
    if (extent == RemoveExtent::as_named && !found.name.empty() && image.names.size() > 1) {
        auto without = image;
        without.names.erase(found.name);
        RDT_CHECK(save(without));
        image = std::move(without);
        removed.untagged = {found.name};
        return removed;
    }
    for (const auto& [name, since] : image.names) removed.untagged.push_back(name);
    if (extent == RemoveExtent::as_named && image.names.size() > 1)
        return fail(Code::failed_precondition, "image {} has several names ({}): remove those, or force it",
                    text, join(removed.untagged));
    if (::unlink(file_of(found.id).c_str()) != 0 && errno != ENOENT)
        return fail_errno(errno, "delete {}", file_of(found.id).native());
    std::set<std::string> diff_ids;
    for (const auto& layer : image.layers) diff_ids.insert(layer.diff_id);
    const auto blobs = image.is_encrypted ? list_blobs(image) : std::vector<std::string>();
    images_.erase(found.id);
    removed.deleted = {found.id};
    std::ranges::copy_if(diff_ids, std::back_inserter(removed.unused_diff_ids),
                         [this](const auto& diff_id) { return !is_used(diff_id); });
    std::ranges::copy_if(blobs, std::back_inserter(removed.unused_blobs),
                         [this](const auto& digest) { return !is_blob_used(digest); });
    return removed;
}

} // namespace redoubt::node::image
