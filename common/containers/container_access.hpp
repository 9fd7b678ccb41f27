// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/archive/tree_packer.hpp"
#include "common/archive/tree_unpacker.hpp"
#include "common/async/task.hpp"
#include "common/base/strong_id.hpp"
#include "common/containers/layer_changes.hpp"
#include "common/containers/process_list.hpp"
#include "common/oci/runtime_spec.hpp"

namespace redoubt::containers {

/// What is to be known of a container to look into it.
struct RunningContainer {
    ContainerId id;
    pid_t init = 0;
    std::string root;                            ///< a folder that shows what its processes see
    std::optional<std::filesystem::path> cgroup; ///< with the container's processes and no others
    std::optional<Layers> layers;
    oci::Spec spec;
    std::vector<std::string> unseen =
        {}; ///< places in it that `root` does not show, as they are not of this kernel
};
/// Errors: not_found; failed_precondition it does not run.
using FindRunning = std::function<Result<RunningContainer>(const ContainerId&)>;

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
/// Thread: one strand.
/// Errors: not_found no such container, path or transfer; failed_precondition the container does not run;
/// resource_exhausted too many transfers, or no space.
class ContainerAccess {
  public:
    explicit ContainerAccess(FindRunning find_running) : find_running_(std::move(find_running)) {}

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

    FindRunning find_running_;
    std::map<std::uint64_t, Transfer> transfers_;
    std::uint64_t last_ = 0;
};

} // namespace redoubt::containers
