// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <boost/json/object.hpp>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "common/base/error.hpp"
#include "common/base/strong_id.hpp"
#include "node-daemon/network/cni/chain.hpp"

namespace redoubt::node::network::cni {

/// An interface of a sandbox and how it was made: DEL is called with the configuration of ADD's time.
struct AttachmentRecord {
    Conflist list;
    ChainTarget target;
    std::optional<boost::json::object> result; ///< none: ADD had not ended
};

/// Unlike every other attachment's; in the order of sandboxes.
[[nodiscard]] std::string key_of(const AttachmentRecord& record);

/// The attachments of this node on disk, one file each. They survive a reboot, as addresses leased do.
/// Blocking; not for several threads at one sandbox.
class Attachments {
  public:
    explicit Attachments(std::filesystem::path folder) : folder_(std::move(folder)) {}

    /// Adds or replaces.
    Status save(const AttachmentRecord& record) const;
    /// Those of a sandbox, the last made first. Errors: data_loss a file that cannot be understood.
    [[nodiscard]] Result<std::vector<AttachmentRecord>> find(const SandboxId& sandbox) const;
    /// Every sandbox that has one.
    [[nodiscard]] std::vector<SandboxId> sandboxes() const;
    Status remove(const AttachmentRecord& record) const;

  private:
    [[nodiscard]] std::filesystem::path file_of(const ChainTarget& target) const;

    std::filesystem::path folder_;
};

} // namespace redoubt::node::network::cni
