// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/archive/tree_packer.hpp"
#include "common/archive/tree_unpacker.hpp"
#include "common/async/task.hpp"
#include "guest-image/agent/sandbox/layer_changes.hpp"
#include "guest-image/agent/sandbox/process_list.hpp"
#include "guest-image/agent/sandbox/sandbox.hpp"

namespace redoubt::guest::sandbox {

struct PathStatus {
    std::uint32_t mode = 0; ///< st_mode
    std::uint64_t size_bytes = 0;
    std::string path; ///< without links, as the container sees it
};

struct UnpackRequest {
    ContainerId container;
    std::string folder;
    bool keeps_owners = false;
    bool allows_overwrite = false;
};

/// Looks into running containers and moves files in and out of them, without their help. Paths are theirs:
/// links are followed inside their root folder, which nothing leaves. Calls block for one piece at a time.
/// Thread: the sandbox's strand. Lifetime: borrows the sandbox.
/// Errors: not_found no such container, path or transfer; failed_precondition the container does not run;
/// resource_exhausted too many transfers, or no space.
class ContainerAccess {
  public:
    explicit ContainerAccess(const Sandbox& sandbox) : sandbox_(sandbox) {}

    [[nodiscard]] Result<std::vector<ProcessInfo>> processes(const ContainerId& id) const;
    /// Some changes behind the path `after`, about 1 MiB of them; none: that was all.
    [[nodiscard]] Result<std::vector<Change>> changes(const ContainerId& id, const std::string& after) const;
    [[nodiscard]] Result<PathStatus> stat_path(const ContainerId& id, const std::string& path) const;

    /// Begins an archive of a path; `name`: of its first entry, the path's last part when empty.
    Result<std::uint64_t> open_archive(const ContainerId& id, const std::string& path, std::string name);
    /// The next bytes; at the end none, and the transfer is over.
    Result<std::string> read_archive(std::uint64_t transfer);
    Result<std::uint64_t> open_unpacking(const UnpackRequest& request);
    Status write_archive(std::uint64_t transfer, std::string_view bytes);
    /// The number of entries; the transfer is over.
    Result<std::uint64_t> finish_unpacking(std::uint64_t transfer);
    /// No error when it is over already.
    void close(std::uint64_t transfer);

  private:
    struct Transfer {
        std::unique_ptr<archive::TreePacker> packer; ///< one of the two
        std::unique_ptr<archive::TreeUnpacker> unpacker;
        Clock::time_point used;
    };

    Result<std::uint64_t> add(Transfer transfer);
    Result<Transfer*> find(std::uint64_t number);

    const Sandbox& sandbox_;
    std::map<std::uint64_t, Transfer> transfers_;
    std::uint64_t last_ = 0;
};

} // namespace redoubt::guest::sandbox
