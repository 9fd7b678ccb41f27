// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/storage/layer_store.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <exception>

#include <boost/asio/post.hpp>

#include "common/async/event.hpp"
#include "common/base/durable_file.hpp"
#include "common/base/file.hpp"
#include "common/base/unwind.hpp"
#include "node-daemon/storage/layer_conversion.hpp"

namespace redoubt::node::storage {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view k_scratch_prefix = "tmp-";
constexpr std::uint64_t k_progress_step = 1U << 20U; // compressed bytes between two reports

Result<crypto::Digest> parse_diff_id(std::string_view text) {
    RDT_TRY(auto digest, crypto::Digest::parse(text));
    if (digest.algorithm() != crypto::HashAlgorithm::sha256)
        return fail(Code::invalid_argument, "diff id '{}': not a sha256 digest", text);
    return digest;
}

Status make_directories(const fs::path& path) {
    std::error_code error;
    fs::create_directories(path, error);
    if (error) return fail_errno(error.value(), "make folder {}", path.native());
    return {};
}

/// A new folder that readers pass over, for what is not complete.
Result<fs::path> make_scratch(const fs::path& parent) {
    auto name = (parent / k_scratch_prefix).native() + "XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) return fail_errno(errno, "make a folder in {}", parent.native());
    return fs::path(name);
}

/// Makes the finished layer visible under its name, all at once.
Status publish(const fs::path& scratch, const fs::path& folder) {
    if (::chmod(scratch.c_str(), 0755) != 0) return fail_errno(errno, "chmod {}", scratch.native());
    RDT_CHECK(sync_to_disk(scratch));
    std::error_code ignored;
    fs::remove_all(folder, ignored); // a damaged layer: a sound one would have been found
    if (std::rename(scratch.c_str(), folder.c_str()) != 0)
        return fail_errno(errno, "rename to {}", folder.native());
    return sync_to_disk(folder.parent_path());
}

} // namespace

/// A conversion that is under way.
struct LayerStore::Conversion {
    explicit Conversion(const asio::any_io_executor& executor) : done(executor) {}
    AsyncEvent done;
    std::optional<Result<launch::LayerDisk>> result;
    std::vector<Progress> listeners;
};

LayerStore::LayerStore(fs::path directory, asio::thread_pool& pool, LayerLimits limits)
    : directory_(std::move(directory)), pool_(pool), limits_(limits) {}

fs::path LayerStore::folder_of(const crypto::Digest& diff_id) const {
    return directory_ / k_conversion / "sha256" / diff_id.hex();
}

std::optional<launch::LayerDisk> LayerStore::find(const std::string& diff_id) const {
    const auto digest = parse_diff_id(diff_id);
    if (!digest) return std::nullopt;
    const auto folder = folder_of(*digest);
    const auto text = read_file(folder / k_record_name, 65536);
    if (!text) return std::nullopt;
    auto disk = parse_layer_record(*text, *digest);
    if (!disk) return std::nullopt;
    disk->file = folder / k_image_name;
    std::error_code error;
    if (fs::file_size(disk->file, error) != disk->size_bytes || error) return std::nullopt;
    return *std::move(disk);
}

Result<launch::LayerDisk> LayerStore::convert_now(const LayerSource& source, const crypto::Digest& diff_id,
                                                  const Progress& progress) const {
    const auto folder = folder_of(diff_id);
    RDT_CHECK(make_directories(folder.parent_path()));
    RDT_TRY(const auto scratch, make_scratch(directory_ / k_conversion));
    Unwind undo;
    undo.push([scratch] {
        std::error_code ignored;
        fs::remove_all(scratch, ignored);
    });
    RDT_TRY(auto disk, convert_layer({.blob = source.blob,
                                      .diff_id = diff_id,
                                      .limits = {.max_bytes = limits_.max_uncompressed_bytes,
                                                 .max_entries = limits_.max_entries},
                                      .scratch = scratch,
                                      .progress = progress}));
    RDT_CHECK(publish(scratch, folder));
    undo.commit();
    disk.file = folder / k_image_name;
    return disk;
}

Task<launch::LayerDisk> LayerStore::convert(LayerSource source, Progress progress) {
    RDT_CO_TRY(const auto diff_id, parse_diff_id(source.diff_id));
    if (auto disk = find(source.diff_id)) co_return *std::move(disk);
    const auto executor = co_await asio::this_coro::executor;
    if (const auto found = conversions_.find(source.diff_id); found != conversions_.end()) {
        const auto conversion = found->second;
        if (progress) conversion->listeners.push_back(std::move(progress));
        while (!conversion->result) {
            co_await conversion->done.wait();
            const auto state = co_await asio::this_coro::cancellation_state;
            if (state.cancelled() != asio::cancellation_type::none)
                co_return fail(Code::cancelled, "wait for the conversion of layer {}", source.diff_id);
        }
        co_return *conversion->result;
    }
    const auto conversion = std::make_shared<Conversion>(executor);
    if (progress) conversion->listeners.push_back(std::move(progress));
    conversions_.emplace(source.diff_id, conversion);

    // Called on the pool; the listeners belong to the main strand.
    auto report = [executor, conversion, last = std::uint64_t{0}](std::uint64_t done) mutable {
        if (done - last < k_progress_step) return;
        last = done;
        asio::post(executor, [conversion, done] {
            for (const auto& listener : conversion->listeners) listener(done);
        });
    };
    auto result = co_await offload(pool_, [this, source, diff_id, report]() -> Result<launch::LayerDisk> {
        try {
            return convert_now(source, diff_id, report);
        } catch (const std::exception& error) { // out of memory: nobody else throws
            return fail(Code::resource_exhausted, "{}", error.what());
        }
    });
    if (!result) result = std::unexpected(result.error().within("convert layer " + source.diff_id));
    conversion->result = result;
    conversions_.erase(source.diff_id);
    conversion->done.set();
    co_return result;
}

Status LayerStore::remove(const std::string& diff_id) {
    RDT_TRY(const auto digest, parse_diff_id(diff_id));
    const auto folder = folder_of(digest);
    std::error_code error;
    if (!fs::exists(folder, error)) return {};
    RDT_TRY(const auto scratch, make_scratch(directory_ / k_conversion));
    if (std::rename(folder.c_str(), scratch.c_str()) != 0) {
        const int number = errno;
        fs::remove_all(scratch, error);
        return fail_errno(number, "remove layer {}", diff_id);
    }
    fs::remove_all(scratch, error);
    if (error) return fail_errno(error.value(), "remove layer {}", diff_id);
    return {};
}

std::vector<std::string> LayerStore::list() const {
    std::vector<std::string> diff_ids;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(directory_ / k_conversion / "sha256", error)) {
        auto diff_id = "sha256:" + entry.path().filename().native();
        if (crypto::Digest::parse(diff_id)) diff_ids.push_back(std::move(diff_id));
    }
    std::ranges::sort(diff_ids);
    return diff_ids;
}

void LayerStore::remove_leftovers() {
    std::vector<fs::path> leftovers;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(directory_ / k_conversion, error))
        if (entry.path().filename().native().starts_with(k_scratch_prefix)) leftovers.push_back(entry.path());
    for (const auto& path : leftovers) fs::remove_all(path, error);
}

} // namespace redoubt::node::storage
