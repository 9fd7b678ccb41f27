// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/host/service_manager.hpp"

#include <fcntl.h>
#include <systemd/sd-daemon.h>

#include <cstdlib>
#include <ctime>
#include <format>
#include <memory>

namespace redoubt::node::host {
namespace {

/// A monotonic time stamp tells this reload's answers from those of others.
std::string reload_message() {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    const auto microseconds = std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
    return std::format("RELOADING=1\nMONOTONIC_USEC={}",
                       std::chrono::floor<std::chrono::microseconds>(microseconds).count());
}

struct FreeNames {
    void operator()(char** names) const {
        if (names == nullptr) return;
        for (char** name = names; *name != nullptr; ++name) std::free(*name); // NOLINT: sd_listen_fds(3)
        std::free(names);                                                     // NOLINT: sd_listen_fds(3)
    }
};

Result<std::vector<NamedDescriptor>> take_passed() {
    char** raw = nullptr;
    const int count = ::sd_listen_fds_with_names(/*unset_environment=*/1, &raw);
    const std::unique_ptr<char*, FreeNames> names(raw);
    if (count < 0) return fail_errno(-count, "take the descriptors that the service manager passed");
    std::vector<NamedDescriptor> passed;
    passed.reserve(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) passed.push_back({raw[i], UniqueFd(SD_LISTEN_FDS_START + i)});
    return passed;
}

} // namespace

Result<ServiceManager> ServiceManager::connect() {
    ServiceManager manager;
    RDT_TRY(manager.passed_, take_passed());
    manager.is_present_ = std::getenv("NOTIFY_SOCKET") != nullptr; // NOLINT(concurrency-mt-unsafe): at start
    std::uint64_t silence = 0;
    if (::sd_watchdog_enabled(/*unset_environment=*/0, &silence) > 0)
        manager.heartbeat_ = std::chrono::microseconds(silence) / 2;
    return manager;
}

std::vector<UniqueFd> ServiceManager::take(std::string_view name) {
    std::vector<UniqueFd> taken;
    std::erase_if(passed_, [&](NamedDescriptor& passed) {
        if (passed.name != name) return false;
        taken.push_back(std::move(passed.fd));
        return true;
    });
    return taken;
}

std::vector<NamedDescriptor> ServiceManager::take_all(std::string_view prefix) {
    std::vector<NamedDescriptor> taken;
    std::erase_if(passed_, [&](NamedDescriptor& passed) {
        if (!passed.name.starts_with(prefix)) return false;
        taken.push_back(std::move(passed));
        return true;
    });
    return taken;
}

void ServiceManager::say_ready() const {
    ::sd_notify(0, "READY=1");
}

void ServiceManager::say_reloading() const {
    ::sd_notify(0, reload_message().c_str());
}

void ServiceManager::say_stopping() const {
    ::sd_notify(0, "STOPPING=1");
}

void ServiceManager::say_status(std::string_view text) const {
    ::sd_notify(0, std::format("STATUS={}", text).c_str());
}

void ServiceManager::say_alive() const {
    ::sd_notify(0, "WATCHDOG=1");
}

void ServiceManager::keep(const std::string& name, int fd) const {
    // A namespace can never be read: it is not to be polled for its end.
    ::sd_pid_notify_with_fds(0, 0, std::format("FDSTORE=1\nFDPOLL=0\nFDNAME={}", name).c_str(), &fd, 1);
}

void ServiceManager::forget(const std::string& name) const {
    ::sd_notify(0, std::format("FDSTOREREMOVE=1\nFDNAME={}", name).c_str());
}

} // namespace redoubt::node::host
