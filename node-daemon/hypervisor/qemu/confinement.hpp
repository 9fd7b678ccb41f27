// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace redoubt::node::hypervisor::qemu {

/// How much of its host a program is kept from. Each needs root; what is not allowed here shows when it is
/// tried.
enum class Isolation : std::uint8_t {
    none,             ///< sees what the daemon sees
    view_and_network, ///< a root of its own with nothing but its program and libraries, and no network
    full,             ///< also no process, host name or System V object but its own
};

/// The clone(2) flags that make these namespaces.
[[nodiscard]] unsigned long namespace_flags(Isolation isolation);

/// A program's own root: the host's /usr read-only, the linker's cache, a /proc of its own processes, nothing
/// else. Made before fork(2), entered after it.
class OwnRoot {
  public:
    /// For that program; `shown`: what it sees beside it, each at its own place. Blocks on the filesystem.
    explicit OwnRoot(const std::filesystem::path& program,
                     const std::vector<std::filesystem::path>& shown = {});

    /// Makes and enters it: in a child with a mount namespace of its own, as root. Only system calls, as
    /// other threads of the parent may have held locks. Returns what failed, as errno says; null when nothing
    /// did.
    [[nodiscard]] const char* enter() const;

  private:
    struct Bind {
        std::string source; ///< absolute
        std::string target; ///< without a leading slash
        bool is_folder = true;
    };
    struct Link {
        std::string value;
        std::string place;
    };

    void show(const std::filesystem::path& path);

    [[nodiscard]] const char* fill() const;

    std::vector<std::string> folders_; ///< parents first
    std::vector<Bind> binds_;
    std::vector<Link> links_;
};

} // namespace redoubt::node::hypervisor::qemu
