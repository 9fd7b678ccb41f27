// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <memory>
#include <utility>

#include "common/base/mount.hpp"
#include "common/base/safe_open.hpp"
#include "guest-image/agent/mount/storage_mounter.hpp"

namespace redoubt::guest::mount {

namespace {

Result<NodeKind> kind_of(int place, const std::string& path) {
    struct stat status{};
    if (::fstat(place, &status) != 0) return fail_errno(errno, "stat {}", path);
    return S_ISDIR(status.st_mode) ? NodeKind::folder : NodeKind::file;
}

} // namespace

Result<StorageMounter::Made> StorageMounter::make_bind(const Storage& storage) const {
    RDT_TRY(const auto source, open_inside(storage.source, O_PATH));
    RDT_TRY(const auto kind, kind_of(source.get(), storage.source));
    RDT_TRY(const auto inside, inside_base(storage.mount_point));
    RDT_CHECK(create_in_root(folder_.get(), inside, kind));
    RDT_TRY(const auto target, open_beneath(folder_.get(), inside, O_PATH));
    auto options = parse_mount_options(storage.options);
    if (options.bind == BindKind::none) options.bind = BindKind::recursive;
    RDT_TRY(const auto mount, clone_mount(source.get(), options));
    RDT_CHECK(attach_mount(mount.get(), target.get()));
    return Made{};
}

Result<StorageMounter::Made> StorageMounter::make_watched(const Storage& storage) const {
    RDT_TRY(auto source, open_inside(storage.source, O_PATH));
    RDT_TRY(const auto kind, kind_of(source.get(), storage.source));
    RDT_TRY(const auto inside, inside_base(storage.mount_point));
    RDT_CHECK(create_in_root(folder_.get(), inside, kind));
    RDT_TRY(auto target, open_beneath(folder_.get(), inside, O_PATH));
    auto copy = WatchedCopy::open(std::move(source), std::move(target));
    // What is too large to be copied is at least to be seen.
    if (!copy && copy.error().code == Code::resource_exhausted) return make_bind(storage);
    if (!copy) return std::unexpected(copy.error());
    Made made;
    made.is_mounted = false;
    made.copy = std::make_unique<WatchedCopy>(std::move(*copy));
    return made;
}

} // namespace redoubt::guest::mount
