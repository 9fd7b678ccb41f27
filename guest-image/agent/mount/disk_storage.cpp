// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <format>
#include <optional>
#include <string_view>
#include <utility>

#include "common/base/file.hpp"
#include "common/base/mount.hpp"
#include "guest-image/agent/mount/device_mapper.hpp"
#include "guest-image/agent/mount/disk_source.hpp"
#include "guest-image/agent/mount/integrity_disk.hpp"
#include "guest-image/agent/mount/kept_disk.hpp"
#include "guest-image/agent/mount/option_words.hpp"
#include "guest-image/agent/mount/sealed_disk.hpp"
#include "guest-image/agent/mount/storage_mounter.hpp"
#include "guest-image/agent/mount/verity_options.hpp"

namespace redoubt::guest::mount {

namespace {

constexpr std::array<std::string_view, 2> k_disk_filesystems = {"erofs", "ext4"};
constexpr std::uint32_t k_max_partition = 255;
constexpr std::string_view k_encryption_key = "encryption_key";
constexpr std::string_view k_broker_scheme = "kbs:///";

/// "X-kata.gpt-partitioned=true" and "X-kata.partition-number=3".
Result<std::optional<std::uint32_t>> take_partition(std::vector<std::string>& options) {
    const bool is_partitioned = take_word(options, "X-kata.gpt-partitioned=true");
    const auto text = take_option(options, "X-kata.partition-number");
    if (!text && text.error().code != Code::not_found) return std::unexpected(text.error());
    if (is_partitioned != text.has_value())
        return fail(Code::invalid_argument,
                    "X-kata.gpt-partitioned and X-kata.partition-number are needed together");
    if (!text) return std::optional<std::uint32_t>{};
    RDT_TRY(const auto number, parse_number<std::uint32_t>("X-kata.partition-number", *text));
    if (number == 0 || number > k_max_partition)
        return fail(Code::invalid_argument, "X-kata.partition-number: {} is not 1 to {}", number,
                    k_max_partition);
    return std::optional(number);
}

/// "ephemeral" is Kata's word for a disk that is new at each mount, with a key that nobody knows. A key of
/// the broker's is asked for by who has one, before.
Result<bool> take_encryption(Storage& storage, const VolumeKey* key) {
    const auto word = take_option(storage.driver_options, k_encryption_key);
    const bool is_there = word || word.error().code != Code::not_found;
    if (!is_there && key == nullptr) return false;
    if (!word) return std::unexpected(word.error());
    if (word->starts_with(k_broker_scheme) != (key != nullptr))
        return fail(Code::unimplemented, "encryption_key: '{}' is for volumes of a confidential container",
                    word->substr(0, 64));
    if (key == nullptr && *word != "ephemeral")
        return fail(Code::unimplemented, "encryption_key: '{}' is neither ephemeral nor a kbs:/// URI",
                    word->substr(0, 64));
    if (storage.fstype != "ext4")
        return fail(Code::invalid_argument, "encryption_key: an encrypted filesystem is ext4, not {}",
                    storage.fstype.substr(0, 64));
    return true;
}

/// Words that remain were meant for somebody, and this agent does not know what they ask.
Status refuse_unknown(const Storage& storage) {
    const auto refuse = [](const std::string& word) {
        return fail(Code::unimplemented, "driver option '{}' is not implemented by this agent",
                    word.substr(0, 64));
    };
    for (const auto& word : storage.driver_options) return refuse(word);
    for (const auto& word : storage.options)
        if (word.starts_with("X-")) return refuse(word);
    return {};
}

Result<std::optional<VeritySuperblock>> read_superblock(const std::string& device, std::uint64_t place) {
    RDT_TRY(const auto fd, open_file(device, O_RDONLY));
    std::string bytes(k_verity_superblock_size, '\0');
    const auto size = ::pread(fd.get(), bytes.data(), bytes.size(), static_cast<off_t>(place));
    if (size < 0) return fail_errno(errno, "read {} at {}", device, place);
    bytes.resize(static_cast<std::size_t>(size));
    return parse_verity_superblock(bytes);
}

Result<VerityTarget> target_of(const VerityRequest& request, const std::string& device) {
    std::optional<VeritySuperblock> superblock;
    if (request.hash_offset) {
        RDT_TRY(superblock, read_superblock(device, *request.hash_offset));
    }
    return complete_verity(request, device, superblock);
}

} // namespace

std::optional<std::string> key_of_volume(const Storage& storage) {
    const auto prefix = std::format("{}={}", k_encryption_key, k_broker_scheme);
    for (const auto& word : storage.driver_options)
        if (word.starts_with(prefix)) return word.substr(k_encryption_key.size() + 1);
    return std::nullopt;
}

Task<StorageMounter::Made> StorageMounter::make_disk(Storage storage, const VolumeKey* key) {
    if (!std::ranges::contains(k_disk_filesystems, storage.fstype))
        co_return fail(Code::invalid_argument, "filesystem type '{}' is not one of erofs, ext4",
                       storage.fstype.substr(0, 64));
    RDT_CO_TRY(const auto verity, take_verity(storage.driver_options, storage.options));
    RDT_CO_TRY(const auto partition, take_partition(storage.options));
    RDT_CO_TRY(const bool is_sealed, take_encryption(storage, key));
    if (is_sealed && verity)
        co_return fail(Code::invalid_argument,
                       "a disk is known before or written here, not both: verity and encryption");
    RDT_CO_CHECK(refuse_unknown(storage));
    RDT_CO_TRY(auto source, parse_disk_source(storage.driver, storage.source));
    RDT_CO_TRY(const auto device, co_await wait_for_disk(std::move(source), partition, hotplug_timeout_));
    RDT_CO_TRY(const auto target, open_target(storage.mount_point));
    if (is_sealed) co_return mount_encrypted(std::move(storage), device, target.get(), key);
    if (!verity) co_return mount_disk(storage, device, target.get(), {});
    RDT_CO_TRY(const auto checked, target_of(*verity, device));
    const auto name = std::format("redoubt-{}", ++device_count_);
    RDT_CO_TRY(const auto safe_device, create_verity_device(name, checked));
    storage.options.emplace_back("ro");
    auto made = mount_disk(storage, safe_device, target.get(), {name});
    if (!made) auto removed = remove_device(name);
    co_return made;
}

/// Without a `key` nothing is known of the disk, and nothing will be: a key and a filesystem of this mount's
/// own.
Result<StorageMounter::Made> StorageMounter::mount_encrypted(Storage storage, const std::string& device,
                                                             int target, const VolumeKey* key) {
    const auto name = std::format("redoubt-{}", ++device_count_);
    RDT_TRY(const auto node,
            key == nullptr ? create_sealed_disk(name, device) : open_kept_disk(name, device, *key));
    // What was never written cannot be read: the kernel is not to look at tables of inodes that are unused.
    storage.options.emplace_back("noinit_itable");
    const std::vector<std::string> mapped{name, integrity_name(name)};
    auto made = mount_disk(storage, node, target, mapped);
    if (made) return made;
    for (const auto& each : mapped) auto removed = remove_device(each);
    return made;
}

Result<StorageMounter::Made> StorageMounter::mount_disk(const Storage& storage, const std::string& device,
                                                        int target, std::vector<std::string> mapped) const {
    auto options = parse_mount_options(storage.options);
    options.set |= MOUNT_ATTR_NODEV; // an image's device nodes are not its to bring
    if (storage.fstype == "erofs") options.set |= MOUNT_ATTR_RDONLY;
    RDT_TRY(const auto mount, make_filesystem(storage.fstype, device, options));
    RDT_CHECK(attach_mount(mount.get(), target));
    Made made;
    made.mapped = std::move(mapped);
    return made;
}

} // namespace redoubt::guest::mount
