// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Guests that were booted once, to be begun with by others: docs/adr/0034.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "common/async/task.hpp"
#include "common/base/unique_fd.hpp"
#include "node-daemon/launch/vm_spec.hpp"

namespace redoubt::node::hypervisor::qemu {

/// Both are files without a name, which nobody can change any more. They last as long as the template or the
/// last of its clones.
struct GuestTemplate {
    UniqueFd memory;
    UniqueFd devices; ///< of Machine::save_devices()
};

/// A file without a name that can be sealed. Errors: those of memfd_create(2) and ftruncate(2).
[[nodiscard]] Result<UniqueFd> make_memory_file(const char* name, std::uint64_t size_bytes);
/// From here on nobody can write to it or change its size. Errors: unavailable somebody has it mapped for
/// writing.
Status seal_memory_file(int fd);
/// Opens the file anew, so that it is read from its beginning, and cannot be written to.
[[nodiscard]] Result<UniqueFd> reopen_to_read(int fd);

/// What VMs must have in common to begin with the same template: programs, files as they are now, and the
/// machine. Errors: those of stat(2).
[[nodiscard]] Result<std::string> template_key(const std::filesystem::path& qemu, const launch::VmSpec& spec);

/// The templates of a node, the least recently used of which goes when there are too many. Thread: one
/// strand.
class Templates {
  public:
    explicit Templates(std::size_t most) : most_(most) {}

    /// Null when there is none.
    [[nodiscard]] std::shared_ptr<const GuestTemplate> find(const std::string& key);
    /// Whether the caller is to make it: nobody is about to, and it has not failed a while ago.
    [[nodiscard]] bool claim(const std::string& key);
    /// What a claim ends with; giving up also after a clone that did not start.
    std::shared_ptr<const GuestTemplate> put(const std::string& key, GuestTemplate made);
    void give_up(const std::string& key);

    [[nodiscard]] std::size_t size() const;

  private:
    struct Entry {
        std::shared_ptr<const GuestTemplate> made; ///< null: being made, or failed
        bool is_claimed = false;
        Clock::time_point failed_at{};
        std::uint64_t last_use = 0; ///< the how manieth
    };

    void make_room();

    std::size_t most_;
    std::uint64_t uses_ = 0;
    std::map<std::string, Entry> entries_;
};

} // namespace redoubt::node::hypervisor::qemu
