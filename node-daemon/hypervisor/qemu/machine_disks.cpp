// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
// Hot-plugging: a disk is a block node (the file) with a SCSI device (what the guest sees) on top of it.
#include "node-daemon/hypervisor/qemu/machine.hpp"

#include <fcntl.h>

#include <algorithm>
#include <format>
#include <string_view>
#include <utility>

#include "common/base/file.hpp"
#include "node-daemon/hypervisor/qemu/args.hpp"

namespace redoubt::node::hypervisor::qemu {
namespace {

// The guest has to let go of the disk; one that does not answer is hung or hostile.
constexpr Duration k_unplug_limit = std::chrono::seconds(10);
constexpr auto k_peripherals = "/machine/peripheral";
constexpr std::string_view k_device_prefix = "scsi-";

} // namespace

Task<std::int64_t> Machine::add_descriptor(UniqueFd file) {
    RDT_CO_TRY(const auto added, co_await qmp_->execute("add-fd", {}, k_command_limit, std::move(file)));
    const auto* reply = added.if_object();
    const auto* number = reply == nullptr ? nullptr : reply->if_contains("fdset-id");
    if (number == nullptr || !number->is_int64())
        co_return fail(Code::internal, "qemu add-fd: no fdset-id in the reply");
    co_return number->get_int64();
}

Task<void> Machine::add_block_node(launch::DiskSpec disk) {
    RDT_CO_TRY(auto file, open_file(disk.file, disk.read_only ? O_RDONLY : O_RDWR));
    RDT_CO_TRY(const auto set, co_await add_descriptor(std::move(file)));
    auto opened = co_await qmp_->execute(
        "blockdev-add", render_block_node(disk, std::format("/dev/fdset/{}", set)), k_command_limit);
    // The block node has a duplicate of its own by now, or there is none.
    const auto removed = co_await qmp_->execute("remove-fd", {{"fdset-id", set}}, k_command_limit);
    RDT_CO_CHECK(opened);
    RDT_CO_CHECK(removed);
    co_return Status{};
}

Task<void> Machine::remove_block_node(std::string disk_id) {
    RDT_CO_CHECK(
        co_await qmp_->execute("blockdev-del", {{"node-name", block_node_id(disk_id)}}, k_command_limit));
    co_return Status{};
}

Task<void> Machine::attach_disk(launch::DiskSpec disk) {
    const auto self = shared_from_this();
    RDT_CO_CHECK(validate_disk(disk));
    if (exit_ || !qmp_ || !qmp_->is_open()) co_return std::unexpected(gone());
    const auto taken = std::ranges::find_if(
        luns_, [&](const auto& entry) { return entry.first == disk.id || entry.second == place_of(disk); });
    if (taken != luns_.end())
        co_return fail(Code::already_exists, "vm {}: disk '{}' already is at {}:{}", record_.id, taken->first,
                       taken->second.first, taken->second.second);
    luns_[disk.id] = place_of(disk); // before the first wait, so that two callers cannot both take it
    auto attached = co_await add_block_node(disk);
    if (attached) {
        auto plugged = co_await qmp_->execute("device_add", render_scsi_device(disk), k_command_limit);
        if (!plugged) {
            static_cast<void>(co_await remove_block_node(disk.id)); // the first failure is the one to tell
            attached = std::unexpected(plugged.error());
        }
    }
    if (!attached) luns_.erase(disk.id);
    co_return attached.transform_error(context("vm {}: attach disk '{}'", record_.id, disk.id));
}

Task<void> Machine::wait_until_deleted(std::string device) {
    while (deleted_device_ != device) {
        co_await device_deleted_.wait();
        if (deleted_device_ != device &&
            (co_await asio::this_coro::cancellation_state).cancelled() != asio::cancellation_type::none)
            co_return fail(Code::cancelled, "given up");
    }
    co_return Status{};
}

Task<void> Machine::detach_disk(std::string disk_id) {
    const auto self = shared_from_this();
    if (exit_ || !qmp_ || !qmp_->is_open()) co_return std::unexpected(gone());
    if (!luns_.contains(disk_id)) co_return fail(Code::not_found, "vm {}: no disk '{}'", record_.id, disk_id);
    const auto device = scsi_device_id(disk_id);
    const auto outer = std::format("vm {}: detach disk '{}'", record_.id, disk_id);
    deleted_device_.clear();
    auto asked = co_await qmp_->execute("device_del", {{"id", device}}, k_command_limit);
    if (!asked) co_return std::unexpected(asked.error().within(outer));
    RDT_CO_CHECK(co_await within(k_unplug_limit, outer, wait_until_deleted(device)));
    auto removed = co_await remove_block_node(disk_id);
    if (!removed) co_return std::unexpected(removed.error().within(outer));
    luns_.erase(disk_id);
    co_return Status{};
}

Task<void> Machine::resize_disk(std::string disk_id, std::uint64_t size_bytes) {
    const auto self = shared_from_this();
    if (exit_ || !qmp_ || !qmp_->is_open()) co_return std::unexpected(gone());
    if (!luns_.contains(disk_id)) co_return fail(Code::not_found, "vm {}: no disk '{}'", record_.id, disk_id);
    auto resized = co_await qmp_->execute(
        "block_resize", {{"node-name", block_node_id(disk_id)}, {"size", size_bytes}}, k_command_limit);
    if (!resized)
        co_return std::unexpected(
            resized.error().within(std::format("vm {}: resize disk '{}'", record_.id, disk_id)));
    co_return Status{};
}

Task<std::uint32_t> Machine::device_number(std::string device, std::string property) {
    RDT_CO_TRY(const auto number,
               co_await qmp_->execute(
                   "qom-get", {{"path", std::format("{}/{}", k_peripherals, device)}, {"property", property}},
                   k_command_limit));
    if (!number.is_int64())
        co_return fail(Code::internal, "qemu qom-get: {} of {} is not a number", property, device);
    co_return static_cast<std::uint32_t>(number.get_int64());
}

Task<void> Machine::learn_disks() {
    const auto self = shared_from_this();
    RDT_CO_TRY(const auto listed,
               co_await qmp_->execute("qom-list", {{"path", k_peripherals}}, k_command_limit));
    const auto* entries = listed.if_array();
    if (entries == nullptr) co_return fail(Code::internal, "qemu qom-list: the reply is not a list");
    for (const auto& entry : *entries) {
        const auto* const child = entry.if_object();
        if (child == nullptr) continue;
        const auto name = string_member(*child, "name");
        if (string_member(*child, "type") != "child<scsi-hd>" || !name.starts_with(k_device_prefix)) continue;
        RDT_CO_TRY(const auto target, co_await device_number(name, "scsi-id"));
        RDT_CO_TRY(const auto lun, co_await device_number(name, "lun"));
        luns_[name.substr(k_device_prefix.size())] = {target, lun};
    }
    co_return Status{};
}

} // namespace redoubt::node::hypervisor::qemu
