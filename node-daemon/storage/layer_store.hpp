// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <boost/asio/thread_pool.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/async/task.hpp"
#include "common/crypto/digest.hpp"
#include "node-daemon/launch/vm_spec.hpp"

namespace redoubt::node::storage {

/// Called on the main strand now and then while bytes are read: done so far, of the compressed input.
using Progress = std::function<void(std::uint64_t done_bytes)>;

/// A layer to convert.
struct LayerSource {
    std::filesystem::path blob; ///< a tar, plain or compressed with gzip or zstd (told by its magic)
    std::string diff_id;        ///< "sha256:..." that the uncompressed tar must have
};

struct LayerLimits {
    std::uint64_t max_uncompressed_bytes = 32ULL << 30U;
    std::uint64_t max_entries = 4'000'000;
};

/// Image layers as EROFS + dm-verity disks, converted once by the deterministic contract redoubt-erofs-1 and
/// shared read-only by all VMs. Kept in `directory`/redoubt-erofs-1/sha256/<diff id>/{layer.img,layer.json}.
/// Thread: main strand; conversions run on the pool. Two conversions of the same layer at once become one.
class LayerStore {
  public:
    LayerStore(std::filesystem::path directory, asio::thread_pool& pool, LayerLimits limits = {});

    /// The converted layer, when it is there.
    [[nodiscard]] std::optional<launch::LayerDisk> find(const std::string& diff_id) const;

    /// Converts a layer, or returns it when already converted.
    /// Errors: invalid_argument naming the entry of a hostile or broken tar; data_loss when the bytes do not
    /// have the diff id or the compressed stream is cut; resource_exhausted no space, or beyond the limits.
    /// Nothing is left behind.
    Task<launch::LayerDisk> convert(LayerSource source, Progress progress);

    /// Deletes a converted layer; no error when it is not there.
    Status remove(const std::string& diff_id);
    [[nodiscard]] std::vector<std::string> list() const;
    /// Deletes what an interrupted conversion left. Called once at start.
    void remove_leftovers();

  private:
    struct Conversion;

    /// Where the layer is, or will be.
    [[nodiscard]] std::filesystem::path folder_of(const crypto::Digest& diff_id) const;
    /// The blocking part of convert(), on the pool.
    Result<launch::LayerDisk> convert_now(const LayerSource& source, const crypto::Digest& diff_id,
                                          const Progress& progress) const;

    std::filesystem::path directory_;
    asio::thread_pool& pool_;
    LayerLimits limits_;
    /// By diff id. Shared by the callers that wait for the same conversion.
    std::map<std::string, std::shared_ptr<Conversion>> conversions_;
};

} // namespace redoubt::node::storage
