// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/async/task.hpp"
#include "common/base/error.hpp"
#include "common/base/unique_fd.hpp"
#include "guest-image/agent/mount/volume_key.hpp"
#include "guest-image/image/pull.hpp"
#include "guest-image/image/pull_request.hpp"

namespace redoubt::guest::sandbox {

/// What needs cryptography, and for the most part keys that only an attested guest gets. The agent of
/// ordinary VMs is linked without any of it (docs/adr/0030): three of its four megabytes would be that.
/// Thread: one strand. Lifetime: outlives its calls.
class KeyedWork {
  public:
    virtual ~KeyedWork() = default;
    KeyedWork(const KeyedWork&) = delete;
    KeyedWork& operator=(const KeyedWork&) = delete;

    /// As image::parse_pull_request().
    [[nodiscard]] virtual Result<image::PullRequest>
    read_request(const std::string& source, const std::vector<std::string>& driver_options) = 0;
    /// As image::pull().
    [[nodiscard]] virtual Task<std::vector<std::string>> pull(image::PullRequest request,
                                                              image::PullDisks disks, UniqueFd scratch) = 0;
    /// Variables "NAME=VALUE", of which those that are sealed secrets become what they stand for. Errors:
    /// name the variable.
    [[nodiscard]] virtual Task<std::vector<std::string>> unseal(std::vector<std::string> variables) = 0;
    /// A file's bytes; those of a sealed secret, with or without an end of line, become what it stands for.
    [[nodiscard]] virtual Task<std::string> unseal_file(std::string bytes) = 0;
    /// The key of a volume that is kept. Errors: as of key_release::ResourceSource::get(); invalid_argument a
    /// resource that is no key.
    [[nodiscard]] virtual Task<std::unique_ptr<mount::VolumeKey>> volume_key(std::string uri) = 0;

  protected:
    KeyedWork() = default;
};

} // namespace redoubt::guest::sandbox
