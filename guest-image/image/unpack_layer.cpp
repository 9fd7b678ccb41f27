// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/image/unpack_layer.hpp"

#include <map>
#include <utility>

#include "common/archive/tar_reader.hpp"
#include "guest-image/image/layer_stream.hpp"
#include "guest-image/image/strand_turn.hpp"
#include "guest-image/image/tree_writer.hpp"

namespace redoubt::guest::image {
namespace {

oci::EntryKind kind_of(archive::EntryKind kind) {
    switch (kind) {
    case archive::EntryKind::file: return oci::EntryKind::file;
    case archive::EntryKind::folder: return oci::EntryKind::directory;
    case archive::EntryKind::symbolic_link: return oci::EntryKind::symlink;
    case archive::EntryKind::hard_link: return oci::EntryKind::hard_link;
    case archive::EntryKind::pipe: return oci::EntryKind::fifo;
    case archive::EntryKind::character_device: return oci::EntryKind::character_device;
    case archive::EntryKind::block_device: return oci::EntryKind::block_device;
    }
    return oci::EntryKind::other;
}

oci::LayerEntry layer_entry(const archive::Entry& entry) {
    return {.path = entry.path,
            .kind = kind_of(entry.kind),
            .link = entry.link,
            .size = entry.size_bytes,
            .mode = entry.mode,
            .uid = entry.uid,
            .gid = entry.gid,
            .mtime_seconds = entry.mtime_seconds,
            .mtime_nanoseconds = entry.mtime_nanoseconds,
            .device_major = entry.device_major,
            .device_minor = entry.device_minor,
            .xattrs = entry.xattrs};
}

/// The first pass: what may not be is refused before anything is written.
class Judge final : public archive::EntrySink {
  public:
    explicit Judge(oci::LayerTarLimits limits) : policy_(limits) {}
    Status begin(const archive::Entry& entry) override { return policy_.add(layer_entry(entry)); }
    Status data(std::string_view /*bytes*/) override { return {}; }
    Status end() override { return {}; }
    [[nodiscard]] oci::LayerPlan finish() { return policy_.finish(); }

  private:
    oci::LayerTarPolicy policy_;
};

/// The second pass.
class Writer final : public archive::EntrySink {
  public:
    Writer(oci::LayerPlan plan, UniqueFd target) : plan_(std::move(plan)), tree_(std::move(target)) {}

    Status start() { return write(plan_.implied_directories()); }
    Status begin(const archive::Entry& entry) override {
        const auto normal = plan_.normalise(layer_entry(entry), ordinal_++);
        is_wanted_ = normal.has_value();
        return normal ? tree_.begin(*normal) : Status();
    }
    Status data(std::string_view bytes) override { return is_wanted_ ? tree_.data(bytes) : Status(); }
    Status end() override { return is_wanted_ ? tree_.end() : Status(); }
    Status finish() {
        RDT_CHECK(write(plan_.whiteouts()));
        return tree_.finish();
    }

  private:
    Status write(const std::vector<oci::LayerEntry>& entries) {
        for (const auto& entry : entries) RDT_CHECK(tree_.begin(entry));
        return {};
    }

    oci::LayerPlan plan_;
    TreeWriter tree_;
    std::uint64_t ordinal_ = 0;
    bool is_wanted_ = false;
};

/// The most a layer's tar may have: its files, and a header or two for each entry.
std::uint64_t most_bytes(const oci::LayerTarLimits& limits) {
    return limits.max_bytes + limits.max_entries * 4096;
}

/// Reads the whole tar once. With a hasher it is fed as well.
Task<void> read_tar(int spool, archive::EntrySink* sink, crypto::Hasher* hasher, std::uint64_t most) {
    LayerStream stream(spool);
    archive::TarReader reader(*sink);
    for (;;) {
        RDT_CO_TRY(const auto bytes, stream.read(most));
        if (bytes.empty()) break;
        if (hasher != nullptr) RDT_CO_CHECK(hasher->update(bytes));
        RDT_CO_CHECK(reader.feed(bytes));
        RDT_CO_CHECK(co_await let_others_run());
    }
    co_return reader.finish();
}

} // namespace

Task<void> unpack_layer(int spool, crypto::Digest diff_id, UniqueFd target, oci::LayerTarLimits limits) {
    Judge judge(limits);
    RDT_CO_TRY(auto hasher, crypto::Hasher::make(diff_id.algorithm()));
    const auto judged = co_await read_tar(spool, &judge, &hasher, most_bytes(limits));
    if (!judged) co_return std::unexpected(judged.error());
    RDT_CO_TRY(const auto found, hasher.finish());
    if (found != diff_id)
        co_return fail(Code::data_loss, "its content has diff id {}, not {} as the image's config says",
                       found.str(), diff_id.str());
    Writer writer(judge.finish(), std::move(target));
    RDT_CO_CHECK(writer.start());
    RDT_CO_CHECK(co_await read_tar(spool, &writer, nullptr, most_bytes(limits)));
    co_return writer.finish();
}

} // namespace redoubt::guest::image
