// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/hypervisor/qemu/templates.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <format>

#include "common/base/file.hpp"

namespace redoubt::node::hypervisor::qemu {
namespace {

// What did not work will not at once; what was in its way (memory, a busy host) may go.
constexpr Duration k_try_again = std::chrono::minutes(10);

/// Another file, or the same one changed, has another name here.
Result<std::string> identity_of(const std::filesystem::path& file) {
    struct stat status{};
    if (::stat(file.c_str(), &status) != 0) return fail_errno(errno, "look at {}", file.native());
    return std::format("{}:{}:{}:{}.{:09}", status.st_dev, status.st_ino, status.st_size,
                       status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
}

} // namespace

Result<UniqueFd> make_memory_file(const char* name, std::uint64_t size_bytes) {
    UniqueFd fd(::memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (!fd) return fail_errno(errno, "make memory for a template");
    if (::ftruncate(fd.get(), static_cast<off_t>(size_bytes)) != 0)
        return fail_errno(errno, "make memory of {} bytes for a template", size_bytes);
    return fd;
}

Status seal_memory_file(int fd) {
    if (::fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0) return {};
    return fail_errno(errno, "seal a template");
}

Result<UniqueFd> reopen_to_read(int fd) {
    return open_file(std::format("/proc/self/fd/{}", fd), O_RDONLY);
}

Result<std::string> template_key(const std::filesystem::path& qemu, const launch::VmSpec& spec) {
    std::string key = std::format("{} {} {}", spec.vcpus, spec.memory_bytes,
                                  spec.accelerator == launch::Accelerator::kvm ? "kvm" : "tcg");
    for (const auto* file : {&qemu, &spec.kernel, &spec.initramfs}) {
        RDT_TRY(const auto identity, identity_of(*file));
        key += " " + identity;
    }
    for (const auto& network : spec.networks)
        key += std::format(" {}:{}x{}", network.id, network.mtu, network.tap_queues.size());
    return key + " " + spec.cmdline;
}

std::shared_ptr<const GuestTemplate> Templates::find(const std::string& key) {
    const auto found = entries_.find(key);
    if (found == entries_.end()) return nullptr;
    found->second.last_use = ++uses_;
    return found->second.made;
}

bool Templates::claim(const std::string& key) {
    if (most_ == 0) return false;
    auto& entry = entries_[key];
    const bool has_failed =
        entry.failed_at != Clock::time_point{} && Clock::now() - entry.failed_at < k_try_again;
    if (entry.made || entry.is_claimed || has_failed) return false;
    entry.is_claimed = true;
    entry.last_use = ++uses_;
    return true;
}

std::shared_ptr<const GuestTemplate> Templates::put(const std::string& key, GuestTemplate made) {
    auto kept = std::make_shared<const GuestTemplate>(std::move(made));
    entries_[key] = {.made = kept, .is_claimed = false, .failed_at = {}, .last_use = ++uses_};
    make_room();
    return kept;
}

void Templates::give_up(const std::string& key) {
    entries_[key] = {.made = nullptr, .is_claimed = false, .failed_at = Clock::now(), .last_use = ++uses_};
}

std::size_t Templates::size() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(entries_, [](const auto& entry) { return entry.second.made != nullptr; }));
}

void Templates::make_room() {
    while (size() > most_) {
        auto oldest = entries_.end();
        for (auto place = entries_.begin(); place != entries_.end(); ++place)
            if (place->second.made &&
                (oldest == entries_.end() || place->second.last_use < oldest->second.last_use))
                oldest = place;
        entries_.erase(oldest);
    }
}

} // namespace redoubt::node::hypervisor::qemu
