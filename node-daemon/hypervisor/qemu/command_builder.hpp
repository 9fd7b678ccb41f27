// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Part of making a command: args.cpp and its neighbours only.

#include <filesystem>
#include <format>
#include <string>
#include <utility>

#include "node-daemon/hypervisor/qemu/args.hpp"

namespace redoubt::node::hypervisor::qemu {

/// Collects the command in QEMU's order; each method adds one part of the machine.
class CommandBuilder {
  public:
    explicit CommandBuilder(const std::filesystem::path& program) {
        command_.arguments.push_back(program.native());
    }

    void add(std::string option, std::string value) {
        command_.arguments.push_back(std::move(option));
        command_.arguments.push_back(std::move(value));
    }
    void add(std::string option) { command_.arguments.push_back(std::move(option)); }

    /// The number QEMU knows the descriptor by.
    int inherit(FdRole role, std::filesystem::path path, bool is_writable) {
        return inherit(InheritedFd{role, std::move(path), is_writable});
    }
    int inherit(InheritedFd fd) {
        command_.descriptors.push_back(std::move(fd));
        return QemuCommand::k_first_descriptor + static_cast<int>(command_.descriptors.size()) - 1;
    }

    /// A socket the daemon listens on: it can connect before QEMU has begun, and again after a restart.
    void add_socket(FdRole role, const std::string& id, const std::filesystem::path& path) {
        const int fd = inherit(role, path, /*is_writable=*/true);
        add("-chardev", std::format("socket,id={},fd={},server=on,wait=off", id, fd));
    }

    /// A descriptor as a path that QEMU may open.
    std::string add_fdset(FdRole role, const std::filesystem::path& path, bool is_writable) {
        const int fd = inherit(role, path, is_writable);
        add("-add-fd", std::format("fd={0},set={0}", fd));
        return std::format("/dev/fdset/{}", fd);
    }

    void show(std::filesystem::path path) { command_.shown.push_back(std::move(path)); }

    [[nodiscard]] QemuCommand finish() && { return std::move(command_); }

  private:
    QemuCommand command_;
};

} // namespace redoubt::node::hypervisor::qemu
