// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/storage/layer_conversion.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include <boost/json/serialize.hpp>

#include "common/base/durable_file.hpp"
#include "common/base/file.hpp"
#include "common/encoding/hex.hpp"
#include "common/encoding/json.hpp"
#include "node-daemon/storage/blob_reader.hpp"
#include "node-daemon/storage/erofs_image.hpp"
#include "node-daemon/storage/tar_reader.hpp"
#include "node-daemon/storage/verity_tree.hpp"

namespace redoubt::node::storage {
namespace {

constexpr std::uint64_t k_record_version = 1;

/// A file without a name, for the uncompressed tar.
Result<UniqueFd> open_spool(const std::filesystem::path& scratch) {
    const auto path = scratch / "layer.tar";
    RDT_TRY(auto fd, open_file(path, O_RDWR | O_CREAT | O_EXCL, 0600));
    if (::unlink(path.c_str()) != 0) return fail_errno(errno, "unlink {}", path.native());
    return fd;
}

/// Uncompresses the blob into the spool; fails unless its bytes are those that the diff id names. Nothing is
/// parsed before that is known.
Status spool_verified(const LayerConversion& conversion, int spool) {
    RDT_TRY(auto blob, BlobReader::open(conversion.blob));
    RDT_TRY(auto hasher, crypto::Hasher::make());
    const auto limit = conversion.limits.max_bytes;
    for (std::uint64_t total = 0;;) {
        RDT_TRY(const auto bytes, blob.read());
        if (bytes.empty()) break;
        total += bytes.size();
        if (total > limit)
            return fail(Code::resource_exhausted, "the layer has more than {} bytes when uncompressed",
                        limit);
        RDT_CHECK(hasher.update(bytes));
        RDT_CHECK(write_all(spool, bytes)
                      .transform_error(context("in {}", conversion.scratch.parent_path().native())));
        if (conversion.progress) conversion.progress(blob.consumed());
    }
    RDT_TRY(const auto actual, hasher.finish());
    if (actual == conversion.diff_id) return {};
    return fail(Code::data_loss, "its content has diff_id {}, not {}", actual.str(),
                conversion.diff_id.str());
}

Result<TarReader> reopen(int spool) {
    if (::lseek(spool, 0, SEEK_SET) != 0) return fail_errno(errno, "rewind the layer");
    return TarReader::open(spool);
}

struct JudgedLayer {
    oci::LayerPlan plan;
    std::uint64_t file_bytes = 0; ///< see make_erofs_image
};

std::uint64_t rounded_up(std::uint64_t size, std::uint64_t step) {
    return (size + step - 1) / step * step;
}

Result<JudgedLayer> judge_layer(int spool, const oci::LayerTarLimits& limits, std::uint64_t alignment) {
    RDT_TRY(auto reader, reopen(spool));
    oci::LayerTarPolicy policy(limits);
    for (std::uint64_t file_bytes = 0;;) {
        RDT_TRY(const auto entry, reader.next());
        if (!entry) return JudgedLayer{policy.finish(), file_bytes};
        RDT_CHECK(policy.add(*entry));
        if (entry->kind != oci::EntryKind::file) continue;
        RDT_CHECK(reader.read_data(entry->size, [](std::string_view) { return Status(); })
                      .transform_error(context("entry '{}'", entry->path.substr(0, 200))));
        file_bytes += rounded_up(entry->size, alignment);
    }
}

/// What mkfs.erofs aligns to in its temporary storage: the file system's preferred block, at least a page.
Result<std::uint64_t> buffer_alignment(int spool) {
    struct stat status{};
    if (::fstat(spool, &status) != 0) return fail_errno(errno, "stat the layer");
    return std::max<std::uint64_t>(static_cast<std::uint64_t>(status.st_blksize),
                                   static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)));
}

Status write_normal_form(const oci::LayerPlan& plan, int spool, TarWriter& writer) {
    for (const auto& directory : plan.implied_directories()) RDT_CHECK(writer.begin(directory));
    RDT_TRY(auto reader, reopen(spool));
    for (std::uint64_t ordinal = 0;; ++ordinal) {
        RDT_TRY(auto entry, reader.next());
        if (!entry) break;
        const auto normal = plan.normalise(*std::move(entry), ordinal);
        if (!normal) continue;
        RDT_CHECK(writer.begin(*normal));
        if (normal->kind != oci::EntryKind::file) continue;
        RDT_CHECK(
            reader.read_data(normal->size, [&](std::string_view bytes) { return writer.write_data(bytes); }));
        RDT_CHECK(writer.end_data());
    }
    for (const auto& whiteout : plan.whiteouts()) RDT_CHECK(writer.begin(whiteout));
    return {};
}

