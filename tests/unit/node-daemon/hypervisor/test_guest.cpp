// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "tests/unit/node-daemon/hypervisor/test_guest.hpp"

#include <boost/asio/write.hpp>

#include <array>
#include <cstdlib>
#include <format>
#include <string_view>

#include "common/base/file.hpp"

namespace redoubt::test {
namespace {

using namespace std::chrono_literals;

/// One member of a newc cpio archive. Source: Linux
/// Documentation/driver-api/early-userspace/buffer-format.rst.
std::string cpio_member(const std::string& name, unsigned mode, const std::string& content) {
    static unsigned inode = 1;
    auto member =
        std::format("070701{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}",
                    inode++, mode, 0, 0, 1, 0, content.size(), 0, 0, 0, 0, name.size() + 1, 0);
    const auto pad = [](std::string& text) { text.append((4 - text.size() % 4) % 4, '\0'); };
    member += name;
    member += '\0';
    pad(member);
    member += content;
    pad(member);
    return member;
}

} // namespace

std::optional<std::filesystem::path> find_guest_kernel() {
    if (const auto* path = std::getenv("REDOUBT_GUEST_KERNEL")) return path;
    std::optional<std::filesystem::path> newest;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator("/cache", error)) {
        const auto kernel = entry.path() / "vmlinuz";
        if (!entry.path().filename().native().starts_with("kernel-") || !std::filesystem::exists(kernel))
            continue;
        if (!newest || std::filesystem::last_write_time(kernel) > std::filesystem::last_write_time(*newest))
            newest = kernel;
    }
    return newest;
}

std::uint64_t tsc_khz() {
    const auto cpuinfo = read_file("/proc/cpuinfo").value_or("");
    const auto place = cpuinfo.find("cpu MHz");
    return place == std::string::npos
               ? 0
               : static_cast<std::uint64_t>(std::stod(cpuinfo.substr(cpuinfo.find(':', place) + 1)) * 1000);
}

Status write_initramfs(const std::filesystem::path& path, const std::string& init) {
    RDT_TRY(const auto busybox, read_file("/usr/bin/busybox"));
    std::string archive;
    for (const auto* folder : {"bin", "dev", "proc", "sys"}) archive += cpio_member(folder, 0040755, "");
    archive += cpio_member("bin/busybox", 0100755, busybox);
    archive += cpio_member("init", 0100755, init);
    archive += cpio_member("TRAILER!!!", 0, "");
    return write_file(path, archive);
}

std::string obedient_init() {
    return R"(#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin
mount -t devtmpfs dev /dev; mount -t proc proc /proc; mount -t sysfs sys /sys
exec >/dev/hvc0 2>&1 </dev/null
echo "guest is up"
port=/dev/$(grep -l redoubt.agent /sys/class/virtio-ports/*/name | cut -d/ -f5)
exec 3<>$port
while :; do
    read -r line <&3 || { sleep 0.05; continue; }
    eval "$line" >&3 2>&3
    echo done >&3
done
)";
}

std::optional<int> find_vm_process(const std::filesystem::path& runtime_directory) {
    const auto mark = "REDOUBT_VM=" + runtime_directory.native() + '\0';
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator("/proc", error)) {
        const auto name = entry.path().filename().native();
        if (name.find_first_not_of("0123456789") != std::string::npos) continue;
        const auto environment = read_file(entry.path() / "environ").value_or("");
        if (environment.contains(mark)) return std::stoi(name);
    }
    return std::nullopt;
}

Task<std::string> ask_guest(std::filesystem::path socket, std::string line) {
    asio::local::stream_protocol::socket stream(co_await asio::this_coro::executor);
    boost::system::error_code error;
    stream.connect(asio::local::stream_protocol::endpoint(socket.native()), error);
    if (error) co_return fail(Code::unavailable, "{}: {}", socket.native(), error.message());
    line += "\n";
    co_await asio::async_write(stream, asio::buffer(line), k_as_tuple);
    std::string answer;
    std::array<char, 4096> buffer{};
    while (!answer.ends_with("done\n")) {
        const auto [failed, count] = co_await stream.async_read_some(asio::buffer(buffer), k_as_tuple);
        if (failed) co_return fail(Code::unavailable, "guest hung up after '{}'", answer);
        answer.append(buffer.data(), count);
    }
    co_return answer.substr(0, answer.size() - 5);
}

} // namespace redoubt::test
