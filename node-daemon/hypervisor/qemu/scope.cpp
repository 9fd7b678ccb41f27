// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
// Source: org.freedesktop.systemd1(5), StartTransientUnit; systemd.scope(5).
#include <systemd/sd-bus.h>

#include <chrono>
#include <format>
#include <memory>
#include <thread>

#include "common/base/file.hpp"
#include "node-daemon/hypervisor/qemu/cgroup.hpp"

namespace redoubt::node::hypervisor::qemu {
namespace {

using namespace std::chrono_literals;

constexpr auto k_limit = 5s;
constexpr auto k_pause = 5ms;
constexpr auto k_slice = "redoubt.slice";

struct CloseBus {
    void operator()(sd_bus* bus) const { ::sd_bus_flush_close_unref(bus); }
};
struct FreeMessage {
    void operator()(sd_bus_message* message) const { ::sd_bus_message_unref(message); }
};
using Bus = std::unique_ptr<sd_bus, CloseBus>;
using Message = std::unique_ptr<sd_bus_message, FreeMessage>;

Result<Bus> open_bus(const std::string& address) {
    sd_bus* raw = nullptr;
    int result = 0;
    if (address.empty()) {
        result = ::sd_bus_open_system(&raw);
    } else {
        result = ::sd_bus_new(&raw);
        if (result >= 0) result = ::sd_bus_set_address(raw, address.c_str());
        if (result >= 0) result = ::sd_bus_set_bus_client(raw, 1);
        if (result >= 0) result = ::sd_bus_start(raw);
    }
    Bus bus(raw);
    if (result < 0) return fail_errno(-result, "reach the system bus");
    return bus;
}

int append_properties(sd_bus_message* call, pid_t pid, const Ceiling& ceiling) {
    const auto process = static_cast<std::uint32_t>(pid);
    const int result = ::sd_bus_message_append(
        call, "a(sv)", 7, "Description", "s", "Redoubt virtual machine", "Slice", "s", k_slice, "PIDs", "au",
        1, process, "MemoryMax", "t", ceiling.memory_bytes, "TasksMax", "t", ceiling.tasks, "CollectMode",
        "s", "inactive-or-failed", "OOMPolicy", "s", "kill");
    // Auxiliary units: none.
    return result < 0 ? result : ::sd_bus_message_append(call, "a(sa(sv))", 0);
}

Result<Message> make_call(sd_bus& bus, const std::string& name, pid_t pid, const Ceiling& ceiling) {
    sd_bus_message* raw = nullptr;
    int result =
        ::sd_bus_message_new_method_call(&bus, &raw, "org.freedesktop.systemd1", "/org/freedesktop/systemd1",
                                         "org.freedesktop.systemd1.Manager", "StartTransientUnit");
    Message call(raw);
    if (result >= 0) result = ::sd_bus_message_append(raw, "ss", name.c_str(), "fail");
    if (result >= 0) result = append_properties(raw, pid, ceiling);
    if (result < 0) return fail_errno(-result, "describe {}", name);
    return call;
}

/// The answer names a job; when it is done, the process has moved.
Status wait_until_moved(const std::string& name, pid_t pid) {
    const auto end = std::chrono::steady_clock::now() + k_limit;
    const auto file = std::format("/proc/{}/cgroup", pid);
    while (std::chrono::steady_clock::now() < end) {
        const auto groups = read_file(file);
        if (!groups) return fail(Code::not_found, "the process has ended");
        if (groups->contains("/" + name)) return {};
        std::this_thread::sleep_for(k_pause);
    }
    return fail(Code::deadline_exceeded, "not within {} s", k_limit.count());
}

} // namespace

Status start_scope(const std::string& bus_address, const std::string& name, pid_t pid,
                   const Ceiling& ceiling) {
    const auto outer = context("start {} of systemd", name);
    auto bus = open_bus(bus_address);
    if (!bus) return std::unexpected(outer(bus.error()));
    const auto call = make_call(**bus, name, pid, ceiling);
    if (!call) return std::unexpected(outer(call.error()));
    sd_bus_error error = SD_BUS_ERROR_NULL;
    const int result =
        ::sd_bus_call(bus->get(), call->get(), std::chrono::microseconds(k_limit).count(), &error, nullptr);
    const std::string why = error.message != nullptr ? error.message : "";
    ::sd_bus_error_free(&error);
    if (result < 0) return std::unexpected(outer(Error{Code::unavailable, why.empty() ? "no answer" : why}));
    return wait_until_moved(name, pid).transform_error(outer);
}

} // namespace redoubt::node::hypervisor::qemu