/// Appends the hash tree and makes the file fit for sharing: read-only, on the disk.
Result<launch::LayerDisk> seal(const std::filesystem::path& image, const crypto::Digest& diff_id) {
    RDT_TRY(const auto fd, open_file(image, O_RDWR));
    struct stat status{};
    if (::fstat(fd.get(), &status) != 0) return fail_errno(errno, "stat {}", image.native());
    // The salt need not be secret or random, only the same for everyone who converts this layer.
    RDT_TRY(const auto salt, encoding::from_hex(diff_id.hex()));
    RDT_TRY(const auto tree, append_verity_tree(fd.get(), static_cast<std::uint64_t>(status.st_size), salt));
    if (::fchmod(fd.get(), 0444) != 0) return fail_errno(errno, "chmod {}", image.native());
    if (::fsync(fd.get()) != 0) return fail_errno(errno, "sync {}", image.native());
    return launch::LayerDisk{.file = image,
                             .root_hash = encoding::to_hex(tree.root_hash),
                             .salt = diff_id.hex(),
                             .data_blocks = tree.data_blocks,
                             .size_bytes = tree.size_bytes};
}

} // namespace

Result<launch::LayerDisk> convert_layer(const LayerConversion& conversion) {
    const auto image = conversion.scratch / k_image_name;
    RDT_TRY(const auto spool, open_spool(conversion.scratch));
    RDT_CHECK(spool_verified(conversion, spool.get()));
    RDT_TRY(const auto alignment, buffer_alignment(spool.get()));
    RDT_TRY(const auto layer, judge_layer(spool.get(), conversion.limits, alignment));
    const auto fill = [&](TarWriter& writer) { return write_normal_form(layer.plan, spool.get(), writer); };
    RDT_CHECK(make_erofs_image(image, conversion.scratch, layer.file_bytes, fill)
                  .transform_error(context("in {}", conversion.scratch.parent_path().native())));
    RDT_TRY(auto disk, seal(image, conversion.diff_id));
    RDT_CHECK(write_new_durably(conversion.scratch / k_record_name,
                                render_layer_record(disk, conversion.diff_id), 0644));
    return disk;
}

std::string render_layer_record(const launch::LayerDisk& disk, const crypto::Digest& diff_id) {
    return boost::json::serialize(boost::json::value{{"version", k_record_version},
                                                     {"conversion", k_conversion},
                                                     {"diff_id", diff_id.str()},
                                                     {"root_hash", disk.root_hash},
                                                     {"salt", disk.salt},
                                                     {"data_blocks", disk.data_blocks},
                                                     {"size", disk.size_bytes}}) +
           "\n";
}

Result<launch::LayerDisk> parse_layer_record(std::string_view text, const crypto::Digest& diff_id) {
    RDT_TRY(const auto document, json::parse(k_record_name, text, {.max_bytes = 65536}));
    const auto root = document.root();
    RDT_TRY(const auto version, root["version"].unsigned_integer());
    RDT_TRY(const auto conversion, root["conversion"].string());
    if (version != k_record_version || conversion != k_conversion)
        return fail(Code::failed_precondition, "{}: conversion {} in version {} is not {} in version {}",
                    k_record_name, conversion, version, k_conversion, k_record_version);
    RDT_TRY(const auto recorded, root["diff_id"].string());
    if (recorded != diff_id.str()) return root["diff_id"].wrong("not that of its folder");
    launch::LayerDisk disk;
    RDT_TRY(disk.root_hash, root["root_hash"].string());
    RDT_TRY(disk.salt, root["salt"].string());
    RDT_TRY(disk.data_blocks, root["data_blocks"].unsigned_integer());
    RDT_TRY(disk.size_bytes, root["size"].unsigned_integer());
    if (disk.root_hash.size() != 64 || !encoding::from_hex(disk.root_hash))
        return root["root_hash"].wrong("not SHA-256");
    return disk;
}

} // namespace redoubt::node::storage
